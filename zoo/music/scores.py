"""MusicXML as a Piece: assembles the measures of all parts.

A measure begins where the longest part of the previous measure ends. Repeats,
endings and jumps are played, as in ABC tunes, or the measures are kept as
written.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
import contextlib
import gc
import itertools
from typing import NamedTuple

import numpy as np

from zoo.music import bar_lines, marks, repeats, signs, ties
from zoo.music.limits import ORDINARY, Limits, Refused
from zoo.music.measures import LOUD, Measure, read_part, ticks_of
from zoo.music.musicxml import load, parts
from zoo.music.piece import (
  ChordSymbol,
  Piece,
  Tempo,
  WrittenBar,
  notes,
)
from zoo.music.sequences import with_first
from zoo.music.signatures import without_idle

_TITLES = 'work/work-title', 'movement-title'


class _Bar(NamedTuple):
  """A measure of all parts.

  Attributes:
    rows: the Measure of each part, None if the part has ended.
    length: ticks.
    metre: in force; None before the first one.
    tempos, tempo: {ticks: quarter notes per minute} here, and the tempo before.
    keys, key: {ticks: sharps} here, and the key signature before.
  """

  rows: Sequence[Measure | None]
  length: int
  metre: marks.Metre | None
  tempos: dict[int, float]
  tempo: float | None
  keys: dict[int, int]
  key: int | None


class _Played(NamedTuple):
  """A bar of the performance: its pass (`turn`), and its start in ticks."""

  bar: _Bar
  number: int
  turn: int
  start: int


def read_score(
  data: bytes,
  id: str,
  limits: Limits = ORDINARY,
  as_written: bool = False,
) -> Piece:
  """A MusicXML file as a Piece, with bars on the bar lines.

  Args:
    data: MusicXML, plain or compressed.
    id: of the piece.
    limits: on its size and content.
    as_written: whether to read every measure once; otherwise repeats are
      played.

  Raises:
    Refused: it is not a score, is damaged, or exceeds the limits.
  """
  with _without_collection():
    return _read(load(data, limits), id, limits, as_written)


@contextlib.contextmanager
def _without_collection() -> Iterator[None]:
  """Disables garbage collection: trees have no cycles, and it takes 10 %."""
  collected = gc.isenabled()
  gc.disable()
  try:
    yield
  finally:
    if collected:
      gc.enable()


def _read(root, id, limits, as_written):
  """The piece of a score, given its root element."""
  ticks = ticks_of(root)
  passed_over: Counter[str] = Counter()
  columns = [
    [*read_part(part, ticks, passed_over)] for part in parts(root, limits)
  ]
  rows = [*itertools.zip_longest(*columns)]
  if not rows:
    raise Refused('has no measures')
  found = [signs.merged([one.signs for one in row if one]) for row in rows]
  passes = repeats.settle(found)
  bars = _bars(rows, ticks)
  order = [(number, 0) for number in range(len(bars))]
  if not as_written:
    order = repeats.order(found, passes)
  played = _play(bars, order, limits)
  if not played:
    raise Refused('has no notes')
  piece = _piece(played, ticks, id, limits)
  about = {name: value for name, value in _about(root).items() if value}
  if passed_over:
    about['passed_over'] = dict(sorted(passed_over.items()))
  written, start = [], 0.0
  for bar, sign, numbers in zip(bars, found, passes, strict=True):
    left, right = signs.lines(sign)
    length = bar.length / ticks
    written.append(WrittenBar(start, length, left, right, numbers))
    start += length
  return piece._replace(metadata=about | piece.metadata, bars=tuple(written))


def _about(root):
  """Title and composer of the score."""
  title = next((text for path in _TITLES if (text := _line(root, path))), '')
  return {
    'title': title,
    'composer': _line(root, 'identification/creator[@type="composer"]'),
  }


def _line(root, path):
  return ' '.join((root.findtext(path) or '').split())[:200]


def _bars(rows: Sequence[Sequence[Measure | None]], ticks: int) -> list[_Bar]:
  """The measures of all parts; of conflicting signs the upper one counts."""
  found, metre, tempo, key = [], None, None, None
  # Key signatures are those of the first part that has any.
  signing = min(
    (
      place for row in rows for place, one in enumerate(row) if one and one.keys
    ),
    default=0,
  )
  for row in rows:
    here = [one for one in row if one]
    metre = next((one.metre for one in here if one.metre), metre)
    length = max(one.length for one in here)
    if not length and metre and not any(one.implicit for one in here):
      length = round(metre.quarters * ticks)
    tempos = {
      start: rate for one in reversed(here) for start, rate in one.tempos
    }
    mine = row[signing]
    keys = dict(mine.keys) if mine else {}
    found.append(_Bar(row, length, metre, tempos, tempo, keys, key))
    tempo = tempos[max(tempos)] if tempos else tempo
    key = keys[max(keys)] if keys else key
  return found


def _play(bars, order, limits):
  """The bars of the performance, without those of length 0."""
  played, start, most = [], 0, 2 * limits.events
  sizes = [
    sum(
      len(one.notes) + len(one.chords) + len(one.tempos) + len(one.keys)
      for one in bar.rows
      if one
    )
    for bar in bars
  ]
  for number, turn in order:
    most -= sizes[number]
    if most < 0:
      raise Refused(f'has more than {limits.events} notes')
    if bars[number].length:
      played.append(_Played(bars[number], number, turn, start))
      start += bars[number].length
  return played


def _piece(
  played: Sequence[_Played], ticks: int, id: str, limits: Limits
) -> Piece:
  """The piece, without title, composer and written bars."""
  rows = [
    (one.start + note.start, one.start + note.end, part, note)
    for one in played
    for part, measure in enumerate(one.bar.rows)
    if measure
    for note in measure.notes
    if not note.passes or not one.turn or one.turn in note.passes
  ]
  if not rows:
    raise Refused('has no notes')
  if len(rows) > limits.events:
    raise Refused(f'has more than {limits.events} notes')
  ends, silent = ties.tied(rows, ticks)
  shift, metres = _metres(played, max(ends), ticks)

  def at(tick):
    return tick / ticks + shift

  sounding = [number for number in range(len(rows)) if number not in silent]
  kept = [rows[number][3] for number in sounding]
  table = notes(
    at(np.array([rows[number][0] for number in sounding], np.float64)),
    at(np.array([ends[number] for number in sounding], np.float64)),
    [note.pitch for note in kept],
    [LOUD if note.velocity is None else note.velocity for note in kept],
    [note.program for note in kept],
    [rows[number][2] for number in sounding],
    [note.drum for note in kept],
    [note.spelling for note in kept],
  )
  # A fermata over one of several tied notes is over all of them.
  below = dict.fromkeys(
    silent.get(number, number)
    for number, row in enumerate(rows)
    if row[3].fermata
  )
  fermatas = [(rows[one][0], ends[one], rows[one][2]) for one in below]
  first = min((part for _, _, part in fermatas), default=0)
  above = {
    'fermatas': sorted(
      [at(start), at(end)] for start, end, part in fermatas if part == first
    ),
    'key_signatures': _keys(played, at),
  }
  return Piece(
    id,
    table,
    metres,
    _tempos(played, at),
    {name: value for name, value in above.items() if value},
    _chords(played, at),
  )


def _metres(played, last, ticks):
  """Quarters before a pick-up, and the metres of the performance.

  `last` is the tick where the last note ends.
  """
  lengths = [one.bar.length / ticks for one in played]
  # The last bar ends with the last note: rests after it shift nothing.
  lengths[-1] = max((last - played[-1].start) / ticks, 0)
  signatures: list[tuple[int, int] | None] = []
  for one, length in zip(played, lengths, strict=True):
    found = one.bar.metre
    if not found or not found.denominator:  # Senza misura: one for each bar.
      found = marks.metre_of(length)
    signatures.append(tuple(found) if found else None)
  first = next((one for one in signatures if one), (4, 4))
  # A bar without a metre continues in the previous one.
  whole = itertools.accumulate(
    signatures, lambda before, one: one or before, initial=first
  )
  return bar_lines.lay_bars(lengths, [*whole][1:])


def _jumps(before, one):
  """Whether a bar does not follow the previous one in the score."""
  return before is None or one.number <= before.number


def _tempos(played, at):
  """Tempos; after a jump, the tempo of the target is in force again."""
  found, before = [], None
  for one in played:
    if _jumps(before, one) and one.bar.tempo:
      found.append(Tempo(at(one.start), float(one.bar.tempo)))
    for start, rate in one.bar.tempos.items():
      found.append(Tempo(at(one.start + start), float(rate)))
    before = one
  first = Tempo(0.0, 120.0)
  if found and found[0].start == at(0):
    first = Tempo(0.0, found[0].quarters_per_minute)
  return with_first(found, first)


def _keys(played, at):
  """[start, sharps], negative for flats; the first starts at 0."""
  found, before = [], None
  for one in played:
    if _jumps(before, one) and one.bar.key is not None:
      found.append([at(one.start), one.bar.key])
    for start, sharps in sorted(one.bar.keys.items()):
      found.append([at(one.start + start), sharps])
    before = one
  if found:
    found[0][0] = 0.0
  return without_idle(found)


def _chords(played, at):
  """Chord symbols in order of time; symbols of several parts are kept once."""
  found = {}
  for one in played:
    here = [
      (start, text)
      for measure in one.bar.rows
      if measure
      for start, text in measure.chords
    ]
    for start, text in sorted(here, key=lambda each: each[0]):
      found[ChordSymbol(at(one.start + start), text)] = None
  return tuple(sorted(found, key=lambda each: each.start))
