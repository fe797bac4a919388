"""Aligns the bars of a tune with bar lines.

`metres` gives the bars of a performance as they are; `regular` moves them, for
corpora, so that every full bar starts at a multiple of the bar's length.
"""

from collections.abc import Sequence
from fractions import Fraction
import itertools
from typing import NamedTuple

import numpy as np

from zoo.music.abc_fields import QUARTER, BadTune, TimeSignature
from zoo.music.piece import Metre, Piece, notes
from zoo.music.sequences import with_first
from zoo.music.signatures import without_idle

_LINE = QUARTER // 1000  # Ticks by which rounding may move a bar line.


def metres(
  played: Sequence[tuple[int, TimeSignature]],
) -> tuple[int, list[Metre]]:
  """The bar lines of a performance, as metres.

  A short first bar is a pick-up. Bars that add up to a full bar, as at a
  repeat, are one bar; any other bar gets its own metre.

  Args:
    played: (ticks, metre in force) of each bar.

  Returns:
    Ticks of silence before the pick-up, and the metres.
  """
  before = 0
  if len(played) > 1:
    before = _before([ticks for ticks, _ in played[:2]], _full(played[0][1]))
  found: list[Metre] = []
  begin, filled, now = 0, before, None  # the current bar

  def state(start, metre):
    nonlocal now
    if metre is not None and metre[:2] != now:
      now = metre[:2]
      found.append(Metre(start / QUARTER, *now))

  held = played[0][1] if played else None
  for ticks, metre in played:
    full = _full(metre)
    if filled and (metre != held or _less(full, filled + ticks)):
      state(begin, _metre_of(filled))
      begin, filled = begin + filled, 0
    held = metre
    if filled == 0 and _less(full, ticks):
      state(begin, _metre_of(ticks))
      begin += ticks
      continue
    if not filled or filled == before:
      state(begin, metre)
    filled += ticks
    if not _less(filled, full):
      begin, filled = begin + full, 0
  return before, found


def _before(lengths, full):
  """Silence before a first bar that is a pick-up."""
  short = len(lengths) > 1 and _less(lengths[0], full)
  return full - lengths[0] if short and _less(full, sum(lengths[:2])) else 0


def _full(metre):
  return 4 * QUARTER * metre.numerator // metre.denominator


def _less(one, other):
  return one < other - _LINE


def _metre_of(ticks):
  """The simplest metre of a bar this long; None if there is none."""
  beats = Fraction(ticks, 4 * QUARTER).limit_denominator(64)
  under = max(beats.denominator, 4)
  if under & (under - 1) or abs(4 * QUARTER * beats - ticks) > _LINE:
    return None
  return TimeSignature(int(beats * under), under)


class Irregular(BadTune):
  """Bars from number `bar` on are neither full nor completed by others."""

  def __init__(self, bar: int):
    super().__init__('has bars that do not fit its metre')
    self.bar = bar


class Played(NamedTuple):
  """A bar of a performance.

  Attributes:
    ticks: its length.
    joint: whether a part starts with it, after a double bar line or repeat.
    last: ticks from its start to its last onset; -1 if it is silent.
  """

  ticks: int
  joint: bool
  last: int


class Placed(NamedTuple):
  """The positions of bars.

  Attributes:
    starts: ticks from the first bar line, of each bar.
    ends: the latest end of its notes.
  """

  starts: list[int]
  ends: list[int]


def lay_out(played: Sequence[Played], full: int) -> Placed:
  """Aligns bars with bar lines.

  A short first bar ends at the first bar line. A short bar is completed by the
  bars after it. If a part (up to a double bar) ends short and the next starts
  with a full bar, silence fills the bar. If it ends full and the next has a
  pick-up all the same, its last note is shortened by the pick-up, as players
  do; if that would affect more than one note, the pick-up gets its own bar.

  Args:
    played: the bars of a performance.
    full: ticks of a full bar.

  Raises:
    Irregular: inside a part, a bar is too long, or short and not completed.
  """
  placed = Placed([], [])
  base = filled = 0  # start of the current bar; how much of it is filled
  opened = 0  # the written bar that it starts with
  for number, (ticks, joint, _) in enumerate(played):
    joint |= number == 0
    if filled and _less(full, filled + ticks) and joint:
      base, filled = base + full, 0
      joint = False  # there is silence, so a pick-up has room
    if _less(full, filled + ticks):
      raise Irregular(opened if filled else number)
    opened = opened if filled else number
    short = filled == 0 and _less(ticks, full)
    following = played[number + 1].ticks if number + 1 < len(played) else 0
    if short and joint and _less(full, ticks + following):
      if number == 0 or not _make_room(played, placed, base - ticks):
        base += full
      start, filled = base - ticks, 0
    else:
      start = base + filled
      filled = filled + ticks if _less(filled + ticks, full) else 0
      base += 0 if filled else full
    placed.starts.append(start)
    placed.ends.append(start + ticks)
  return placed


def _make_room(played, placed, end):
  """Shortens the last note to `end`; False if it starts at or after `end`."""
  number = len(placed.starts) - 1
  while number >= 0 and played[number].last < 0:
    number -= 1
  if number >= 0 and placed.starts[number] + played[number].last >= end:
    return False
  for place in range(max(number, 0), len(placed.ends)):
    placed.ends[place] = min(placed.ends[place], end)
  return True


def _longest(played, full):
  """The longest stretch that `lay_out` accepts: its first bar, and its layout.

  Old tune books have misprints; the bars before and after are still valid.
  """
  first, start = 0, 0
  best = Placed([], [])
  while start < len(played):
    stop = len(played)
    try:
      placed = lay_out(played[start:], full)
    except Irregular as irregular:
      stop = start + irregular.bar
      placed = lay_out(played[start:stop], full)
    if placed.ends and (not best.ends or placed.ends[-1] > best.ends[-1]):
      first, best = start, placed
    start = stop + 1
  return first, best


def regular(piece: Piece) -> Piece:
  """A tune whose full bars start at multiples of the bar's length.

  See `lay_out`. If bars do not fit the metre (misprints), only the longest
  stretch without such a bar is kept, and `bars_left_out` in its metadata counts
  the rest. Tunes whose metre changes or is free, and pieces that are not tunes,
  are not changed.

  Raises:
    Irregular: less than half of the bars fit, as written and as played.
  """
  order = piece.metadata.get('played')
  changes = any(
    token.startswith('[M:') for bar in piece.bars[1:] for token in bar.tokens
  )
  if not order or changes or piece.metadata['metre'] is None:
    return piece
  metre = Metre(0.0, *piece.metadata['metre'])
  full = round(metre.bar * QUARTER)
  played, starts = _performance(piece, order, full)
  first, placed = _longest(played, full)
  count = len(placed.starts)
  kept = len(set(order[first : first + count]))
  if 2 * count < len(order) and 2 * kept < len(set(order)):
    raise Irregular(first)
  old = np.array([*starts[first : first + count + 1]], np.float64)
  return _moved(piece, metre, old, placed, len(order) - count)


def _performance(piece, order, full):
  """The bars as played, their starts in ticks, and the end of the last."""
  ticks = [round(piece.bars[number].length * QUARTER) for number in order]
  starts = [_before(ticks, full)]
  for length in ticks:
    starts.append(starts[-1] + length)
  onsets = np.rint(np.unique(piece.notes.start) * QUARTER)
  upto = np.searchsorted(onsets, np.array(starts[1:]) - 0.5) - 1
  last = np.where(upto < 0, -1, onsets[upto]) - starts[:-1]
  joints = [False] + [
    _thick(piece.bars[before].right) or ':' in piece.bars[number].left
    for before, number in itertools.pairwise(order)
  ]
  return [
    Played(length, joint, max(int(onset), -1))
    for length, joint, onset in zip(ticks, joints, last, strict=True)
  ], starts


def _thick(line):
  return len(line) > 1


def _moved(piece, metre, old, placed, dropped):
  """The piece between the first and last time of `old`, in `placed` bars."""
  new = np.array(placed.starts, np.float64)
  ends = np.array(placed.ends, np.float64)

  def moved(times, side):
    times = np.rint(np.asarray(times, np.float64) * QUARTER)
    place = np.searchsorted(old, times, side) - 1
    place = np.clip(place, 0, len(new) - 1)
    return new[place] + times - old[place], place

  table = piece.notes
  inside = np.rint(table.start * QUARTER)
  keep = (inside >= old[0]) & (inside < old[-1])
  table = table._replace(
    **{name: column[keep] for name, column in table._asdict().items()}
  )
  start, _ = moved(table.start, 'right')
  end, place = moved(np.minimum(table.end, old[-1] / QUARTER), 'left')
  end = np.minimum(end, ends[place]) / QUARTER
  columns = table._asdict() | {'start': start / QUARTER, 'end': end}

  def at(time):
    return max(float(moved([time], 'right')[0][0]) / QUARTER, 0.0)

  last = old[-1] / QUARTER
  metadata = {**piece.metadata}
  if dropped:
    metadata['bars_left_out'] = dropped
  signatures = metadata.pop('key_signatures', [])
  signatures = without_idle(
    [(at(time), sharps) for time, sharps in signatures if time < last]
  )
  if len(signatures) > 1:
    metadata['key_signatures'] = [[0.0, signatures[0][1]], *signatures[1:]]
  return piece._replace(
    notes=notes(**columns),
    metres=(metre,),
    tempos=with_first(
      [one._replace(start=at(one.start)) for one in piece.tempos],
      piece.tempos[0],
    ),
    metadata=metadata,
    chords=tuple(
      one._replace(start=at(one.start))
      for one in piece.chords
      if old[0] <= round(one.start * QUARTER) < old[-1]
    ),
  )
