"""The order in which the bars of a tune are played: repeats and parts."""

from collections.abc import Sequence

from zoo.music.abc_bars import Bar
from zoo.music.abc_fields import BadTune, read_order

MAX_PLAYED = 2_000  # bars


def unfold(bars: Sequence[Bar], order: str = '') -> list[int]:
  """The indices of written bars in the order in which they are played.

  A repeat sign goes back to `|:`, or else to the last double bar; what is
  between `|::` and `::|` is played three times. Endings may come in any order,
  and each of them may be played on several passes.

  Args:
    bars: as written.
    order: a header's P:, used if it names parts of the body.

  Raises:
    BadTune: the tune is too long with all repeats played.
  """
  sections: dict[str, list[tuple[int, int]]] = {}
  begin = 0
  for end in range(1, len(bars) + 1):
    if end == len(bars) or bars[end].part != bars[begin].part:
      sections.setdefault(bars[begin].part, []).append((begin, end))
      begin = end
  names = [name for name in read_order(order) if _named(sections, name)]
  if not names:
    return _repeats(bars, 0, len(bars))
  played = []
  for begin, end in sections.get('', []):
    played += _repeats(bars, begin, end)  # bars before the first part
  for name in names:
    for begin, end in _named(sections, name):
      played += _repeats(bars, begin, end)
    _check(played)
  return played


def _named(sections, name):
  """The bars of a part; its label may have more words: `P:A (slow)`."""
  found = sections.get(name)
  if found:
    return found
  for label, places in sections.items():
    if label and label.split()[0].strip('.:"') == name:
      return places
  return []


def _check(played):
  if len(played) > MAX_PLAYED:
    raise BadTune('is too long once its repeats are played')


def _repeats(bars, start, stop):
  """Plays the bars from `start` up to `stop` with their repeats."""
  played: list[int] = []
  marked = False  # whether there is a |: at `start`
  place = start
  while place < stop:
    bar = bars[place]
    if bar.opens:
      if place > start:
        played += range(start, place)
      start, marked = place, True
    if bar.ending:
      last = place
      while (
        last + 1 < stop and bars[last + 1].ending and not bars[last + 1].opens
      ):
        last += 1
      _endings(bars, start, place, last, played)
    elif bar.closes:
      times = max(bar.closes, bars[start].opens if marked else 0) + 1
      last = place
      _check(range(len(played) + times * (place + 1 - start)))
      played += [*range(start, place + 1)] * times
    elif bar.thick and not marked:
      last = place
      played += range(start, place + 1)
    else:
      place += 1
      continue
    _check(played)
    place = start = last + 1
    marked = False
  played += range(start, stop)
  _check(played)
  return played


def _endings(bars, start, first, last, played):
  """Plays bars from `start` with the endings in bars `first`..`last`."""
  passes = {one for bar in bars[first : last + 1] for one in bar.ending}
  times = max(passes)
  alone = all(bar.ending == bars[first].ending for bar in bars[first:last])
  if alone and bars[last].closes and bars[last].ending == bars[first].ending:
    times += 1  # the bars after it are the other ending
  for turn in range(1, times + 1):
    played += range(start, first)
    played += [
      number for number in range(first, last + 1) if turn in bars[number].ending
    ]
    _check(played)
