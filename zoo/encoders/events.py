"""Events of real numbers: C-RNN-GAN's representation.

An event is up to `tones` notes that begin together: the length, frequency and
velocity of each, then the time since the previous event. All parts of a piece
are one stream, ordered by onset and then by descending pitch; notes of a chord
that do not fit into one event become further events at the same time. Every
number is standardized over the training pieces.

Source: Mogren 2016, arXiv 1611.09904, section 3, which uses hertz and ticks;
logarithms are options.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from zoo.contracts import Encoded, Field, Spec, UserError
from zoo.music.piece import Piece, Tempo, notes

_LONGEST = 16.0  # Quarters: maximum of lengths and of times between events.
_PER_TONE = 3  # Length, frequency, velocity.
A4, A4_HERTZ = 69, 440.0


class Tones(NamedTuple):
  """Arrays [n, T, k] of the tones of n windows, rounded as in written files.

  Attributes:
    sounds: bool, false if the event has fewer tones.
    start, length: quarters, on the grid.
    pitch: MIDI.
    velocity: 1..127.
  """

  sounds: np.ndarray
  start: np.ndarray
  length: np.ndarray
  pitch: np.ndarray
  velocity: np.ndarray


class Events:
  """Windows of T events.

  Field `events` [T, 3 k + 1] float32, standardized: length, frequency and
  velocity of each of k tones, then the time since the previous event. Missing
  tones have length 0, and the first tone's frequency and velocity.
  """

  main = 'events'
  version = 1  # In the cache's key: increment when arrays change.

  def __init__(
    self,
    *,
    events: int = 50,
    stride: int = 25,
    tones: int = 1,
    frequency: Literal['hertz', 'log'] = 'hertz',
    times: Literal['linear', 'log'] = 'linear',
    steps_per_quarter: int = 4,
  ):
    """Builds the encoder.

    Args:
      events: T.
      stride: events from one window to the next.
      tones: k, 1 for C-RNN-GAN and 3 for C-RNN-GAN-3.
      frequency: in `hertz`, or `log`, in semitones.
      times: lengths and times in quarters, or log2(1 + steps).
      steps_per_quarter: of the grid that decoded times are rounded to.

    Raises:
      UserError: a number below 1.
    """
    for name, value in (
      ('events', events),
      ('stride', stride),
      ('tones', tones),
      ('steps_per_quarter', steps_per_quarter),
    ):
      if value < 1:
        raise UserError(f'encoder/{name} must be at least 1, not {value}.')
    self.options: dict[str, Any] = {
      'events': events,
      'stride': stride,
      'tones': tones,
      'frequency': frequency,
      'times': times,
      'steps_per_quarter': steps_per_quarter,
    }
    self._mean = np.zeros(self._size)
    self._scale = np.ones(self._size)

  @property
  def _size(self):
    return _PER_TONE * self.options['tones'] + 1

  def fit(self, pieces: Sequence[Piece]) -> 'Events':
    """Learns mean and deviation of each number; constants are not scaled."""
    fitted = Events(**self.options)
    found = [fitted._numbers(piece)[0] for piece in pieces]
    rows = np.concatenate([np.zeros((0, self._size)), *found])
    if len(rows):
      deviation = rows.std(0)
      fitted._mean = rows.mean(0)
      fitted._scale = np.where(deviation > 1e-6, deviation, 1.0)
    return fitted

  @property
  def spec(self) -> Spec:
    """Field `events`; vocabulary: the `mean` and `scale` of each number."""
    shape = (self.options['events'], self._size)
    return Spec(
      encoder='real_events',
      options=dict(self.options),
      fields={'events': Field(shape, 'float32', 0, 'real', 'events')},
      sizes={
        'events': shape[0],
        'numbers': shape[1],
        'tones': self.options['tones'],
      },
      quarters=0.0,
      tables={},
      vocabulary={'mean': self._mean.tolist(), 'scale': self._scale.tolist()},
      main=self.main,
    )

  @classmethod
  def from_spec(cls, spec: Spec) -> 'Events':
    """The encoder that `spec` came from."""
    encoder = cls(**spec.options)
    encoder._mean = np.array(spec.vocabulary['mean'], np.float64)
    encoder._scale = np.array(spec.vocabulary['scale'], np.float64)
    return encoder

  def encode(self, piece: Piece) -> Encoded:
    """Windows of one piece, and why others were dropped."""
    numbers, reason = self._numbers(piece)
    size, stride = self.options['events'], self.options['stride']
    dropped = {reason: 1} if reason else {}
    if not reason and len(numbers) < size:
      dropped = {'shorter than a window': 1}
    count = max((len(numbers) - size) // stride + 1, 0)
    rows = np.arange(count)[:, None] * stride + np.arange(size)
    return Encoded({'events': self._standard(numbers)[rows]}, dropped)

  def cover(self, piece: Piece) -> dict[str, np.ndarray]:
    """Consecutive windows; the last is padded with its last event.

    Raises:
      UserError: the piece has no melodic notes.
    """
    numbers, reason = self._numbers(piece)
    if reason or not len(numbers):
      raise UserError(
        f'{piece.id} cannot be read as events ({reason or "no notes"}): give '
        'another piece.'
      )
    size = self.options['events']
    count = -(-len(numbers) // size)
    rows = np.minimum(np.arange(count * size), len(numbers) - 1)
    return {'events': self._standard(numbers)[rows].reshape(count, size, -1)}

  def tones(self, examples: Mapping[str, Any]) -> Tones:
    """The tones of windows {'events': [n, T, 3 k + 1]}, rounded.

    Times are rounded to the grid and clipped to 0..16 quarters, pitches to the
    nearest in 0..127, and the first tone of an event is always present.
    """
    events = np.nan_to_num(np.asarray(examples['events'], np.float64))
    numbers = events * self._scale + self._mean
    k, grid = self.options['tones'], self.options['steps_per_quarter']
    parts = numbers[..., :-1].reshape(*numbers.shape[:2], k, _PER_TONE)
    length = self._steps(parts[..., 0])
    sounds = length > 0
    sounds[..., 0] = True
    frequency = parts[..., 1]
    if self.options['frequency'] == 'hertz':
      least = A4_HERTZ * 2 ** (-A4 / 12)
      frequency = A4 + 12 * np.log2(np.maximum(frequency, least) / A4_HERTZ)
    after = self._steps(numbers[..., -1])
    start = np.cumsum(after, 1) - after[:, :1]
    return Tones(
      sounds,
      np.broadcast_to(start[..., None], sounds.shape) / grid,
      np.maximum(length, 1) / grid,
      np.clip(np.floor(frequency + 0.5), 0, 127).astype(int),
      np.clip(np.floor(parts[..., 2] + 0.5), 1, 127).astype(int),
    )

  def decode(self, examples: Mapping[str, Any]) -> list[Piece]:
    """A piece for each window, at quarter = 120, in 4/4; see `tones`."""
    found = self.tones(examples)
    return [
      Piece(
        id=str(index),
        notes=notes(
          one.start[one.sounds],
          (one.start + one.length)[one.sounds],
          one.pitch[one.sounds],
          one.velocity[one.sounds],
        ),
        tempos=(Tempo(0.0, 120.0),),
      )
      for index, one in enumerate(map(Tones._make, zip(*found, strict=True)))
    ]

  def join(self, examples: Mapping[str, Any]) -> Piece:
    """All windows concatenated to one piece; the inverse of `cover`."""
    events = np.asarray(examples['events'])
    return self.decode({'events': events.reshape(1, -1, self._size)})[0]

  def write(self, piece: Piece, stem: str | Path, text: str = '') -> Any:
    """Writes .mid, .musicxml and .wav; see `zoo.music.writing.write`."""
    from zoo.music import writing  # note-seq and music21 take seconds

    return writing.write(piece, stem, text)

  def _standard(self, numbers):
    return ((numbers - self._mean) / self._scale).astype(np.float32)

  def _steps(self, times):
    """Whole steps of the grid, 0 or more, from a piece's numbers."""
    grid = self.options['steps_per_quarter']
    most = _LONGEST * grid
    if self.options['times'] == 'log':
      steps = 2 ** np.minimum(times, np.log2(1 + most)) - 1
    else:
      steps = times * grid
    return np.clip(np.floor(steps + 0.5), 0, most)

  def _numbers(self, piece):
    """[m, 3 k + 1] the piece's events, not standardized; reason for none."""
    table = piece.notes
    melodic = ~table.drum
    start, end, pitch, velocity = (
      x[melodic].astype(np.float64)
      for x in (table.start, table.end, table.pitch, table.velocity)
    )
    if not len(start):
      return np.zeros((0, self._size)), 'no melodic part'
    order = np.lexsort((-pitch, start))
    start, pitch, velocity = start[order], pitch[order], velocity[order]
    length = np.minimum(end[order] - start, _LONGEST)
    k = self.options['tones']
    fresh = np.diff(start, prepend=-np.inf) > 1e-6
    chord = np.cumsum(fresh) - 1
    place = np.arange(len(start)) - np.flatnonzero(fresh)[chord]
    event = np.cumsum(place % k == 0) - 1
    first = np.flatnonzero(place % k == 0)
    parts = np.zeros((len(first), k, _PER_TONE))
    # Missing tones have length 0 and are otherwise like the first.
    parts[:, :, 1] = self._frequency(pitch[first])[:, None]
    parts[:, :, 2] = velocity[first][:, None]
    parts[event, place % k] = np.stack(
      [self._times(length), self._frequency(pitch), velocity], -1
    )
    after = np.diff(start[first], prepend=start[0])
    after = self._times(np.minimum(after, _LONGEST))
    flat = parts.reshape(len(first), -1)
    return np.concatenate([flat, after[:, None]], 1), ''

  def _times(self, quarters):
    if self.options['times'] == 'linear':
      return quarters
    return np.log2(1 + quarters * self.options['steps_per_quarter'])

  def _frequency(self, pitch):
    if self.options['frequency'] == 'log':
      return pitch
    return A4_HERTZ * 2 ** ((pitch - A4) / 12)
