"""Drum patterns as text: one line per drum, one cell per sixteenth.

    == rock / eighths
    tempo 116
    hat    x.x.x.x.x.x.x.x.
    snare  ....X.......X...
    kick   X.......x....... X.......x.x.....

`x` is a hit, `X` an accent, `g` a ghost note; `o` is open (for a hi-hat,
triangle or conga) and `s` a slap (for a conga). A single bar is played twice. A
line `metre 12/8` sets a metre other than 4/4; `#` begins a comment.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from zoo.contracts import UserError
from zoo.music.piece import Metre, Notes, notes

BARS = 2
STEPS_PER_QUARTER = 4
VELOCITY = {'x': 85, 'X': 112, 'o': 90, 's': 90, 'g': 38}
MOST_BYTES = 1_000_000  # Of a file: about five thousand patterns.

# General MIDI pitches by drum and mark; '' stands for all other marks.
PITCHES: dict[str, dict[str, int]] = {
  'kick': {'': 36},
  'snare': {'': 38},
  'rim': {'': 37},
  'clap': {'': 39},
  'hat': {'': 42, 'o': 46},
  'open': {'': 46, 'o': 46},
  'pedal': {'': 44},
  'ride': {'': 51},
  'bell': {'': 53},
  'crash': {'': 49},
  'china': {'': 52},
  'low': {'': 43},
  'mid': {'': 47},
  'high': {'': 50},
  'tambourine': {'': 54},
  'cowbell': {'': 56},
  'conga': {'': 64, 'o': 63, 's': 62},
  'shaker': {'': 70},
  'guiro': {'': 73},
  'clave': {'': 75},
  'triangle': {'': 80, 'o': 81},
}


class Pattern(NamedTuple):
  """A pattern of two bars.

  Attributes:
    name: 'style / name'.
    tempo: quarter notes per minute.
    metre: of both bars.
    cells: {drum: marks of all steps}, a letter per sixteenth, '.' for no hit.
  """

  name: str
  tempo: float
  metre: Metre
  cells: dict[str, str]

  @property
  def style(self) -> str:
    """The name before the slash."""
    return self.name.partition('/')[0].strip()

  @property
  def steps_per_bar(self) -> int:
    """Sixteenths of a bar."""
    return round(self.metre.bar * STEPS_PER_QUARTER)


def read_patterns(text: str, source: str) -> list[Pattern]:
  """The patterns of a text, in order.

  Args:
    text: as above.
    source: its name in error messages.

  Raises:
    UserError: a line that cannot be read, with its number; a name that
      occurs twice; or no pattern at all.
  """
  found: dict[str, Pattern] = {}
  here: Pattern | None = None
  for number, line in enumerate(text.splitlines(), 1):
    words = line.partition('#')[0].split()
    if not words:
      continue
    where = f'{source}, line {number}'
    if words[0] == '==':
      name = ' '.join(words[1:])
      if not name or name in found:
        raise UserError(
          f'{where}: a pattern needs a name of its own after ==, not {name!r}.'
        )
      here = found[name] = Pattern(name, 120.0, Metre(0.0, 4, 4), {})
    elif here is None:
      raise UserError(f'{where}: a pattern begins with a line == style / name.')
    else:
      here = found[here.name] = _read_line(here, words, where)
  for pattern in found.values():
    if not pattern.cells:
      raise UserError(f'{source}: the pattern {pattern.name!r} has no drums.')
  if not found:
    raise UserError(f'{source} has no pattern: begin one with == style / name.')
  return list(found.values())


def notes_of(
  cells: Sequence[Mapping[str, str]], steps: int, part: int = 0
) -> Notes:
  """Concatenated patterns as drum notes, each a sixteenth long.

  Args:
    cells: of each pattern, {drum: marks}.
    steps: length of each, in sixteenths.
    part: the part number of the notes.
  """
  rows = [
    (place * steps + step, _pitch(drum, mark), VELOCITY[mark])
    for place, one in enumerate(cells)
    for drum, marks in one.items()
    for step, mark in enumerate(marks)
    if mark != '.'
  ]
  start, pitch, velocity = np.array(rows or np.zeros((0, 3)), int).T
  return notes(
    start / STEPS_PER_QUARTER,
    (start + 1) / STEPS_PER_QUARTER,
    pitch,
    velocity,
    part=part,
    drum=True,
  )


def _pitch(drum, mark):
  pitches = PITCHES[drum]
  return pitches.get(mark, pitches[''])


def _read_line(pattern, words, where):
  """The pattern with one line added."""
  name, *values = words
  if name == 'tempo':
    text = values[0] if len(values) == 1 else ''
    if not text.isdecimal() or not 20 <= int(text) <= 400:
      raise UserError(f'{where}: tempo needs a number of 20 to 400.')
    return pattern._replace(tempo=float(text))
  if name == 'metre':
    top, _, bottom = (values[0] if len(values) == 1 else '').partition('/')
    fits = top.isdecimal() and bottom in ('2', '4', '8', '16')
    if pattern.cells or not fits or not 1 <= int(top) <= 32:
      raise UserError(f'{where}: metre is written like 3/4, before the drums.')
    return pattern._replace(metre=Metre(0.0, int(top), int(bottom)))
  if name not in PITCHES:
    raise UserError(
      f'{where}: there is no drum {name!r}; there are {", ".join(PITCHES)}.'
    )
  steps = pattern.steps_per_bar
  legal = {'.', 'x', 'X', 'g', *PITCHES[name]}
  bars = values * BARS if len(values) == 1 else values
  if (
    len(bars) != BARS
    or any(len(bar) != steps for bar in bars)
    or set(''.join(bars)) - legal
  ):
    raise UserError(
      f'{where}: {name} needs one bar or two of {steps} cells each, of '
      f'{" ".join(sorted(legal - {""}))}.'
    )
  if name in pattern.cells:
    raise UserError(f'{where}: {name} is in this pattern already.')
  return pattern._replace(cells={**pattern.cells, name: ''.join(bars)})
