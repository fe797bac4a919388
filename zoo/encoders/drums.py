"""Drums as windows of bars on a grid: one of 512 combinations per step.

The nine drum classes are magenta's; the hits of a step are a number of nine
bits (Roberts et al., ICML 2018, arXiv 1803.05428).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from zoo.contracts import Encoded, Field, Spec, UserError
from zoo.encoders.lines import LONGEST, parse_metre, whole_steps
from zoo.encoders.melody_windows import longest_run
from zoo.encoders.sections import Section, sections, to_steps
from zoo.music.drums import (
  COMBINATIONS,
  NINE_DRUMS,
  Kit,
  combination_table,
  drum_map,
  drum_notes,
)
from zoo.music.piece import Notes, Piece, Tempo


class Grid(NamedTuple):
  """The drums of one section on a grid.

  Attributes:
    tokens: [bars * steps_per_bar] int16 combinations.
    off: [steps] bool, true if a hit is off the grid by more than the tolerance.
    dropped: {reason: number of hits}.
  """

  tokens: np.ndarray
  off: np.ndarray
  dropped: Counter


class Drums:
  """Drum patterns in windows of whole bars.

  Hits are moved to the nearest step; durations are ignored, and velocities are
  not kept. All drum notes of a piece are one kit, in whatever part they are.
  Windows without a hit are dropped. Hits without a class, and the second of two
  hits of one class on a step, are counted under `hit: ...` in what was dropped.

  Fields: `tokens` [T] int16, with 512 classes.
  """

  main = 'tokens'
  distinct = True  # Duplicate windows are removed even in official splits.
  version = 1  # In the cache's key: increment when tokens change.

  def __init__(
    self,
    *,
    bars: int = 2,
    steps_per_quarter: int = 4,
    metre: str = '4/4',
    stride: int = 1,
    min_hits: int = 1,
    gap_bars: int = 0,
    kit: Kit = 'general_midi',
    pitches: tuple[str, ...] = (),
    tolerance: float = 0.5,
  ):
    """Builds the encoder.

    Args:
      bars: length of a window.
      steps_per_quarter: 4 is a grid of sixteenths. Swung eighths are then on
        the first and fourth sixteenth of a beat.
      metre: sections of a piece in other metres are dropped. 12/8 is not
        treated as 4/4: it has 24 steps per bar.
      stride: bars from one window to the next.
      min_hits: windows with fewer hits are dropped, and always those with
        none.
      gap_bars: windows with this many consecutive bars without a hit are
        dropped; 0 keeps them.
      kit: the mapping of MIDI pitches to drums: General MIDI, or the Roland
        TD-11 of the Groove MIDI Dataset.
      pitches: changes of this mapping, such as '60=low_tom'; '60=none' drops
        the hits of a pitch. Classes: kick, snare, closed_hat, open_hat,
        low_tom, mid_tom, high_tom, crash, ride.
      tolerance: maximum distance of a hit from the grid, in steps; 0.5 accepts
        all.

    Raises:
      UserError: a number out of range, a bar or beat that is not a whole
        number of steps, or a table that cannot be read.
    """
    for name, value, least in (
      ('bars', bars, 1),
      ('steps_per_quarter', steps_per_quarter, 1),
      ('stride', stride, 1),
      ('min_hits', min_hits, 0),
      ('gap_bars', gap_bars, 0),
    ):
      if value < least:
        raise UserError(f'encoder/{name} must be at least {least}.')
    if not 0 <= tolerance <= 0.5:
      raise UserError('encoder/tolerance must be between 0 and 0.5 steps.')
    self.options: dict[str, Any] = {
      'bars': bars,
      'steps_per_quarter': steps_per_quarter,
      'metre': metre,
      'stride': stride,
      'min_hits': min_hits,
      'gap_bars': gap_bars,
      'kit': kit,
      'pitches': list(pitches),
      'tolerance': tolerance,
    }
    self._map = drum_map(kit, pitches)
    self._metre = parse_metre(metre)
    self._steps_per_bar, self._steps_per_beat = whole_steps(
      self._metre, steps_per_quarter
    )
    self._steps = bars * self._steps_per_bar

  def fit(self, pieces: Sequence[Piece]) -> 'Drums':
    """Learns nothing: the classes are the same for all music."""
    del pieces
    return self

  @property
  def spec(self) -> Spec:
    """Field `tokens` [T] int16.

    Table `drums` [512, 10]: the nine drums of each class, then 1 for silence;
    vocabulary `drums`: their names.
    """
    return Spec(
      encoder='drums',
      options=dict(self.options),
      fields={
        'tokens': Field(
          (self._steps,), 'int16', COMBINATIONS, transposed='fixed'
        )
      },
      sizes={
        'classes': COMBINATIONS,
        'steps': self._steps,
        'steps_per_beat': self._steps_per_beat,
        'steps_per_bar': self._steps_per_bar,
        'bars': self.options['bars'],
      },
      quarters=1 / self.options['steps_per_quarter'],
      tables={'drums': combination_table().tolist()},
      vocabulary={'drums': list(NINE_DRUMS)},
      main=self.main,
    )

  @classmethod
  def from_spec(cls, spec: Spec) -> 'Drums':
    """The encoder that `spec` came from."""
    return cls(**spec.options)

  def encode(self, piece: Piece) -> Encoded:
    """Windows of one piece, in order: {'tokens': [n, T] int16}.

    A piece in other metres, without drums or longer than `lines.LONGEST` has
    none. If a piece has windows, its dropped hits are counted as well.
    """
    made = [np.zeros((0, self._steps), np.int16)]
    dropped: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    if not piece.notes.drum.any():
      return Encoded({'tokens': made[0]}, {'no drums': 1})
    length = self._length(piece)
    if length > LONGEST:
      return Encoded({'tokens': made[0]}, {'too long': 1})
    bars, stride = self.options['bars'], self.options['stride']
    found = sections(piece, self._metre, length)
    for section in found:
      count = max(section.bars - bars, 0) // stride + 1
      if not section.accepted:
        dropped['metre'] += count
        continue
      if section.bars < bars and np.isfinite(section.end):
        dropped['shorter than a window'] += 1
        continue
      grid = self._grid(piece, section._replace(bars=max(section.bars, bars)))
      hits.update(grid.dropped)
      start = np.arange(count) * stride * self._steps_per_bar
      made.append(self._cut(grid, start, dropped))
    tokens = np.concatenate(made)
    # If no window is kept, only hits without a class count as a reason.
    for reason, count in hits.items():
      if len(tokens) or 'no drum class' in reason:
        dropped[reason] += count
    return Encoded({'tokens': tokens}, dict(dropped))

  def cover(self, piece: Piece) -> dict[str, np.ndarray]:
    """Consecutive windows over a user's own piece; the last one is padded.

    Sections in other metres are skipped.

    Returns:
      {'tokens': [n, T] int16}, in order, including silent windows.

    Raises:
      UserError: no drums, or none in the metre.
    """
    rows = [
      self._grid(piece, section).tokens.reshape(-1, self._steps)
      for section in self._read(piece)
    ]
    if not rows:
      raise UserError(
        f'{piece.id} has no drums in {self.options["metre"]}: give music with '
        'drum notes (MIDI channel 10) in that metre.'
      )
    return {'tokens': np.concatenate(rows)}

  def read_from(self, piece: Piece) -> list[tuple[float, float]]:
    """The stretches that `cover` reads; see zoo.encoders.coverage."""
    bar = self._metre.bar
    found = self._read(piece)
    return [(one.begin, one.begin + one.bars * bar) for one in found]

  def written(self, notes: Notes) -> np.ndarray:
    """[N] the pitch that each note's drum class is written as, or -1."""
    number = self._map.classes[np.clip(notes.pitch, 0, 127)]
    return np.where(notes.drum & (number >= 0), self._map.pitches[number], -1)

  def decode(self, examples: Mapping[str, Any]) -> list[Piece]:
    """A piece of drum notes for each window, at quarter = 120.

    Each hit lasts one step, and has a pitch of its class (General MIDI's,
    unless the user's table assigns it to another class) and a typical velocity
    of its class.

    Args:
      examples: {'tokens': [n, T] integer classes}.
    """
    quarters = 1 / self.options['steps_per_quarter']
    return [
      Piece(
        str(index),
        drum_notes(row, self._map.pitches, quarters),
        (self._metre,),
        (Tempo(0.0, 120.0),),
      )
      for index, row in enumerate(np.asarray(examples['tokens']))
    ]

  def join(self, examples: Mapping[str, Any]) -> Piece:
    """All windows concatenated to one piece; the inverse of `cover`."""
    tokens = np.asarray(examples['tokens'])
    return self.decode({'tokens': tokens.reshape(1, -1)})[0]

  def write(self, piece: Piece, stem: str | Path, text: str = '') -> list[Path]:
    """Writes .mid, .musicxml and .wav; see `zoo.music.writing.write`."""
    from zoo.music import writing  # note-seq and music21 take seconds

    return writing.write(piece, stem, text)

  def canonical(self, examples: Mapping[str, Any]) -> np.ndarray:
    """[N, T] int16 rows, equal if the windows are: drums have no key."""
    return np.asarray(examples['tokens']).astype(np.int16)

  def _read(self, piece):
    """The sections that `cover` reads, padded to whole windows."""
    bars, length = self.options['bars'], self._length(piece)
    if not 0 < length <= LONGEST:
      return []
    return [
      section._replace(bars=-(-max(section.bars, 1) // bars) * bars)
      for section in sections(piece, self._metre, length)
      if section.accepted and section.begin < length
    ]

  def _length(self, piece):
    """Quarters to the end of the step of the last hit; 0 without drums."""
    per_quarter = self.options['steps_per_quarter']
    steps = to_steps(piece.notes.start[piece.notes.drum] * per_quarter) + 1
    return float(steps.max(initial=0)) / per_quarter

  def _grid(self, piece: Piece, section: Section) -> Grid:
    steps = section.bars * self._steps_per_bar
    return drum_grid(
      piece,
      section,
      steps,
      self._map.classes,
      self.options['steps_per_quarter'],
      self.options['tolerance'],
    )

  def _cut(self, grid, start, dropped):
    """Windows [n, T] at `start`; counts the reasons for dropping others."""
    view = np.lib.stride_tricks.sliding_window_view
    tokens = view(grid.tokens, self._steps)[start]
    hits = np.bitwise_count(tokens.astype(np.uint16)).sum(1)
    gap = self.options['gap_bars'] * self._steps_per_bar or self._steps + 1
    reason = np.zeros(len(start), np.int64)
    reasons = ('', 'silence', 'too few hits', 'a long silence', 'off grid')
    reason[view(grid.off, self._steps)[start].any(1)] = 4
    reason[longest_run(tokens == 0) >= gap] = 3
    reason[hits < self.options['min_hits']] = 2
    reason[hits == 0] = 1
    for number, count in enumerate(np.bincount(reason, minlength=5).tolist()):
      if number and count:
        dropped[reasons[number]] += count
    return tokens[reason == 0]


def drum_grid(
  piece: Piece,
  section: Section,
  steps: int,
  classes: np.ndarray,
  steps_per_quarter: int,
  tolerance: float,
) -> Grid:
  """The drum notes of a section on a grid.

  Args:
    piece: the piece; other notes are ignored.
    section: notes that begin in it, or are rounded to it, are read.
    steps: T of the grid.
    classes: [128], the drum class of each MIDI pitch, -1 for none.
    steps_per_quarter: of the grid.
    tolerance: maximum distance from the grid, in steps.
  """
  table = piece.notes
  inside = table.drum & (table.start < section.end)
  inside &= table.start >= section.begin
  start = (table.start[inside] - section.begin) * steps_per_quarter
  pitch = table.pitch[inside]
  number = classes[pitch].astype(np.int64)
  step = to_steps(start)
  dropped = Counter(
    f'hit: no drum class for pitch {one}' for one in pitch[number < 0].tolist()
  )
  beyond = (number >= 0) & (step >= steps)
  if beyond.any():
    dropped['hit: in a bar that breaks off'] += int(beyond.sum())
  kept = (number >= 0) & ~beyond
  start, step, number = start[kept], step[kept], number[kept]
  tokens = np.zeros(steps, np.int16)
  np.bitwise_or.at(tokens, step, (1 << number).astype(np.int16))
  again = len(step) - int(np.bitwise_count(tokens.astype(np.uint16)).sum())
  if again:
    dropped['hit: same drum on the same step'] += again
  off = np.zeros(steps, bool)
  off[step[np.abs(start - step) > tolerance + 1e-6]] = True
  return Grid(tokens, off, dropped)
