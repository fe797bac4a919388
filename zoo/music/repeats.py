"""The order in which the bars of a score are played.

A repeat sign goes back to the last `|:`, or else to the end of the last repeat.
A da capo or dal segno is taken once, after the repeats before it. After it,
repeats are skipped and the last ending is played, as performers do, until the
coda; Fine and To Coda apply only then.
"""

from collections.abc import Sequence
import dataclasses
import itertools

from zoo.music.limits import Refused
from zoo.music.signs import Signs

MOST_BARS = 20_000  # As played.


@dataclasses.dataclass(slots=True)
class _Ending:
  """An ending: its measures, and the passes on which it is played."""

  first: int
  last: int
  passes: tuple[int, ...]


def settle(signs: Sequence[Signs]) -> list[tuple[int, ...]]:
  """Normalizes signs, in place; returns the passes of each measure.

  Repeat signs on the other side of a bar line are moved to the measure that
  they belong to, an ending without number or end gets one, and among coda signs
  without a `sound` the first jumps to the last.

  Args:
    signs: of each measure.

  Returns:
    The passes on which each measure is played; () for all.
  """
  for before, after in itertools.pairwise(signs):
    after.forward |= before.forward_after
    before.backward = before.backward or after.backward_before
    before.ends |= after.ends_before
  loose = [place for place, one in enumerate(signs) if one.coda_signs]
  if len(loose) > 1 and not any(one.to_coda is not None for one in signs):
    signs[loose[0]].to_coda = ''
  if loose and not any(one.coda is not None for one in signs):
    signs[loose[-1]].coda = ''
  passes: list[tuple[int, ...]] = [()] * len(signs)
  for ending in _endings(signs):
    for place in range(ending.first, ending.last + 1):
      passes[place] = ending.passes
  return passes


def _endings(signs: Sequence[Signs]) -> list[_Ending]:
  """All endings, in order; one without a number continues the numbering."""
  found: list[_Ending] = []
  for place, one in enumerate(signs):
    if one.begins is not None:
      before = found[-1] if found and found[-1].last == place - 1 else None
      number = max(before.passes) + 1 if before else 1
      last = _last_of_ending(signs, place)
      found.append(_Ending(place, last, one.begins or (number,)))
  return found


def _last_of_ending(signs, place):
  """The last measure of an ending; by default that of its repeat sign."""
  stop = place + 1
  while stop < len(signs) and signs[stop].begins is None:
    stop += 1
  for last in range(place, stop):
    if signs[last].ends:
      return last
  for last in range(place, stop):
    if signs[last].backward:
      return last
  return place


def order(
  signs: Sequence[Signs], passes: Sequence[tuple[int, ...]]
) -> list[tuple[int, int]]:
  """The measures in the order in which they are played.

  Args:
    signs: of each measure, normalized by `settle`.
    passes: from `settle`.

  Returns:
    (measure, pass) of each, the pass counted from 1.

  Raises:
    Refused: there are too many with all repeats played.
  """
  player = _Player(signs, passes)
  while player.place < len(signs):
    player.step()
    if len(player.played) > MOST_BARS:
      raise Refused(f'has more than {MOST_BARS} bars once they are played')
  return player.played


class _Player:
  """The state of a performance.

  Attributes:
    place: the next measure.
    start, turn: the first measure of the current section, and the pass.
    jumped: whether a jump was taken, and no coda since.
    taken: measures whose jump was taken.
  """

  def __init__(self, signs, passes):
    self.signs, self.passes = signs, passes
    self.groups = _groups(passes)
    self.place = self.start = 0
    self.turn = 1
    self.jumped = False
    self.taken: set[int] = set()
    self.played: list[tuple[int, int]] = []

  def step(self):
    """Plays or skips the next measure, and moves on."""
    place, sign = self.place, self.signs[self.place]
    if sign.forward and place != self.start:
      self.start, self.turn = place, 1
    if self.passes[place] and not self._plays(place):
      self._move_on(self.turn)
      return
    self.played.append((place, self.turn))
    total = self._total(place)
    again = total and (not self.jumped or sign.after_jump)
    if again and self.turn < total:
      self.place, self.turn = self.start, self.turn + 1
    elif not self._jump(place, sign):
      self._move_on(1 if total else self.turn)

  def _jump(self, place, sign):
    """Takes the jump at the end of a measure; False if there is none."""
    if sign.jump and place not in self.taken:
      target = 0
      if sign.jump[0] == 'segno':
        target = self._find('segno', sign.jump[1], place)
      if target is not None:
        self.taken.add(place)
        self.jumped = True
        self._go(target)
        return True
    if self.jumped and sign.fine:
      self._go(len(self.signs))
      return True
    if self.jumped and sign.to_coda is not None:
      target = self._find('coda', sign.to_coda, place)
      if target is not None and target > place:
        self.jumped = False
        self._go(target)
        return True
    return False

  def _find(self, kind, name, place):
    """The measure of the sign with this name, or else of the nearest."""
    found = [
      (number, getattr(one, kind))
      for number, one in enumerate(self.signs)
      if getattr(one, kind) is not None
    ]
    named = [number for number, text in found if text == name and name]
    if named:
      return named[0]
    numbers = [number for number, _ in found]
    if kind == 'coda':
      return next((one for one in numbers if one > place), None)
    return next((one for one in reversed(numbers) if one <= place), None)

  def _go(self, place):
    self.place = self.start = place
    self.turn = 1

  def _move_on(self, turn):
    """Goes to the next measure; a section begins after the last ending."""
    place = self.place
    self.place += 1
    left = self.passes[place] and (
      self.place == len(self.signs)
      or self.groups[self.place] != self.groups[place]
    )
    ended = self.signs[place].backward and turn == 1
    if left or (ended and not self.passes[place]):
      self.start, self.turn = self.place, 1

  def _plays(self, place):
    """Whether the ending of this measure is played on the current pass."""
    group = self.groups[place]
    endings = [(passes, self.signs[last].backward) for _, last, passes in group]
    mine = self.passes[place]
    known = {number for passes, _ in endings for number in passes}
    if not self.jumped and self.turn in known:
      return self.turn in mine
    if not self.jumped and self.turn < min(known):
      return mine == endings[0][0]
    # On later passes: the last ending, unless it only leads back.
    final, leads_back = endings[-1]
    return mine == final and not (leads_back and len(endings) == 1)

  def _total(self, place):
    """How often the section up to here is played; 0 if no sign ends it."""
    sign, group = self.signs[place], self.groups[place]
    if not group:
      return sign.backward
    most = max(max(passes) for _, _, passes in group)
    if sign.backward:
      return max(sign.backward, most)
    # An ending before another ending may lack its repeat sign.
    last = any(place == stop for _, stop, _ in group[:-1])
    return most if last and sign.jump is None else 0


def _groups(passes):
  """For each measure, the adjacent endings: [(first, last, passes), ...]."""
  found: list[list] = [[] for _ in passes]
  group: list = []
  for place, now in enumerate(passes):
    if not now:
      group = []
      continue
    if place and passes[place - 1] == now:
      first, _, _ = group[-1]
      group[-1] = (first, place, now)
    else:
      group.append((place, place, now))
    found[place] = group
  return found
