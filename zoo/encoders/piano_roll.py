"""Piano rolls on a grid: a bit for each pitch and step, without onsets.

Likelihoods are measured on whole pieces, padded to the longest
(Boulanger-Lewandowski et al., ICML 2012, arXiv 1206.6392: quarters for
chorales, 88 pitches); feed-forward networks read windows of a fixed length
(DeepHear, Sun 2015: 64 sixteenths, with a stride of one bar).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from zoo.contracts import Encoded, Field, Spec, UserError
from zoo.encoders.lines import beat, parse_metre
from zoo.music import rolls
from zoo.music.piece import Piece
from zoo.music.rolls import Roll

# Whole pieces are padded to the longest: a single long one would fill memory.
MOST_STEPS = 20_000


class PianoRoll:
  """Rolls of whole pieces, or of windows.

  Fields: `roll` [T, P] uint8, 1 if a pitch is active; `length` int32, the
  number of steps before the padding, which is 0. Column 0 is the lowest pitch.
  """

  main = 'roll'
  version = 2  # In the cache's key: increment when rolls change.

  def __init__(
    self,
    *,
    steps: int = 0,
    stride: int = 0,
    steps_per_quarter: int = 1,
    lowest: int = 21,
    highest: int = 108,
    partial: bool = True,
    legato: bool = True,
    metre: str = '4/4',
  ):
    """Builds the encoder.

    Args:
      steps: T, the length of a window; 0 takes whole pieces, padded to the
        longest of the corpus.
      stride: steps from one window to the next; 0 for no overlap.
      steps_per_quarter: of the grid. Pieces that are rolls are used as they
        are; for them this is the duration of their steps.
      lowest, highest: MIDI pitches; P counts both. Pieces or windows with other
        pitches are dropped.
      partial: whether to keep windows that extend beyond the end of a piece,
        padded.
      legato: whether a decoded pitch in consecutive steps is one note;
        otherwise it begins again in each step.
      metre: of decoded pieces.

    Raises:
      UserError: a number out of range.
    """
    for name, value, least in (
      ('steps', steps, 0),
      ('stride', stride, 0),
      ('steps_per_quarter', steps_per_quarter, 1),
    ):
      if value < least:
        raise UserError(f'encoder/{name} must be at least {least}.')
    if not 0 <= lowest <= highest < rolls.PITCHES:
      raise UserError(
        'encoder/lowest and encoder/highest must be MIDI pitches in order, '
        f'not {lowest} and {highest}.'
      )
    self.options: dict[str, Any] = {
      'steps': steps,
      'stride': stride,
      'steps_per_quarter': steps_per_quarter,
      'lowest': lowest,
      'highest': highest,
      'partial': partial,
      'legato': legato,
      'metre': metre,
    }
    self._metre = parse_metre(metre)
    self._pitches = slice(lowest, highest + 1)
    self._steps = steps

  def fit(self, pieces: Sequence[Piece | Roll]) -> 'PianoRoll':
    """Learns nothing."""
    del pieces
    return self

  def measure(self, pieces: Sequence[Piece | Roll]) -> 'PianoRoll':
    """Learns the length of the longest piece, for encoding whole pieces."""
    measured = PianoRoll(**self.options)
    if not measured._steps:
      lengths = [len(self._frames(piece)) for piece in pieces]
      kept = [length for length in lengths if length <= MOST_STEPS]
      measured._steps = max(kept, default=0)
    return measured

  @property
  def spec(self) -> Spec:
    """Fields `roll` and `length`; table `pitches`: MIDI pitch of columns."""
    lowest, highest = self.options['lowest'], self.options['highest']
    per_quarter = self.options['steps_per_quarter']
    count = highest - lowest + 1
    return Spec(
      encoder='piano_roll',
      options=dict(self.options),
      fields={
        'roll': Field((self._steps, count), 'uint8', 2, 'bit', 'axis'),
        'length': Field((), 'int32', 0, 'count', 'fixed'),
      },
      sizes={
        'steps': self._steps,
        'pitches': count,
        'steps_per_beat': max(round(beat(self._metre) * per_quarter), 1),
        'steps_per_bar': max(round(self._metre.bar * per_quarter), 1),
      },
      quarters=1 / per_quarter,
      tables={'pitches': list(range(lowest, highest + 1))},
      vocabulary={},
      main=self.main,
    )

  @classmethod
  def from_spec(cls, spec: Spec) -> 'PianoRoll':
    """The encoder that `spec` came from."""
    encoder = cls(**spec.options)
    encoder._steps = spec.sizes['steps']
    return encoder

  def encode(self, piece: Piece | Roll) -> Encoded:
    """{'roll': [n, T, P] uint8, 'length': [n] int32}, in order.

    A whole piece is one example, which begins with its first note. Silent
    windows and those with pitches out of range are dropped.
    """
    frames = self._frames(piece)
    dropped: dict[str, int] = {}
    if not len(frames):
      return self._examples(frames, [], {'no notes': 1})
    if not self.options['steps']:
      if len(frames) > self._steps:
        return self._examples(frames, [], {'too long': 1})
      starts = [0]
    else:
      starts = self._starts(len(frames))
    outside = np.delete(frames, self._pitches, axis=1).any(axis=1)
    active = frames.any(axis=1)
    kept = []
    for start in starts:
      window = slice(start, start + self._steps)
      reason = ''
      if start + self._steps > len(frames) and not self._takes_partial:
        reason = 'shorter than a window'
      elif outside[window].any():
        reason = 'pitch out of range'
      elif not active[window].any():
        reason = 'silence'
      if reason:
        dropped[reason] = dropped.get(reason, 0) + 1
      else:
        kept.append(start)
    return self._examples(frames, kept, dropped)

  def cover(self, piece: Piece | Roll) -> dict[str, np.ndarray]:
    """Consecutive windows over a user's own piece, the last one padded.

    Raises:
      UserError: no notes, or pitches out of range.
    """
    frames = self._frames(piece)
    if not frames.any():
      raise UserError(
        f'{piece.id} has no notes other than drums: give another file.'
      )
    if np.delete(frames, self._pitches, axis=1).any():
      raise UserError(
        f'{piece.id} has notes outside MIDI pitch {self.options["lowest"]}..'
        f'{self.options["highest"]}: transpose it.'
      )
    starts = range(0, len(frames), self._steps)
    return self._examples(frames, starts, {}).examples

  def read_from(self, piece: Piece | Roll) -> list[tuple[float, float]]:
    """Everything from the first frame; see zoo.encoders.coverage."""
    if isinstance(piece, Roll) or self.options['steps']:
      return [(0.0, np.inf)]
    frames = rolls.sample(piece, self.options['steps_per_quarter'])
    first = int(frames.any(axis=1).argmax()) if len(frames) else 0
    return [(first / self.options['steps_per_quarter'], np.inf)]

  def decode(self, examples: Mapping[str, Any]) -> list[Piece]:
    """A piece for each roll, at quarter = 120.

    Args:
      examples: {'roll': [n, T, P], 1 if a pitch is active}, and 'length' [n]
        if they are not all T long.
    """
    roll = np.asarray(examples['roll'])
    lengths = examples.get('length', np.full(len(roll), roll.shape[1]))
    return [
      self._piece(frames[: int(length)], str(index))
      for index, (frames, length) in enumerate(zip(roll, lengths, strict=True))
    ]

  def join(self, examples: Mapping[str, Any]) -> Piece:
    """All windows concatenated to one piece; the inverse of `cover`."""
    roll = np.asarray(examples['roll'])
    lengths = examples.get('length', np.full(len(roll), roll.shape[1]))
    music = np.arange(roll.shape[1]) < np.asarray(lengths)[:, None]
    return self._piece(roll[music], '0')

  def write(self, piece: Piece, stem: str | Path, text: str = '') -> list[Path]:
    """Writes .mid, .musicxml and .wav; see `zoo.music.writing.write`."""
    from zoo.music import writing  # note-seq and music21 take seconds

    return writing.write(piece, stem, text)

  def canonical(self, examples: Mapping[str, Any]) -> np.ndarray:
    """[N, D] uint8 rows, equal if rolls are transpositions of each other."""
    roll = np.asarray(examples['roll'])
    count, steps, pitches = roll.shape
    # Every roll moves down until its lowest pitch is in the first column.
    first = roll.any(axis=1).argmax(axis=1)
    column = (np.arange(pitches) + first[:, None]) % pitches
    moved = np.take_along_axis(roll, column[:, None], axis=2)
    lengths = np.asarray(examples['length'], '<i4').reshape(count, 1)
    # No -1 in the shape: it is ambiguous for an empty split.
    packed = np.packbits(moved.reshape(count, steps * pitches), axis=1)
    return np.concatenate([packed, lengths.view(np.uint8)], axis=1)

  @property
  def _takes_partial(self):
    return self.options['partial'] or not self.options['steps']

  def _frames(self, piece):
    if isinstance(piece, Roll):
      return piece.frames
    frames = rolls.sample(piece, self.options['steps_per_quarter'])
    if self.options['steps']:
      return frames
    # The silence before a pick-up is dropped.
    return frames[int(frames.any(axis=1).argmax()) :] if len(frames) else frames

  def _starts(self, length):
    """First steps of windows; the last reaches the end of the piece."""
    stride = self.options['stride'] or self._steps
    rest = max(length - self._steps, 0)
    return [start * stride for start in range(-(-rest // stride) + 1)]

  def _examples(self, frames, starts, dropped):
    """The windows of frames [T, 128] that begin at `starts`, padded."""
    shape = len(starts), *self.spec.fields['roll'].shape
    made = np.zeros(shape, np.uint8)
    lengths = np.zeros(len(starts), np.int32)
    for place, start in enumerate(starts):
      window = frames[start : start + self._steps, self._pitches]
      made[place, : len(window)] = window
      lengths[place] = len(window)
    return Encoded({'roll': made, 'length': lengths}, dropped)

  def _piece(self, roll, identity):
    frames = np.zeros((len(roll), rolls.PITCHES), np.uint8)
    frames[:, self._pitches] = roll > 0.5
    options = self.options
    return rolls.to_piece(
      frames,
      options['steps_per_quarter'],
      self._metre,
      identity,
      options['legato'],
    )
