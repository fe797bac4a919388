"""Melodies as monophonic piano rolls: one class per step.

Class 0 is a rest; class k is the k-th pitch of the range. Immediately repeated
notes become one long note, as in any piano roll. Windows are selected by the
encoder `melody`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from zoo.contracts import Encoded, Field, Spec
from zoo.encoders.melody import Melody
from zoo.encoders.melody_windows import FIRST_PITCH, HOLD, OFF
from zoo.music.piece import Piece

REST = 0


class MelodyRoll:
  """The active pitch at each step of a melody, or a rest.

  Field: `pitch` [T] int8.
  """

  main = 'pitch'
  version = 1  # In the cache's key: increment when classes change.

  def __init__(
    self,
    *,
    bars: int = 16,
    steps_per_quarter: int = 2,
    metre: str = '4/4',
    stride: int = 16,
    min_notes: int = 16,
    min_pitches: int = 3,
    gap_bars: int = 1,
    parts: Literal['all', 'highest'] = 'all',
    polyphony: Literal['skip', 'highest'] = 'skip',
    lowest: int = 52,
    highest: int = 91,
  ):
    """Builds the encoder; the options are those of `melody`.

    Args:
      bars: length of a window.
      steps_per_quarter: 2 is a grid of eighths.
      metre: parts in other metres are dropped.
      stride: bars from one window to the next.
      min_notes: windows with fewer onsets are dropped.
      min_pitches: windows with fewer different pitches are dropped.
      gap_bars: windows with this many consecutive silent bars are dropped; 0
        keeps them.
      parts: `highest` takes only the part with the highest mean pitch.
      polyphony: `skip` drops windows with overlapping notes; `highest` keeps
        the highest of notes that begin together.
      lowest, highest: MIDI pitches; windows with other pitches are dropped.

    Raises:
      UserError: a number out of range.
    """
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
    }
    self._melody = Melody(**self.options)

  def fit(self, pieces: Sequence[Piece]) -> 'MelodyRoll':
    """Learns nothing."""
    del pieces
    return self

  @property
  def spec(self) -> Spec:
    """Field `pitch`; table `pitches`: MIDI pitch of classes, -1 for a rest."""
    inner = self._melody.spec
    lowest, highest = self.options['lowest'], self.options['highest']
    classes = highest - lowest + 2
    steps = inner.sizes['steps']
    return Spec(
      encoder='melody_roll',
      options=dict(self.options),
      fields={'pitch': Field((steps,), 'int8', classes, transposed='table')},
      sizes={**inner.sizes, 'classes': classes},
      quarters=inner.quarters,
      tables={'pitches': [-1, *range(lowest, highest + 1)]},
      vocabulary={},
      main=self.main,
    )

  @classmethod
  def from_spec(cls, spec: Spec) -> 'MelodyRoll':
    """The encoder that `spec` came from."""
    return cls(**spec.options)

  def encode(self, piece: Piece) -> Encoded:
    """Windows of one piece: {'pitch': [n, T] int8}; see `encode_all`."""
    return self.encode_all([piece])[0]

  def encode_all(self, pieces: Sequence[Piece]) -> list[Encoded]:
    """{'pitch': [n, T] int8} of each piece, and what was dropped."""
    return [
      Encoded({'pitch': active(found.examples['tokens'])}, found.dropped)
      for found in self._melody.encode_all(pieces)
    ]

  def cover(self, piece: Piece) -> dict[str, np.ndarray]:
    """Consecutive windows over a user's own piece; see Melody.cover."""
    return {'pitch': active(self._melody.cover(piece)['tokens'])}

  def read_from(self, piece: Piece) -> list[tuple[float, float]]:
    """The stretch of each row of `cover`; see zoo.encoders.coverage."""
    return self._melody.read_from(piece)

  def decode(self, examples: Mapping[str, Any]) -> list[Piece]:
    """A piece for each row of {'pitch': [n, T]}, T of any length."""
    return self._melody.decode({'tokens': events(examples['pitch'])})

  def join(self, examples: Mapping[str, Any]) -> Piece:
    """All windows concatenated to one piece; the inverse of `cover`."""
    return self.decode({'pitch': np.asarray(examples['pitch']).reshape(1, -1)})[
      0
    ]

  def write(self, piece: Piece, stem: str | Path, text: str = '') -> Any:
    """Writes .mid, .musicxml and .wav; see `zoo.music.writing.write`."""
    return self._melody.write(piece, stem, text)

  def canonical(self, examples: Mapping[str, Any]) -> np.ndarray:
    """[N, T] uint8 rows, equal if windows are transpositions of each other."""
    return self._melody.canonical({'tokens': events(examples['pitch'])})


def active(tokens: Any) -> np.ndarray:
  """The active class at each step, from tokens of the encoder `melody`.

  Args:
    tokens: [n, T] holds, note-offs and onsets.

  Returns:
    [n, T] int8.
  """
  tokens = np.asarray(tokens).astype(np.int16)
  place = np.where(tokens != HOLD, np.arange(tokens.shape[1]), 0)
  latest = np.maximum.accumulate(place, axis=1)
  held = np.take_along_axis(tokens, latest, 1)
  pitched = held >= FIRST_PITCH
  return np.where(pitched, held - FIRST_PITCH + 1, REST).astype(np.int8)


def events(pitch: Any) -> np.ndarray:
  """The active class at each step [n, T] as holds, note-offs and onsets."""
  pitch = np.asarray(pitch).astype(np.int16)
  before = np.pad(pitch[:, :-1], ((0, 0), (1, 0)), constant_values=REST)
  begun = np.where(pitch == REST, OFF, pitch - 1 + FIRST_PITCH)
  return np.where(pitch == before, HOLD, begun).astype(np.int8)
