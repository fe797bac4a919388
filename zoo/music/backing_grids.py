"""Backings as text: bars of melody, a bass pattern, chords, a drum pattern.

The format is explained at the top of datasets/grids/backings.txt.
"""

from collections.abc import Mapping
import re
from typing import NamedTuple

import numpy as np

from zoo.contracts import UserError
from zoo.music import drum_grids
from zoo.music.piece import Notes, Piece, Tempo, notes

BARS = 16
_BAR = 4.0  # Quarters.
_CELLS = (4, 8, 16)
_STEPS = {'c': 0, 'd': 2, 'e': 4, 'f': 5, 'g': 7, 'a': 9, 'b': 11}
_NOTE = re.compile(r'([a-g])([#b]?)(-?\d)')
_CHORD = re.compile(r'([A-G])([#b]?)(m?)')
_DEGREES = ('R', '3', '5', '6', '7', '8')
_LOWEST_BASS = 28  # E1, the lowest string: roots are in the octave above it.
_FILL = {'snare': 'xx..', 'mid': '..x.', 'low': '...x'}


class Backing(NamedTuple):
  """A backing as written.

  Attributes:
    name, key: for the reader.
    tempo: quarter notes per minute.
    programs: of melody and bass.
    drums: name of a drum pattern.
    fills: bars that end in a fill, counted from 1.
    bars: {name: cells} of the melody.
    melody: names of its bars.
    bass: cells of one bar, as degrees of the chord.
    chords: one per bar.
  """

  name: str
  key: str = ''
  tempo: float = 120.0
  programs: tuple[int, ...] = (0, 33)
  drums: str = ''
  fills: tuple[int, ...] = ()
  bars: Mapping[str, list[str]] = {}
  melody: tuple[str, ...] = ()
  bass: tuple[str, ...] = ()
  chords: tuple[str, ...] = ()


def read_backings(text: str, source: str) -> list[Backing]:
  """The backings of a text, in order.

  Raises:
    UserError: a line that cannot be read, or a backing that lacks one.
  """
  found: list[Backing] = []
  for number, line in enumerate(text.splitlines(), 1):
    words = [] if line.lstrip().startswith('# ') else line.split()
    if not words or words == ['#']:
      continue
    where = f'{source}, line {number}'
    if words[0] == '==':
      found.append(Backing(' '.join(words[1:])))
    elif not found:
      raise UserError(f'{where}: a backing begins with a line == name.')
    else:
      found[-1] = _read_line(found[-1], words, where)
  for one in found:
    _check(one, source)
  return found


def piece_of(
  backing: Backing, patterns: Mapping[str, drum_grids.Pattern]
) -> Piece:
  """A backing as a piece: parts 0, 1 and 2 are melody, bass and drums.

  Args:
    backing: as written.
    patterns: drum patterns by name.

  Raises:
    UserError: there is no drum pattern of that name in 4/4.
  """
  pattern = patterns.get(backing.drums)
  if pattern is None or pattern.metre.bar != _BAR:
    raise UserError(
      f'The backing {backing.name!r} names the drum pattern '
      f'{backing.drums!r}: there is none in 4/4.'
    )
  melody = [_pitched(backing.bars[name]) for name in backing.melody]
  bass = [_pitched(_above(backing.bass, chord)) for chord in backing.chords]
  tables = [
    _line(melody, backing.programs[0], 0, 95),
    _line(bass, backing.programs[1], 1, 90),
    drum_grids.notes_of(_drums(backing, pattern), 2 * 16, part=2),
  ]
  columns = [np.concatenate(column) for column in zip(*tables, strict=True)]
  return Piece(
    backing.name,
    notes(*columns),
    tempos=(Tempo(0.0, backing.tempo),),
    metadata={'title': backing.name},
  )


def _read_line(one, words, where):
  name, *values = words
  if values and values[0] == '=':
    cells = values[1:]
    if len(cells) not in _CELLS or any(
      cell not in '-.' and not _NOTE.fullmatch(cell) for cell in cells
    ):
      raise UserError(
        f'{where}: a bar needs 4, 8 or 16 cells such as c#4, - and a dot.'
      )
    return one._replace(bars={**one.bars, name: cells})
  text = ' '.join(values)
  numbers = tuple(int(value) for value in values if value.isdecimal())
  if name == 'tempo' and len(numbers) == 1 and 20 <= numbers[0] <= 400:
    return one._replace(tempo=float(numbers[0]))
  if name == 'programs' and len(numbers) == 2:
    if numbers[0] in range(32) and numbers[1] in range(32, 40):
      return one._replace(programs=numbers)
  if name == 'fill' and numbers and set(numbers) <= set(range(1, BARS + 1)):
    return one._replace(fills=numbers)
  if name in ('key', 'drums') and text:
    return one._replace(**{name: text})
  if name == 'bass' and len(values) in _CELLS:
    if set(values) <= {*_DEGREES, '-', '.'}:
      return one._replace(bass=tuple(values))
  if name == 'chords' and all(map(_CHORD.fullmatch, values)):
    return one._replace(chords=tuple(values))
  if name == 'melody':
    return one._replace(melody=tuple(values))
  raise UserError(f'{where}: {" ".join(words)!r} cannot be read here.')


def _check(one, source):
  """Raises UserError for an incomplete backing."""
  unknown = [name for name in one.melody if name not in one.bars]
  what = ''
  if len(one.melody) != BARS or len(one.chords) != BARS:
    what = f'needs {BARS} bars of melody and {BARS} chords'
  elif unknown:
    what = f'has no bar called {unknown[0]!r}'
  elif not one.bass or not one.drums:
    what = 'needs the lines bass and drums'
  if what:
    raise UserError(f'{source}: the backing {one.name!r} {what}.')


def _pitched(cells):
  """A bar's cells: MIDI pitches, '-' and '.'."""
  found = []
  for cell in cells:
    match = _NOTE.fullmatch(cell) if isinstance(cell, str) else None
    if match:
      step, sign, octave = match.groups()
      cell = 12 * (int(octave) + 1) + _STEPS[step] + _shift(sign)
    found.append(cell)
  return found


def _above(cells, chord):
  """The cells of the bass over a chord, as pitches."""
  step, sign, minor = _CHORD.fullmatch(chord).groups()
  low = _STEPS[step.lower()] + _shift(sign)
  root = _LOWEST_BASS + (low - _LOWEST_BASS) % 12
  third = 3 if minor else 4
  degrees = dict(zip(_DEGREES, (0, third, 7, 9, 10, 12), strict=True))
  return [cell if cell in '-.' else root + degrees[cell] for cell in cells]


def _shift(sign):
  return {'#': 1, 'b': -1}.get(sign, 0)


def _line(bars, program, part, velocity) -> Notes:
  """The notes of a sequence of bars, each divided evenly into its cells."""
  rows: list[list[float]] = []
  for number, cells in enumerate(bars):
    size = _BAR / len(cells)
    for place, cell in enumerate(cells):
      begin = number * _BAR + place * size
      if cell == '-' and rows and rows[-1][1] == begin:
        rows[-1][1] = begin + size
      elif cell not in ('-', '.'):
        rows.append([begin, begin + size, cell])
  start, end, pitch = np.array(rows).T
  return notes(start, end, pitch, velocity, program, part)


def _drums(backing, pattern):
  """The pattern for all bars, with fills: {drum: marks} for every two bars."""
  found = []
  for first in range(0, BARS, 2):
    cells = {name: list(marks) for name, marks in pattern.cells.items()}
    for bar in (first + 1, first + 2):
      if bar not in backing.fills:
        continue
      begin = (bar - first) * 16 - 4
      for name, marks in cells.items():
        if name not in ('kick', 'pedal'):
          marks[begin : begin + 4] = '....'
      for name, marks in _FILL.items():
        cells.setdefault(name, ['.'] * 32)[begin : begin + 4] = marks
    found.append({name: ''.join(marks) for name, marks in cells.items()})
  return found
