"""Ties: joins tied notes of a score."""

import bisect
from collections.abc import Sequence
from typing import Any, NamedTuple

START, STOP = 1, 2  # Flags of zoo.music.measures.Note.tie.

_FUZZ = 1 / 50  # Maximum gap between tied notes, in quarters: rounded tuplets.
# Maximum gap between a note of an arpeggio and the chord that it is tied to.
_WAIT = 4


class _Open(NamedTuple):
  """A note with an open tie: its number, and its end so far in ticks."""

  number: int
  end: int
  voice: str
  staff: str


def tied(
  rows: Sequence[tuple[int, int, int, Any]], ticks: int
) -> tuple[list[int], dict[int, int]]:
  """Joins tied notes.

  A tie leads from the end of a note to the beginning of another note of the
  same pitch in the same part, in any voice and staff; among several, the same
  voice is preferred, then the same staff. Many files mark only the beginning of
  a tie: it then leads to the next note of its voice, if it has the same pitch.
  In an arpeggio, each note may be tied to the final chord: the tie then extends
  to it, if all notes that begin in its voice in the meantime are also tied.

  Args:
    rows: (start, end, part, note) in ticks; notes have `tie`, `pitch`,
      `voice` and `staff`.
    ticks: per quarter.

  Returns:
    The end of every note, including ties, and {number: first} of the notes that
    continue another note, with the number of their first note.
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
  """The open tie that ends here, or else shortly before; None for none."""
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
  """The notes that begin in each voice of each part, sorted on first use."""

  def __init__(self, rows):
    self._rows = rows
    self._starts: dict[tuple[int, str], list[tuple[int, bool]]] | None = None

  def all_wait(self, part: int, tie: _Open, until: int) -> bool:
    """Whether all notes from the end of `tie` up to `until` start a tie."""
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
