"""Lays out many pieces on one grid of steps, for grid encoders.

A line is one part of one piece over one stretch of bars in a single metre.
The lines of all pieces are concatenated on one row of steps, so that a few
numpy calls on flat arrays encode hundreds of pieces together.
"""

from collections.abc import Sequence
import math
from typing import NamedTuple

import numpy as np

from zoo.contracts import UserError
from zoo.music.piece import Metre, Piece

# Five and a half hours at quarter = 120. A longer piece is a damaged file, and
# each of its steps would take memory.
LONGEST = 40_000.0  # Quarters.

_FUZZ = 1e-6  # Quarters: rounding error of a bar line.


class Lines(NamedTuple):
  """Arrays [L], sorted by piece, then section, then part.

  Attributes:
    piece: index into the pieces given.
    part: the part's number in its piece.
    base: first step on the common row.
    begin: the start of its first bar, in quarters of the piece.
    bars: complete bars, counted in the line's own metre.
    accepted: false for other metres; such lines have no notes.
    broken: whether notes begin after the bars of an accepted line, in a bar
      that is cut short by a change of metre.
  """

  piece: np.ndarray
  part: np.ndarray
  base: np.ndarray
  begin: np.ndarray
  bars: np.ndarray
  accepted: np.ndarray
  broken: np.ndarray


class Onsets(NamedTuple):
  """Arrays [M], one entry per note, on the common row of steps.

  Attributes:
    start, end: float steps as played; a note held over a change of metre
      begins again at the first bar of the new section.
    first, last: the same, rounded to the nearest step, halves up; a note lasts
      at least one step.
    pitch: MIDI pitch.
  """

  start: np.ndarray
  end: np.ndarray
  first: np.ndarray
  last: np.ndarray
  pitch: np.ndarray


class Row(NamedTuple):
  """The result of `lay_out`: lines, notes, and the pieces without a line.

  Attributes:
    lines: in their order on the common row.
    onsets: of all their notes.
    steps: length of the common row.
    steps_per_bar: of the accepted metre; every line begins at a bar line.
    dropped: {index of piece: reason}.
  """

  lines: Lines
  onsets: Onsets
  steps: int
  steps_per_bar: int
  dropped: dict[int, str]


def parse_metre(text: str) -> Metre:
  """'6/8' as a Metre; raises UserError for anything else."""
  numerator, slash, denominator = text.partition('/')
  if (
    not (slash and numerator.isdecimal() and denominator.isdecimal())
    or not 1 <= int(numerator) <= 64
    or int(denominator) not in (1, 2, 4, 8, 16, 32)
  ):
    raise UserError(
      f"encoder/metre must be written like '4/4' or '6/8', not {text!r}."
    )
  return Metre(0.0, int(numerator), int(denominator))


def beat(metre: Metre) -> float:
  """Quarters per beat: a dotted note in compound time (6/8, 9/8, 12/8)."""
  unit = 4 / metre.denominator
  return 3 * unit if _compound(metre) else unit


def whole_steps(metre: Metre, steps_per_quarter: int) -> tuple[int, int]:
  """Steps per bar and per beat.

  Raises:
    UserError: one of them is not a whole number.
  """
  lengths = metre.bar, beat(metre)
  unit = math.gcd(*(round(96 * length) for length in lengths))
  needed = 96 // math.gcd(96, unit)
  if steps_per_quarter % needed:
    raise UserError(
      f'With encoder/steps_per_quarter={steps_per_quarter}, a beat of '
      f'{metre.numerator}/{metre.denominator} is not a whole number of steps: '
      f'take a multiple of {needed}.'
    )
  bar, of_beat = (round(length * steps_per_quarter) for length in lengths)
  return bar, of_beat


def same_bars(one: Metre, other: Metre) -> bool:
  """Whether bars have the same length and kind of beats: 4/4, 2/2 and C|.

  Compound time differs from simple time of the same length, such as 6/8 from
  3/4, since its beats fall elsewhere.
  """
  return abs(one.bar - other.bar) < _FUZZ and _compound(one) == _compound(other)


def _compound(metre):
  return metre.numerator > 3 and metre.numerator % 3 == 0


def lay_out(
  pieces: Sequence[Piece],
  metre: Metre,
  steps_per_quarter: int,
  bars: int,
  multiple: int = 1,
) -> Row:
  """Lays out the melodic parts of `pieces` on one row of steps.

  Bars start at multiples of the bar's length since the last change of metre.
  Drums are dropped. A line at the end of a piece is padded with silence.

  Args:
    pieces: a few hundred at a time, to keep the arrays small.
    metre: accepted, as are others with the same bars.
    steps_per_quarter: resolution of the grid.
    bars: minimum length of a line at the end of a piece.
    multiple: its length is a multiple of this number of bars.

  Returns:
    Lines, notes of the accepted lines, and the pieces that were dropped.
  """
  notes, dropped = _without_too_long(_flatten(pieces), len(pieces))
  sections = _sections(pieces, metre)
  notes = _assign(notes, sections)

  # One line for each section and part with notes.
  named, line = _name(notes.owner * 2**16 + notes.part)
  of = named >> 16  # The section of each line.
  accepted, begin = sections.accepted[of], sections.begin[of]
  closed = np.isfinite(sections.end[of])
  last = np.zeros(len(named))
  np.maximum.at(last, line, notes.end)
  extent = np.where(closed, sections.end[of], last) - begin
  steps_per_bar = round(metre.bar * steps_per_quarter)
  filled = _steps(extent * steps_per_quarter) / (steps_per_bar * multiple)
  whole = np.maximum(np.ceil(filled) * multiple, bars)
  count = _bar_counts(extent / sections.bar[of], closed, accepted, whole)
  size = np.where(accepted, count * steps_per_bar, 0)
  base = np.cumsum(size) - size
  broken = np.zeros(len(named), bool)

  start = (notes.start - begin[line]) * steps_per_quarter
  limit = size[line]
  if not np.all(accepted & ~closed):
    # A note in a bar that is cut short by a change of metre has no step.
    inside = _steps(start) < limit
    broken[line[~inside]] = accepted[line[~inside]]
    notes, line = _take(notes, inside), line[inside]
    start, limit = start[inside], limit[inside]
  offset = base[line]
  end = np.minimum((notes.end - begin[line]) * steps_per_quarter, limit)
  first, last = _steps(start), _steps(end)
  onsets = Onsets(
    offset + start,
    offset + end,
    offset + first,
    offset + np.maximum(last, first + 1),
    notes.pitch,
  )
  part = named & 0xFFFF
  lines = Lines(sections.piece[of], part, base, begin, count, accepted, broken)
  return Row(lines, onsets, int(size.sum()), steps_per_bar, dropped)


def _bar_counts(bars, closed, accepted, whole):
  """[n] bars of each line; before a change of metre, only complete bars."""
  open_ended = np.where(accepted, whole, np.ceil(bars - _FUZZ))
  count = np.where(closed, np.floor(bars + _FUZZ), open_ended)
  return count.astype(np.int64)


def _steps(times):
  """To the nearest step, halves up, as note-seq quantizes."""
  return np.floor(times + 0.5).astype(np.int64)


class _Flat(NamedTuple):
  """Notes of many pieces [M]; the owner is first a piece, later a section."""

  owner: np.ndarray
  start: np.ndarray
  end: np.ndarray
  pitch: np.ndarray
  part: np.ndarray


def _take(notes, chosen):
  return _Flat(*(column[chosen] for column in notes))


def _flatten(pieces):
  """All notes except drums, piece by piece."""
  tables = [piece.notes for piece in pieces]
  counts = [len(table.start) for table in tables]
  none = [np.zeros(0, np.int64)]  # For an empty list of pieces.
  flat = _Flat(
    np.repeat(np.arange(len(pieces)), counts),
    np.concatenate([table.start for table in tables] or none),
    np.concatenate([table.end for table in tables] or none),
    np.concatenate([table.pitch for table in tables] or none).astype(np.int64),
    np.concatenate([table.part for table in tables] or none).astype(np.int64),
  )
  drums = np.concatenate([table.drum for table in tables] or none)
  return _take(flat, ~drums) if drums.any() else flat


def _without_too_long(notes, pieces):
  """Notes of the pieces that are laid out, and {piece: reason} of others."""
  length = np.zeros(pieces)
  np.maximum.at(length, notes.owner, notes.end)
  dropped = {
    int(index): 'too long' if length[index] else 'no melodic part'
    for index in np.flatnonzero((length == 0) | (length > LONGEST))
  }
  if dropped:
    notes = _take(notes, length[notes.owner] <= LONGEST)
  return notes, dropped


def _name(keys):
  """np.unique with its inverse; faster if the keys are sorted."""
  fresh = np.diff(keys, prepend=-1)
  if np.any(fresh < 0):
    return np.unique(keys, return_inverse=True)
  return keys[fresh > 0], np.cumsum(fresh > 0) - 1


class _Sections(NamedTuple):
  """Stretches [S] of one metre, sorted by piece, then begin (quarters)."""

  piece: np.ndarray
  begin: np.ndarray
  end: np.ndarray  # inf for the last of a piece.
  bar: np.ndarray
  accepted: np.ndarray


def _sections(pieces, metre):
  rows = []
  legal: dict[tuple[int, int], bool] = {}
  for index, piece in enumerate(pieces):
    here = None
    for one in piece.metres:
      key = one.numerator, one.denominator
      if key not in legal:
        legal[key] = same_bars(one, metre)
      if here is not None:
        # A metre written out again on a bar line changes nothing.
        passed = (one.start - here[1]) / here[3]
        if here[5] == key and abs(passed - round(passed)) < _FUZZ:
          continue
        here[2] = one.start
      here = [index, one.start, np.inf, one.bar, legal[key], key]
      rows.append(here)
  columns = list(zip(*(row[:5] for row in rows), strict=True)) or [[]] * 5
  kinds = (np.int64, float, float, float, bool)
  return _Sections(*map(np.array, columns, kinds))


def _assign(notes, sections):
  """Notes by section; a note held over changes of metre is in each of them."""
  if not np.isfinite(sections.end).any():
    return notes  # One section per piece.
  span = LONGEST + 1
  keys = sections.piece * span + np.minimum(sections.begin, LONGEST)
  section = np.searchsorted(keys, notes.owner * span + notes.start, 'right') - 1
  note = np.arange(len(section))
  sections_of, notes_of = [section], [note]
  while True:
    over = np.flatnonzero(notes.end[note] > sections.end[section] + _FUZZ)
    if not len(over):
      break
    section, note = section[over] + 1, note[over]
    sections_of.append(section)
    notes_of.append(note)
  section = np.concatenate(sections_of)
  notes = _take(notes, np.concatenate(notes_of))
  return notes._replace(
    owner=section,
    start=np.maximum(notes.start, sections.begin[section]),
    end=np.minimum(notes.end, sections.end[section]),
  )
