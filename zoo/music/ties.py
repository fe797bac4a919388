"""Ties: which notes sound on through others."""

import bisect
from collections.abc import Sequence
from typing import Any, NamedTuple

START, STOP = 1, 2  # Of zoo.music.measures.Note.tie, added up.

_FUZZ = 1 / 50  # Quarters that tied notes may lie apart: rounded tuplets.
# Quarters that the notes of an arpeggio, tied to the chord at its end, wait.
_WAIT = 4


class _Open(NamedTuple):
  """A note whose tie has not been taken up: `number` sounds until `end`."""

  number: int
  end: int
  voice: str
  staff: str


def tied(
  rows: Sequence[tuple[int, int, int, Any]], ticks: int
) -> tuple[list[int], dict[int, int]]:
  """Joins tied notes.

  A tie leads from the end of a note to the beginning of another of the same
  pitch in the same part, of any voice and staff; of several the same voice is
  preferred, then the same staff. Many files mark only where a tie begins: that
  leads to the next note of its voice, if it is the same. An arpeggio may be
  written as notes of which each is tied to the chord that they build up: they
  wait for it, if all that begins in their voice meanwhile waits as well.

  Args:
    rows: (start, end, part, note) in ticks; notes have `tie`, `pitch`,
      `voice` and `staff`.
    ticks: a quarter.

  Returns:
    The end of every note, ties included, and {number: first} of those that
    only go on sounding, the note in which they begin.
  """
  ends = [end for _, end, _, _ in rows]
  silent: dict[int, int] = {}
  waiting: dict[tuple[int, int], list[_Open]] = {}
  voices = _Voices(rows)
  fuzz = _FUZZ * ticks
  begun = {(row[2], row[3].pitch) for row in rows if row[3].tie & START}
  numbers = [
    (start, not note.tie & STOP, number)
    for number, (start, _, part, note) in enumerate(rows)
    if (part, note.pitch) in begun
  ]
  for start, unmarked, number in sorted(numbers):
    _, end, part, note = rows[number]
    at = waiting.setdefault((part, note.pitch), [])
    first = number
    if at:
      found = _taken_up(at, start, note, ticks)
      if found is not None and (
        found.voice == note.voice and abs(found.end - start) <= fuzz
        if unmarked
        else abs(found.end - start) <= fuzz
        or voices.all_wait(part, found, start)
      ):
        at.remove(found)
        first = found.number
        ends[first] = max(end, ends[first])
        silent[number] = first
    if note.tie & START:
      at.append(_Open(first, end, note.voice, note.staff))
  return ends, silent


def _taken_up(waiting, start, note, ticks):
  """The open tie that ends here, or else not long before; None for none."""
  waiting[:] = [one for one in waiting if start - one.end <= _WAIT * ticks]
  fuzz = _FUZZ * ticks

  def distance(one):
    apart = start - one.end
    return (
      apart if apart > fuzz else 0,
      one.voice != note.voice,
      one.staff != note.staff,
    )

  fitting = [one for one in waiting if one.end <= start + fuzz]
  return min(fitting, key=distance, default=None)


class _Voices:
  """What begins in each voice of each part, sorted when it is asked for."""

  def __init__(self, rows):
    self._rows = rows
    self._starts: dict[tuple[int, str], list[tuple[int, bool]]] | None = None

  def all_wait(self, part: int, tie: _Open, until: int) -> bool:
    """Whether from where `tie` ends only notes begin that are tied on."""
    if self._starts is None:
      self._starts = {}
      for start, _, place, note in self._rows:
        row = start, bool(note.tie & START)
        self._starts.setdefault((place, note.voice), []).append(row)
      for found in self._starts.values():
        found.sort()
    found = self._starts[part, tie.voice]
    first = bisect.bisect_left(found, (tie.end, False))
    last = bisect.bisect_left(found, (until, False))
    return all(wait for _, wait in found[first:last])
