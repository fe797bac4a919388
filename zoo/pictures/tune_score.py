"""Engraves a tune of one voice as SVG: staves, beams, repeats and endings.

Plain shapes and text, without a music font, so that it looks the same in all
browsers. SPACE is the distance of two staff lines in pixels.
"""

from collections.abc import Sequence
import html
from typing import Any, NamedTuple

from zoo.music import abc
from zoo.music.abc_bars import Bar, Event
from zoo.music.abc_fields import QUARTER
from zoo.music.signatures import sharps_of
from zoo.music.spelling import step_and_alter

SPACE = 8.0
_WIDTH, _SYSTEM, _MARGIN = 960.0, 12 * SPACE, 16.0
_STEPS = 'CDEFGAB'
_CLASSES = (0, 2, 4, 5, 7, 9, 11)
_BOTTOM, _MIDDLE = 30, 34  # Staff positions of the lines E and B.
_SHARPS, _FLATS = (38, 35, 39, 36, 33, 37, 34), (34, 37, 33, 36, 32, 35, 31)
_SIGNS = {-2: '♭♭', -1: '♭', 0: '♮', 1: '♯', 2: '♯♯'}
_CLEF = (
  'M1.1,-1 C1.1,-.5 .4,-.4 .35,-1 C.3,-1.8 1.6,-2 1.75,-1 C1.85,-.1 .9,.25 '
  '.3,-.05 C-.6,-.5 -.4,-1.9 .2,-2.6 C.9,-3.4 1.5,-4 1.4,-5 C1.3,-5.6 .9,-5.4 '
  '.8,-4.7 C.6,-3.6 1.2,-1 1.4,.9 C1.5,1.7 .8,2 .4,1.5'
)


class _Head(NamedTuple):
  """A chord or rest on the page: its notes' staff positions and its shape."""

  x: float
  heights: tuple[int, ...]
  flags: int
  dots: int
  value: float  # Quarters as written, without dots.
  triplet: bool
  beat: int


def tune_score(text: str, title: str = '') -> str:
  """An SVG of the first voice of a tune.

  Args:
    text: ABC.
    title: above the first staff.

  Raises:
    BadTune: the text cannot be read.
  """
  tune = abc.parse(text)
  bars = tune.voices[0]
  shapes: list[str] = []
  sharps = (sharps_of(bars[0].key.name) if bars[0].key.plain else 0) or 0
  lines = _broken_into_lines(bars, sharps)
  for number, line in enumerate(lines):
    y = _MARGIN + 4 * SPACE + number * _SYSTEM + 7 * SPACE
    _Staff(shapes, y, sharps).draw(
      bars, line, number == 0, number == len(lines) - 1
    )
  height = _MARGIN + 4 * SPACE + len(lines) * _SYSTEM + 3 * SPACE
  words = (
    f'<text x="{_WIDTH / 2}" y="{_MARGIN + 14}" font-size="16" '
    f'text-anchor="middle">{html.escape(title)}</text>'
  )
  return (
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:g} '
    f'{height:g}" font-family="serif"><rect width="100%" height="100%" '
    f'fill="white"/>{words}{"".join(shapes)}</svg>\n'
  )


def _space(event: Event) -> float:
  quarters = event.ticks / QUARTER
  return SPACE * (2.3 + 1.3 * min(quarters, 4.0) ** 0.6)


def _width(bar: Bar) -> float:
  return 2.5 * SPACE + sum(map(_space, bar.events))


def _broken_into_lines(bars, sharps):
  """Ranges of bars, one per line."""
  lines, begin, used = [], 0, 0.0
  room = _WIDTH - 2 * _MARGIN - (7 + abs(sharps)) * SPACE
  for place, bar in enumerate(bars):
    if used and used + _width(bar) > room:
      lines.append(range(begin, place))
      begin, used = place, 0.0
    used += _width(bar)
  return [*lines, range(begin, len(bars))]


class _Staff:
  """One line of music; y is its bottom line."""

  def __init__(self, shapes, y, sharps):
    self.shapes, self.y, self.sharps = shapes, y, sharps

  def at(self, height):
    """The y of a staff position."""
    return self.y - (height - _BOTTOM) * SPACE / 2

  def line(self, x1, y1, x2, y2, width=1.0):
    self.shapes.append(
      f'<path d="M{x1:.1f},{y1:.1f}L{x2:.1f},{y2:.1f}" stroke="black" '
      f'stroke-width="{width:g}"/>'
    )

  def text(self, x, y, words, size=16.0):
    self.shapes.append(
      f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}">{words}</text>'
    )

  def dot(self, x, y, radius=1.6):
    self.shapes.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}"/>')

  def draw(self, bars: Sequence[Bar], line: range, first: bool, last: bool):
    """All bars of the line."""
    x = self._head(bars[0], first)
    natural = sum(_width(bars[place]) for place in line)
    stretch = (_WIDTH - _MARGIN - x) / natural
    if last:
      stretch = min(stretch, 1.25)
    end = x + natural * stretch
    for row in range(5):
      y = self.y - row * SPACE
      self.line(_MARGIN, y, end, y, 0.8)
    for place in line:
      before = bars[place - 1] if place else None
      x = self._bar(bars[place], before, x, stretch, place == len(bars) - 1)

  def _head(self, bar, first):
    self.shapes.append(
      f'<g transform="translate({_MARGIN + 6:.1f},{self.y:.1f}) '
      f'scale({SPACE:g})"><path d="{_CLEF}" fill="none" stroke="black" '
      'stroke-width=".22"/></g>'
    )
    x = _MARGIN + 3.6 * SPACE
    signs = _SHARPS if self.sharps > 0 else _FLATS
    for height in signs[: abs(self.sharps)]:
      sign = '♯' if self.sharps > 0 else '♭'
      self.text(x, self.at(height) + 5, sign)
      x += SPACE
    if first and not bar.metre.free:
      for number, row in ((bar.metre[0], 2), (bar.metre[1], 0)):
        self.text(x + 4, self.y - row * SPACE - 1, number, 20)
      x += 2.6 * SPACE
    return x + SPACE

  def _bar(self, bar, before, x, stretch, final):
    """One bar; returns where the next begins."""
    start, width = x, _width(bar) * stretch
    if bar.opens:
      self._repeat(x, 1)
      x += SPACE
    if bar.ending and (before is None or bar.ending != before.ending):
      top = self.y - 7.5 * SPACE
      self.line(start, top, start + width - 4, top)
      self.line(start, top, start, top + SPACE)
      self.text(start + 4, top + 12, ','.join(map(str, bar.ending)) + '.', 11)
    room = start + width - x - 2 * SPACE
    taken = sum(map(_space, bar.events))
    heads = self._heads(bar, x + 1.5 * SPACE, room / taken)
    for group in _beamed(heads):
      self._group(group)
    end = start + width
    if bar.closes:
      self._repeat(end, -1)
    else:
      self.line(end, self.y, end, self.y - 4 * SPACE)
      if len(bar.right) > 1 or final:
        wide = 3.0 if final else 1.0
        shift = 0 if final else 3
        self.line(end - shift, self.y, end - shift, self.y - 4 * SPACE, wide)
    return end

  def _repeat(self, x, way):
    self.line(x, self.y, x, self.y - 4 * SPACE, 3)
    self.line(x + 4 * way, self.y, x + 4 * way, self.y - 4 * SPACE)
    for row in (1.5, 2.5):
      self.dot(x + 8 * way, self.y - row * SPACE)

  def _heads(self, bar, x, stretch):
    """Draws heads, accidentals, dots and rests; returns them for the beams."""
    own: dict[tuple[str, int], int] = {}
    found = []
    beat = QUARTER
    if bar.metre.compound:
      beat = 12 * QUARTER // bar.metre.denominator
    for event in bar.events:
      value, dots, triplet = _written(event.ticks)
      flags = {0.5: 1, 0.25: 2, 0.125: 3, 0.0625: 4}.get(value, 0)
      heights = []
      for note in event.notes:
        height, step, alter = _placed(note)
        heights.append(height)
        known = own.get((step, height), bar.key.of(step))
        if known != alter:
          own[step, height] = alter
          self.text(x - 1.5 * SPACE, self.at(height) + 5, _SIGNS[alter], 15)
        self._note(x, height, value, dots)
        if note.tied:
          y = self.at(height) + SPACE
          self.shapes.append(
            f'<path d="M{x + 8:.1f},{y:.1f}q12,8 24,0" fill="none" '
            'stroke="black"/>'
          )
      if not event.notes:
        self._rest(x, value, dots)
      place = event.onset // beat
      found.append(
        _Head(x, tuple(sorted(heights)), flags, dots, value, triplet, place)
      )
      x += _space(event) * stretch
    return found

  def _note(self, x, height, value, dots):
    y = self.at(height)
    for row in range(_BOTTOM - 2, height - 1, -2):
      self.line(x - 7, self.at(row), x + 7, self.at(row), 0.8)
    for row in range(_BOTTOM + 10, height + 1, 2):
      self.line(x - 7, self.at(row), x + 7, self.at(row), 0.8)
    fill = 'black' if value < 2 else 'white'
    self.shapes.append(
      f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="5" ry="3.6" fill="{fill}" '
      f'stroke="black" stroke-width="1.3" transform="rotate(-20 {x:.1f} '
      f'{y:.1f})"/>'
    )
    for number in range(dots):
      self.dot(x + 9 + 4 * number, y - (SPACE / 4 if height % 2 == 0 else 0))

  def _rest(self, x, value, dots):
    middle = self.y - 2 * SPACE
    if value >= 2:
      y = middle - (SPACE if value >= 4 else SPACE / 2)
      self.shapes.append(
        f'<rect x="{x - 5:.1f}" y="{y:.1f}" width="10" height="4"/>'
      )
    else:
      path = 'l5,6l-4,5l4,6q-6,-2 -3,4' if value >= 1 else 'q3,4 7,0l-4,14'
      self.shapes.append(
        f'<path d="M{x - 3:.1f},{middle - 9:.1f}{path}" fill="none" '
        'stroke="black" stroke-width="1.6"/>'
      )
    for number in range(dots):
      self.dot(x + 8 + 4 * number, middle - SPACE / 2)

  def _group(self, group: Sequence[_Head]):
    """Stems with flags, or under one beam."""
    every = [height for head in group for height in head.heights]
    if not every:
      return
    up = sum(every) / len(every) < _MIDDLE
    way = 1 if up else -1
    reach = max(every) + 6 if up else min(every) - 6
    side = 4.6 * way
    for head in group:
      if not head.heights or head.value >= 4:
        continue
      begin = head.heights[0] if up else head.heights[-1]
      x = head.x + side
      self.line(x, self.at(begin), x, self.at(reach), 1.2)
      if len(group) == 1:
        for flag in range(head.flags):
          y = self.at(reach - 1.6 * flag * way)
          self.shapes.append(
            f'<path d="M{x:.1f},{y:.1f}q1,{6 * way} 7,{12 * way}" '
            'fill="none" stroke="black" stroke-width="1.8"/>'
          )
    if len(group) > 1:
      self._beam(group, side, reach, way)
    if any(head.triplet for head in group) and group[0].triplet:
      x = (group[0].x + group[-1].x) / 2 + side - 2
      self.text(x, self.at(reach) - 5 * way + (0 if up else 7), 3, 11)

  def _beam(self, group, side, reach, way):
    for level in range(1, max(head.flags for head in group) + 1):
      y = self.at(reach - 1.5 * (level - 1) * way)
      for place, head in enumerate(group):
        if head.flags < level:
          continue
        after = group[place + 1] if place + 1 < len(group) else None
        before = group[place - 1] if place else None
        if after is not None and after.flags >= level:
          self.line(head.x + side, y, after.x + side, y, 3.4)
        elif before is None or before.flags < level:
          stub = -7 if before is not None else 7
          self.line(head.x + side, y, head.x + side + stub, y, 3.4)


def _beamed(heads: Sequence[_Head]) -> list[list[_Head]]:
  """Groups notes for beams: those with flags in the same beat."""
  groups: list[list[Any]] = []
  for head in heads:
    last = groups[-1][-1] if groups else None
    joins = (
      last is not None
      and min(head.flags, last.flags) > 0
      and head.heights
      and last.heights
      and head.beat == last.beat
    )
    if joins:
      groups[-1].append(head)
    else:
      groups.append([head])
  return groups


def _written(ticks: int) -> tuple[float, int, bool]:
  """(quarters of the undotted note, dots, whether it is in a triplet)."""
  for triplet in (False, True):
    quarters = ticks / QUARTER * (1.5 if triplet else 1.0)
    value = 8.0
    while value >= 1 / 16:
      for dots, factor in enumerate((1.0, 1.5, 1.75)):
        if abs(quarters - value * factor) < 1e-6:
          return value, dots, triplet
      value /= 2
  whole = 2.0 ** max(min(int(ticks / QUARTER).bit_length() - 1, 2), -3)
  return whole, 0, False


def _placed(note: Any) -> tuple[int, str, int]:
  """(staff position, step, alter) of a note; sharps if it has no spelling."""
  if note.spelling:
    step, alter = step_and_alter(note.spelling)
  else:
    place = max(k for k in range(7) if _CLASSES[k] <= note.pitch % 12)
    step, alter = _STEPS[place], note.pitch % 12 - _CLASSES[place]
  place = _STEPS.index(step)
  octave = (note.pitch - alter - _CLASSES[place]) // 12 - 5
  return 28 + 7 * octave + place, step, alter
