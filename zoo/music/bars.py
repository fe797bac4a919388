"""From written bars to a performance whose bars stand on the bar lines.

A folk tune is written with pick-ups, bars that a repeat sign cuts in two, and
last bars short by the pick-up that follows. Here repeats are played out, and
each bar is given its place in time such that every full bar starts at a
multiple of the bar's length.
"""

from collections.abc import Sequence
from typing import NamedTuple

from zoo.music.abc import MAX_BARS, BadTune, Bar, Event


class Placed(NamedTuple):
  """One event of the performance.

  Attributes:
    event: as written.
    start, end: ticks from the first bar line; a trimmed event ends early.
    bar: index into the unfolded bars.
  """

  event: Event
  start: int
  end: int
  bar: int


class Irregular(BadTune):
  """Bars from number `bar` on are neither full nor completed by others."""

  def __init__(self, bar: int):
    super().__init__('has bars that do not fit its metre')
    self.bar = bar


def unfold(bars: Sequence[Bar]) -> list[Bar]:
  """Plays repeats and endings out; of the signs only `thick` still matters.

  A repeat sign sends back to `|:`, or else to the last double bar.
  """
  played, place, start, turn, marked = [], 0, 0, 1, False
  while place < len(bars):
    bar = bars[place]
    if bar.opens and place != start:
      start, turn = place, 1
    marked |= bar.opens
    if bar.ending and turn not in bar.ending:
      place += 1  # another pass plays this bar
      continue
    played.append(bar)
    if len(played) > MAX_BARS:
      raise BadTune('is too long once its repeats are played')
    after = bars[place + 1].ending if place + 1 < len(bars) else ()
    again = turn + 1 in {*bar.ending, *after} if bar.ending else turn == 1
    place += 1
    if bar.closes and again:
      place, turn = start, turn + 1
    elif bar.closes or (bar.thick and (not marked or bar.ending)):
      start, turn, marked = place, 1, False
  return played


def lay_out(played: Sequence[Bar], length: int) -> list[Placed]:
  """Puts unfolded bars onto bar lines.

  A short first bar ends at the first bar line. A short bar is completed by
  the bars after it. Where a part (up to a double bar) ends short and the next
  starts with a full bar, silence fills the bar. Where it ends full and the
  next has a pick-up all the same, its last note is shortened by the pick-up,
  as players do; if that would take more than one note, the pick-up gets a bar
  of its own.

  Args:
    played: from `unfold`.
    length: ticks of a full bar.

  Raises:
    Irregular: inside a part, a bar is too long, or short and not completed.
  """
  placed: list[Placed] = []
  base = filled = 0  # where the current bar starts; how much of it is taken
  opened = 0  # the written bar that it starts with

  for number, bar in enumerate(played):
    ticks = bar.ticks
    joint = number == 0 or played[number - 1].thick or bar.opens
    if filled and filled + ticks > length and joint:
      base, filled = base + length, 0
      joint = False  # there is silence: no pick-up has to be squeezed in
    if filled + ticks > length:
      raise Irregular(opened if filled else number)
    opened = opened if filled else number
    short = filled == 0 and ticks < length
    following = played[number + 1].ticks if number + 1 < len(played) else 0
    if short and joint and ticks + following > length:
      if number == 0 or not _make_room(placed, base - ticks):
        base += length
      start, filled = base - ticks, 0
    else:
      start = base + filled
      filled = (filled + ticks) % length
      base += 0 if filled else length
    for event in bar.events:
      placed.append(Placed(event, start, start + event.ticks, number))
      start += event.ticks
  return placed


def regular(played: Sequence[Bar], length: int) -> tuple[int, list[Placed]]:
  """The longest stretch that `lay_out` accepts: its first bar, and itself.

  Old tune books have misprints; what stands before and after is still music.
  """
  first, start = 0, 0
  best: list[Placed] = []
  while start < len(played):
    stop = len(played)
    try:
      placed = lay_out(played[start:], length)
    except Irregular as irregular:
      stop = start + irregular.bar
      placed = lay_out(played[start:stop], length)
    if placed and (not best or placed[-1].end > best[-1].end):
      first, best = start, placed
    start = stop + 1
  return first, best


def _make_room(placed, end):
  """Shortens the last note to `end`; False when it would start later."""
  last = len(placed) - 1
  while last >= 0 and not placed[last].event.pitches:
    last -= 1
  if last >= 0 and placed[last].start >= end:
    return False
  if last >= 0:
    placed[last] = placed[last]._replace(end=min(placed[last].end, end))
  return True
