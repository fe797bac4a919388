"""Pictures of music and of training, as reproducible PNG files.

Matplotlib is imported when the first picture is drawn, and used without its
global state. The same input gives the same bytes: the file contains no time or
version.
"""

from collections.abc import Iterable, Mapping, Sequence
import math
from numbers import Real
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from zoo.music.drums import in_kit_order, name_of
from zoo.music.piece import Metre, Piece

INK = '#2b2d33'
FADED = '#8a8f98'
PARTS = ('#2f5d8c', '#c8713c', '#4f8a5b', '#8c5a9e', '#b0913a', '#4e9aa6')
DRUMS = '#8a8f98'
PAPER, PANEL, BLACK_KEY = '#ffffff', '#f6f7f9', '#eef0f3'
BEAT, BAR, OCTAVE = '#ffffff', '#c3c8cf', '#dcdfe5'
BLACK_KEYS = (1, 3, 6, 8, 10)
RESOLUTION = 160  # Dots per inch.

_NARROWEST = 0.05  # The least distance of two lines, in inches.
_LEFT, _NAMES = 0.42, 0.85  # Inches for pitches, and for names of drums.
_LOWEST_NAME = 0.075  # The least height of a lane with a name, in inches.
_CHORD = 0.065  # The width of a letter of a chord symbol, in inches.
_LANE = 2  # The height of a drum's lane below a piano roll, in semitones.

# Keys of metrics.jsonl that are positions in training, not metrics.
BOOKKEEPING = ('step', 'stage', 'seconds', 'skipped')
VALIDATION = 'validation_'


def piano_roll(piece: Piece, path: str | Path, title: str = '') -> None:
  """Draws one piece: time in bars from left to right, pitch upward.

  Each part has its own color. Drums are below the pitches, each in a named
  lane; chord symbols are along the upper edge.

  Args:
    piece: the piece to draw.
    path: the .png to write.
    title: above the picture, on the left; the piece's id if empty.
  """
  bars = _bar_lines(piece, _end(piece))
  scale = _scale([piece])
  width = min(max(0.75 * (len(bars) - 1), 6.0), 24.0)
  height = min(max(0.1 * (scale.high - scale.low), 2.0), 4.5)
  left = _NAMES if scale.lanes else _LEFT
  figure, ((axes,),) = panels(1, 1, width, height, left=left)
  _roll(axes, piece, scale, bars, width, thin=False)
  _name_bars(axes, bars)
  _name_chords(axes, piece, width / (bars[-1] - bars[0]))
  caption(axes, title or piece.id, 10)
  save(figure, path)


def overview(
  pieces: Sequence[Piece],
  path: str | Path,
  titles: Sequence[str] | None = None,
  columns: int = 4,
) -> None:
  """Draws many pieces as small piano rolls on common axes.

  Samples, or the steps of an interpolation: all share one scale of time and
  pitch, so that shapes can be compared.

  Args:
    pieces: at least one, drawn row by row.
    path: the .png to write.
    titles: one per piece; numbers from 1 if None.
    columns: the most pieces per row.
  """
  titles = titles or [str(number + 1) for number in range(len(pieces))]
  columns = min(columns, len(pieces))
  rows = math.ceil(len(pieces) / columns)
  end = max(_end(piece) for piece in pieces)
  scale = _scale(pieces)
  height = max(min(0.045 * (scale.high - scale.low), 2.0, 9 / rows), 0.7)
  width = 9.6 / max(columns, 2)
  left = _NAMES if scale.lanes else _LEFT
  figure, grid = panels(rows, columns, width, height, 0.14, left=left)
  for place, axes in enumerate(axes for row in grid for axes in row):
    if place >= len(pieces):
      axes.set_axis_off()
      continue
    piece = pieces[place]
    _roll(axes, piece, scale, _bar_lines(piece, end), width, thin=True)
    caption(axes, titles[place], 7, FADED)
    if place % columns:
      axes.tick_params(labelleft=False)
  save(figure, path)


def curves(lines: Iterable[Mapping[str, Any]], path: str | Path) -> None:
  """Draws learning curves: one panel per metric, with its validation.

  Args:
    lines: of metrics.jsonl, each with `step`; `validation_x` is drawn in the
      panel of `x`. Values that are not finite are not drawn.
    path: the .png to write.
  """
  series = _series(lines)
  names = sorted(
    {name.removeprefix(VALIDATION) for name in series},
    key=lambda name: (name != 'loss', 'accuracy' in name, name),
  )
  columns = min(3, max(len(names), 1))
  rows = max(math.ceil(len(names) / columns), 1)
  figure, grid = panels(rows, columns, 3.4, 1.9, 0.55)
  for place, axes in enumerate(axes for row in grid for axes in row):
    if place >= len(names):
      axes.set_axis_off()
      continue
    name = names[place]
    _curve(axes, series.get(name), series.get(VALIDATION + name))
    caption(axes, name.replace('_', ' '), 9)
    if 'accuracy' in name:
      axes.set_ylim(top=1)
  first = grid[0][0]
  if len(first.lines) > 0:
    first.legend(frameon=False, fontsize=7, labelcolor=INK, handlelength=1.2)
  save(figure, path)


class _Scale(NamedTuple):
  """The vertical axis.

  Attributes:
    low: the lower end of the axis, below the lowest lane.
    floor: the lowest MIDI pitch shown; drums are below it.
    high: the upper end; equal to floor if there are only drums.
    lanes: {pitch of a drum: middle of its lane}.
  """

  low: float
  floor: int
  high: int
  lanes: dict[int, float]


def _roll(axes, piece, scale, bars, width, thin):
  """Notes over black keys, beats and bars, on a panel `width` inches wide."""
  from matplotlib.collections import LineCollection

  low, floor, high, lanes = scale
  axes.set_facecolor(PANEL)
  for pitch in range(floor, high):
    if pitch % 12 in BLACK_KEYS and not thin:
      axes.axhspan(pitch - 0.5, pitch + 0.5, color=BLACK_KEY, lw=0, zorder=0)
  for number, place in enumerate(lanes.values()):
    if number % 2 and not thin:
      half = _LANE / 2
      axes.axhspan(place - half, place + half, color=BLACK_KEY, lw=0, zorder=0)
  octaves = [pitch for pitch in range(floor, high) if pitch % 12 == 0]

  def rule(places, colour, width, along):
    ends = [
      [(place, low - 0.5), (place, high - 0.5)]
      if along == 'time'
      else [(bars[0], place - 0.5), (bars[-1], place - 0.5)]
      for place in places
    ]
    axes.add_collection(
      LineCollection(ends, colors=colour, linewidths=width, zorder=1)
    )

  thickness = 0.7 if thin else 1.0
  if (beats := _beat_lines(piece, bars)) and len(bars) <= 33:
    rule(beats, BEAT, 1.2 * thickness, 'time')
  rule(octaves, OCTAVE, 0.6 * thickness, 'pitch')
  if lanes and floor < high:
    rule([floor], BAR, 0.9 * thickness, 'pitch')
  # Long pieces only get every second or fourth bar line.
  narrow = width / (len(bars) - 1)
  every = 2 ** max(math.ceil(math.log2(_NARROWEST / narrow)), 0)
  rule(bars[::every], BAR, 0.9 * thickness, 'time')
  _notes(axes, piece, lanes, width / (bars[-1] - bars[0]), thickness)
  axes.set_xlim(bars[0], bars[-1])
  axes.set_ylim(low - 0.5, high - 0.5)
  axes.set_xticks([])
  names = _lane_names(axes, scale)
  axes.set_yticks(
    [*names, *octaves],
    [*names.values(), *(f'C{pitch // 12 - 1}' for pitch in octaves)],
  )
  if thin and lanes:
    axes.tick_params(axis='y', labelsize=4.5)


def _lane_names(axes, scale):
  """{place: name} of the lanes; one name for all if they are too narrow."""
  if not scale.lanes:
    return {}
  tall = axes.get_position().height * axes.figure.get_figheight()
  if tall * _LANE / (scale.high - scale.low) < _LOWEST_NAME:
    return {float(np.mean([*scale.lanes.values()])): 'Drums'}
  return {place: name_of(pitch) for pitch, place in scale.lanes.items()}


def _notes(axes, piece, lanes, inches, thickness):
  """Notes as boxes, drums in lanes; `inches` is the width of a quarter."""
  from matplotlib.collections import PatchCollection
  from matplotlib.patches import Rectangle

  notes = piece.notes
  shade = {part: PARTS[n % len(PARTS)] for n, part in enumerate(_parts(piece))}
  boxes, colours = [], []
  for start, end, pitch, velocity, part, drum in zip(
    notes.start,
    notes.end,
    notes.pitch,
    notes.velocity,
    notes.part,
    notes.drum,
    strict=True,
  ):
    bottom, tall = pitch - 0.5, 1.0
    if drum:  # Height shows velocity.
      tall = _LANE * (0.35 + 0.5 * min(velocity, 127) / 127)
      bottom = lanes[int(pitch)] - tall / 2
    boxes.append(Rectangle((start, bottom), end - start, tall))
    colours.append(DRUMS if drum else shade[int(part)])
  # A rim in the background color separates repeated notes.
  usual = np.median(notes.end - notes.start) if len(notes.start) else 1.0
  axes.add_collection(
    PatchCollection(
      boxes,
      facecolors=colours or DRUMS,
      edgecolors=PAPER,
      linewidths=min(0.5 * thickness, 72 * inches * usual / 6),
      zorder=2,
    )
  )


def _name_chords(axes, piece, inches):
  """Writes chord symbols, except those that would overlap the previous one.

  Args:
    axes: of the piano roll.
    piece: with `chords`.
    inches: the width of a quarter.
  """
  free = -math.inf
  for start, text in piece.chords:
    if start < free:
      continue
    axes.annotate(
      text,
      (start, 1),
      (1.5, -1.5),
      xycoords=('data', 'axes fraction'),
      textcoords='offset points',
      va='top',
      fontsize=6.5,
      color=INK,
      annotation_clip=True,
    )
    free = start + (len(text) + 1) * _CHORD / inches


def _curve(axes, training, validation):
  for found, colour, label, mark in (
    (training, PARTS[0], 'training', ''),
    (validation, PARTS[1], 'validation', 'o'),
  ):
    if found:
      steps, values = zip(*found, strict=True)
      mark = 'o' if len(steps) == 1 else mark if len(steps) <= 40 else ''
      axes.plot(
        steps,
        values,
        color=colour,
        label=label,
        lw=1.3,
        marker=mark,
        markersize=2.8,
        solid_joinstyle='round',
      )
  axes.grid(axis='y', color=BLACK_KEY, lw=0.7)
  axes.spines['bottom'].set_visible(True)
  axes.xaxis.set_major_locator(locator(5))
  axes.yaxis.set_major_locator(locator(4))
  axes.margins(x=0.02)
  axes.set_xlim(left=0)


def locator(count: int) -> Any:
  """About `count` ticks, at round numbers."""
  from matplotlib.ticker import MaxNLocator

  return MaxNLocator(count, steps=[1, 2, 5, 10])


def _series(lines):
  """{metric: [(step, value)]} of all finite numbers."""
  series: dict[str, list[tuple[int, float]]] = {}
  for line in lines:
    for name, value in line.items():
      if name in BOOKKEEPING or name.endswith('_per_second'):
        continue
      if isinstance(value, Real) and math.isfinite(value):
        series.setdefault(name, []).append((line['step'], float(value)))
  return series


def _end(piece):
  """The end of the piece, in quarters: at least one beat."""
  return float(max(piece.notes.end, default=1.0))


def _parts(piece):
  return sorted({int(part) for part in piece.notes.part})


def _scale(pieces):
  """The range of pitches with a margin, and a lane for each drum."""
  drums = {
    int(pitch)
    for piece in pieces
    for pitch in np.unique(piece.notes.pitch[piece.notes.drum])
  }
  found = np.concatenate(
    [piece.notes.pitch[~piece.notes.drum] for piece in pieces]
  )
  low, high = (int(found.min()), int(found.max())) if len(found) else (60, 60)
  short = max(12 - (high - low), 0)
  low, high = low - 2 - short // 2, high + 3 + (short + 1) // 2
  if drums and not len(found):
    low = high = 0
  lanes = {
    pitch: low - 0.5 - _LANE * (len(drums) - 0.5 - number)
    for number, pitch in enumerate(in_kit_order(drums))
  }
  return _Scale(low - _LANE * len(drums), low, high, lanes)


def _bar_lines(piece, end):
  """The quarters at which bars begin, and at which the last one ends."""
  lines = [0.0]
  while lines[-1] < end - 1e-6:
    begin = lines[-1]
    changes = [m.start for m in piece.metres if m.start > begin + 1e-6]
    lines.append(min([begin + _metre(piece, begin).bar, *changes]))
  return lines


def _beat_lines(piece, bars):
  return [
    begin + beat * 4 / metre.denominator
    for begin, metre in ((begin, _metre(piece, begin)) for begin in bars[:-1])
    for beat in range(1, metre.numerator)
  ]


def _metre(piece, time) -> Metre:
  """The time signature in force at `time` quarters."""
  return [m for m in piece.metres if m.start <= time + 1e-6][-1]


def _name_bars(axes, bars):
  """Numbers the bars from 1; every second, fourth, ... of long pieces."""
  every = 2 ** max(math.ceil(math.log2(len(bars) / 20)), 0)
  axes.set_xticks(bars[:-1:every], range(1, len(bars), every))
  for label in axes.get_xticklabels():
    label.set_horizontalalignment('left')


def caption(axes: Any, text: str, size: float, colour: str = INK) -> None:
  """Writes a caption above a panel, on the left."""
  axes.set_title(text, loc='left', fontsize=size, color=colour, pad=size * 0.5)


def panels(
  rows: int,
  columns: int,
  width: float,
  height: float,
  gap: float = 0.26,
  left: float = _LEFT,
) -> tuple[Any, list[list[Any]]]:
  """A figure of equal panels, sized in inches, and its axes by row."""
  from matplotlib.figure import Figure

  right, top, bottom, aside = 0.14, 0.32, 0.3, gap
  full = left + columns * width + (columns - 1) * aside + right
  tall = top + rows * height + (rows - 1) * (gap + 0.12) + bottom
  figure = Figure((full, tall), dpi=RESOLUTION, facecolor=PAPER)
  grid = figure.subplots(rows, columns, squeeze=False)
  figure.subplots_adjust(
    left=left / full,
    right=1 - right / full,
    top=1 - top / tall,
    bottom=bottom / tall,
    wspace=aside / width,
    hspace=(gap + 0.12) / height,
  )
  for axes in grid.flat:
    axes.tick_params(length=0, labelsize=6.5, labelcolor=FADED, pad=3)
    for spine in axes.spines.values():
      spine.set_visible(False)
      spine.set_color(BAR)
  return figure, grid.tolist()


def save(figure: Any, path: str | Path, text: str = '') -> None:
  """Writes a .png without time or version, with `text` as its comment."""
  # Matplotlib would write its version into the file.
  about = {'Software': None, **({'Comment': text} if text else {})}
  figure.savefig(path, format='png', metadata=about)
