"""Melodies as windows of bars on a grid: one of 90 classes per step.

The representation of note-seq's Melody and of MusicVAE (Roberts et al., ICML
2018, arXiv 1803.05428): 0 holds the active note or silence; 1 is a note-off;
2..89 begin a note of MIDI pitch 21..108, or of a narrower range.
"""

from collections.abc import Mapping, Sequence
import math
from pathlib import Path
from typing import Any, Literal

import numpy as np

from zoo.contracts import Encoded, Field, Spec, UserError
from zoo.encoders.lines import lay_out, parse_metre, whole_steps
from zoo.encoders.melody_windows import (
  CLASSES,
  FIRST_PITCH,
  HIGHEST,
  HOLD,
  LOWEST,
  OFF,
  REASONS,
  Limits,
  cut,
)
from zoo.music.piece import Notes, Piece, Tempo, highest_part

VELOCITY = 100  # Of decoded notes.

_AT_ONCE = 256  # Pieces laid out together: enough for numpy, within cache.


class Melody:
  """Monophonic melodies in windows of whole bars.

  Each part except drums is a separate melody. A note that is held when the
  window begins gets a new onset there; a window that begins in silence begins
  with holds, as in note-seq, since there is no active note for a note-off to
  end. So a window is in canonical form (note-offs only after a note), and
  `decode` is the inverse of `encode`. A piece is padded with silence to a whole
  bar and at least one window. Silent windows are always dropped.
  """

  main = 'tokens'
  version = 2  # In the cache's key: increment when tokens change.

  def __init__(
    self,
    *,
    bars: int = 2,
    steps_per_quarter: int = 4,
    metre: str = '4/4',
    stride: int = 1,
    min_notes: int = 4,
    min_pitches: int = 3,
    gap_bars: int = 0,
    parts: Literal['all', 'highest'] = 'all',
    polyphony: Literal['skip', 'highest'] = 'skip',
    lowest: int = LOWEST,
    highest: int = HIGHEST,
    tolerance: float = 0.25,
    following: bool = False,
  ):
    """Builds the encoder.

    Args:
      bars: length of a window.
      steps_per_quarter: 4 is a grid of sixteenths.
      metre: sections of a piece in other metres are dropped. Metres with bars
        of the same length and kind of beats are equal: 4/4 accepts 2/2, C, C|.
      stride: bars from one window to the next.
      min_notes: windows with fewer onsets are dropped.
      min_pitches: windows with fewer different pitches are dropped.
      gap_bars: windows with this many consecutive silent bars are dropped; 0
        keeps them. note-seq ends a melody at a bar of silence; with long
        windows this option avoids windows of short tunes that consist mostly of
        padding.
      parts: `highest` takes only the part with the highest mean pitch, such as
        the soprano of a chorale.
      polyphony: `skip` drops windows with overlapping notes; `highest` keeps
        the highest of notes that begin together, and a note ends where the next
        begins (note-seq's ignore_polyphonic_notes).
      lowest, highest: MIDI pitches, 21..108; windows with other pitches are
        dropped. Each pitch is a class, which networks of whole windows pay for
        at every step.
      tolerance: maximum distance of an onset from the grid, in steps. A quarter
        of a step accepts human timing and drops triplets, which a grid of
        sixteenths would distort; 0.5 accepts everything.
      following: whether to add a field `following` with the steps after the
        window, which `dilate_rhythm` needs for halving; -1 if the part ends
        before or these steps would not make a valid window.

    Raises:
      UserError: a number out of range, or a bar or beat that is not a whole
        number of steps.
    """
    for name, value, least in (
      ('bars', bars, 1),
      ('steps_per_quarter', steps_per_quarter, 1),
      ('stride', stride, 1),
      ('min_notes', min_notes, 0),
      ('min_pitches', min_pitches, 0),
      ('gap_bars', gap_bars, 0),
    ):
      if value < least:
        raise UserError(f'encoder/{name} must be at least {least}.')
    _check_range(lowest, highest, tolerance)
    self.options: dict[str, Any] = {
      'bars': bars,
      'steps_per_quarter': steps_per_quarter,
      'metre': metre,
      'stride': stride,
      'min_notes': min_notes,
      'min_pitches': min_pitches,
      'gap_bars': gap_bars,
      'parts': parts,
      'polyphony': polyphony,
      'lowest': lowest,
      'highest': highest,
      'tolerance': tolerance,
      'following': following,
    }
    self._metre = parse_metre(metre)
    self._steps_per_bar, self._steps_per_beat = whole_steps(
      self._metre, steps_per_quarter
    )
    self._steps = bars * self._steps_per_bar
    self._limits = Limits(
      min_notes,
      min_pitches,
      tolerance,
      polyphony == 'highest',
      lowest,
      highest,
      gap_bars * self._steps_per_bar,
    )
    self._classes = FIRST_PITCH + highest - lowest + 1

  def fit(self, pieces: Sequence[Piece]) -> 'Melody':
    """Learns nothing: the classes are the same for all music."""
    del pieces
    return self

  @property
  def spec(self) -> Spec:
    """Field `tokens` [T] int8; table `pitches`: MIDI pitch of a class or -1."""
    field = Field(
      (self._steps,),
      'int8',
      self._classes,
      transposed='table',
      dilated='steps',
    )
    later = field._replace(transposed='later', dilated='later')
    pitches = range(self._limits.lowest, self._limits.highest + 1)
    follows = {'following': later} if self.options['following'] else {}
    return Spec(
      encoder='melody',
      options=dict(self.options),
      fields={'tokens': field, **follows},
      sizes={
        'classes': self._classes,
        'steps': self._steps,
        'steps_per_beat': self._steps_per_beat,
        'steps_per_bar': self._steps_per_bar,
        'bars': self.options['bars'],
      },
      quarters=1 / self.options['steps_per_quarter'],
      tables={'pitches': [-1, -1, *pitches]},
      vocabulary={},
      main=self.main,
    )

  @classmethod
  def from_spec(cls, spec: Spec) -> 'Melody':
    """The encoder that `spec` came from."""
    return cls(**spec.options)

  def encode(self, piece: Piece) -> Encoded:
    """Windows of one piece: {'tokens': [n, T] int8}; see `encode_all`."""
    return self.encode_all([piece])[0]

  def encode_all(self, pieces: Sequence[Piece]) -> list[Encoded]:
    """Windows of many pieces; hundreds are encoded in the time of a few.

    Args:
      pieces: in any order.

    Returns:
      For each piece {'tokens': [n, T] int8}, part after part, and why other
      windows were dropped; a piece without any melody, or longer than
      `lines.LONGEST`, counts once.
    """
    found = []
    for first in range(0, len(pieces), _AT_ONCE):
      found += self._encode(pieces[first : first + _AT_ONCE])
    return found

  def cover(self, piece: Piece) -> dict[str, np.ndarray]:
    """Consecutive windows over the first part of a user's own piece.

    No window is dropped; of notes that begin together the highest is kept, and
    onsets off the grid move to the nearest step.

    Args:
      piece: with a part in this encoder's metre.

    Returns:
      {'tokens': [n, T] int8}, in order, including silent windows.

    Raises:
      UserError: no part in the metre, or a pitch out of range.
    """
    lenient, row, _, start = self._cover(piece)
    tokens, reason = cut(row, start, self._steps, lenient._limits)
    if np.any(reason == REASONS.index('pitch out of range')):
      raise UserError(
        f'{piece.id} has notes outside MIDI pitch {self._limits.lowest}..'
        f'{self._limits.highest}: transpose it.'
      )
    return {'tokens': tokens}

  def read_from(self, piece: Piece) -> list[tuple[float, float]]:
    """The stretch of each row of `cover`; see zoo.encoders.coverage."""
    _, row, line, start = self._cover(piece)
    quarters = 1 / self.options['steps_per_quarter']
    begin = row.lines.begin[line] + (start - row.lines.base[line]) * quarters
    return [(one, one + self._steps * quarters) for one in begin.tolist()]

  def decode(self, examples: Mapping[str, Any]) -> list[Piece]:
    """A piece for each window, at quarter = 120.

    A note lasts until the next onset, note-off or the end of the window. Any
    tokens are legal: a note-off or a hold in silence is silence.

    Args:
      examples: {'tokens': [n, T] integer classes}.

    Returns:
      n pieces with one part.
    """
    tokens = np.asarray(examples['tokens'])
    count, steps = tokens.shape
    # A note-off after each window ends a note that is still active.
    events = np.full((count, steps + 1), OFF)
    events[:, :steps] = tokens
    place = np.flatnonzero(events)
    event = events.ravel()[place]
    onset = np.flatnonzero(event >= FIRST_PITCH)
    window, start = np.divmod(place[onset], steps + 1)
    length = place[onset + 1] - place[onset] if len(onset) else start
    quarters = 1 / self.options['steps_per_quarter']
    ends = np.searchsorted(window, np.arange(count + 1))
    start = start * quarters
    columns = (
      start,
      start + length * quarters,
      (event[onset] - FIRST_PITCH + self._limits.lowest).astype(np.int16),
      np.full(len(onset), VELOCITY, np.int16),
      np.zeros(len(onset), np.int16),
      np.zeros(len(onset), np.int16),
      np.zeros(len(onset), bool),
      np.zeros(len(onset), np.int16),
    )
    return [
      Piece(
        id=str(index),
        notes=Notes(*(c[ends[index] : ends[index + 1]] for c in columns)),
        metres=(self._metre,),
        tempos=(Tempo(0.0, 120.0),),
      )
      for index in range(count)
    ]

  def join(self, examples: Mapping[str, Any]) -> Piece:
    """All windows concatenated to one piece; the inverse of `cover`."""
    tokens = np.array(examples['tokens'])
    # Notes that are active at the end of a window end with it.
    silent = tokens[:, 0] == HOLD
    tokens[silent, 0] = OFF
    return self.decode({'tokens': tokens.reshape(1, -1)})[0]

  def write(self, piece: Piece, stem: str | Path, text: str = '') -> Any:
    """Writes .mid, .musicxml and .wav; see `zoo.music.writing.write`."""
    from zoo.music import writing  # note-seq and music21 take seconds

    return writing.write(piece, stem, text)

  def canonical(self, examples: Mapping[str, Any]) -> np.ndarray:
    """[N, T] uint8 rows, equal if windows are transpositions of each other.

    Pitches are relative to the first one of the window; symbols are kept.
    """
    tokens = np.asarray(examples['tokens']).astype(np.int16)
    pitched = tokens >= FIRST_PITCH
    first = np.take_along_axis(tokens, pitched.argmax(1)[:, None], axis=1)
    return np.where(pitched, tokens - first + CLASSES, tokens).astype(np.uint8)

  def _encode(self, pieces):
    row = self._lay_out(pieces)
    line, start = self._windows(row.lines)
    tokens, reason = cut(row, start, self._steps, self._limits)
    piece = row.lines.piece[line]
    shape = len(pieces), len(REASONS)
    counts = np.bincount(piece * shape[1] + reason, minlength=math.prod(shape))
    counts = counts.reshape(shape)
    self._count_refused(counts, row.lines)
    dropped = [{} for _ in pieces]
    for index, code in np.argwhere(counts[:, 1:]):
      dropped[index][REASONS[code + 1]] = int(counts[index, code + 1])
    for index, why in row.dropped.items():
      dropped[index][why] = 1
    kept = reason == 0
    ends = np.searchsorted(piece[kept], np.arange(len(pieces) + 1))
    examples = {'tokens': tokens[kept]}
    if self.options['following']:
      examples['following'] = self._following(row, line[kept], start[kept])
    return [
      Encoded(
        {name: x[ends[i] : ends[i + 1]] for name, x in examples.items()},
        dropped[i],
      )
      for i in range(len(pieces))
    ]

  def _following(self, row, line, start):
    """[n, T] int8: the steps after the windows at `start`, or -1."""
    end = row.lines.base[line] + row.lines.bars[line] * self._steps_per_bar
    fits = start + 2 * self._steps <= end
    both, reason = cut(row, start[fits], 2 * self._steps, self._limits)
    found = np.full((len(start), self._steps), -1, np.int8)
    found[fits] = np.where((reason == 0)[:, None], both[:, self._steps :], -1)
    return found

  def _cover(self, piece):
    """A lenient encoder, its row of the piece, and its windows (line, step)."""
    bars = self.options['bars']
    lenient = Melody(
      **self.options
      | {'stride': bars, 'polyphony': 'highest', 'tolerance': 0.5}
    )
    row = lenient._lay_out([piece], multiple=bars)
    line, start = lenient._windows(row.lines)
    if not len(line):
      raise UserError(
        f'{piece.id} has no melody of {bars} bars in {self.options["metre"]}: '
        'give music in that metre.'
      )
    part = row.lines.part[line]
    first = part == part.min()
    return lenient, row, line[first], start[first]

  def _lay_out(self, pieces, multiple=1):
    if self.options['parts'] == 'highest':
      pieces = [highest_part(piece) for piece in pieces]
    return lay_out(
      pieces,
      self._metre,
      self.options['steps_per_quarter'],
      self.options['bars'],
      multiple,
    )

  def _windows(self, lines):
    """Line and first step of every window that fits on an accepted line."""
    bars, stride = self.options['bars'], self.options['stride']
    fits = lines.accepted & (lines.bars >= bars)
    count = np.where(fits, (lines.bars - bars) // stride + 1, 0)
    line = np.repeat(np.arange(len(count)), count)
    nth = np.arange(len(line)) - np.repeat(np.cumsum(count) - count, count)
    return line, lines.base[line] + nth * stride * self._steps_per_bar

  def _count_refused(self, counts, lines):
    """Adds to counts [pieces, REASONS] the windows that lines do not have."""
    bars, stride = self.options['bars'], self.options['stride']
    other = np.where(
      lines.accepted, 0, np.maximum((lines.bars - bars) // stride + 1, 1)
    )
    np.add.at(counts[:, REASONS.index('metre')], lines.piece, other)
    short = lines.accepted & (lines.bars < bars)
    for why, lacks in (
      ('shorter than a window', short),
      ('a bar that breaks off', lines.broken & ~short),
    ):
      np.add.at(counts[:, REASONS.index(why)], lines.piece, lacks)


def _check_range(lowest, highest, tolerance):
  """Raises UserError for pitches or a tolerance out of range."""
  if not LOWEST <= lowest <= highest <= HIGHEST:
    raise UserError(
      f'encoder/lowest and encoder/highest must be MIDI pitches in order, '
      f'{LOWEST} to {HIGHEST}, not {lowest} and {highest}.'
    )
  if not 0 <= tolerance <= 0.5:
    raise UserError('encoder/tolerance must be between 0 and 0.5 steps.')
