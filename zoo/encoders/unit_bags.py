"""Bars of melody as bags of features, decoded by a library.

A bag does not determine the order of notes, so decoding returns the bar of the
library with the nearest bag: all output comes from the library, as in
text-to-speech by unit selection.

Source: Bretan, Weinberg and Heck 2016, arXiv 1612.03789, section 3.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from zoo import unit_bags
from zoo.contracts import Encoded, Field, Spec, UserError
from zoo.encoders.units import Units
from zoo.music.piece import Piece

_AT_ONCE = 256  # Bags per comparison with the library.


class UnitBags:
  """One bar per example, as bits: which features of zoo.unit_bags it has."""

  main = 'bag'
  version = 1

  def __init__(
    self,
    *,
    metre: str = '4/4',
    steps_per_quarter: int = 4,
    lowest: int = 48,
    highest: int = 95,
    tolerance: float = 0.25,
    library: int = 4096,
    vocabulary: dict[str, list] | None = None,
  ):
    """Builds the encoder.

    Args:
      metre, steps_per_quarter, lowest, highest, tolerance: as in `units`.
      library: maximum number of bars for decoding, taken evenly from the
        distinct bars of the training pieces.
      vocabulary: the library, from `fit`.

    Raises:
      UserError: a number out of range.
    """
    if library < 1:
      raise UserError(f'encoder/library must be at least 1, not {library}.')
    shared: dict[str, Any] = {
      'metre': metre,
      'steps_per_quarter': steps_per_quarter,
      'lowest': lowest,
      'highest': highest,
      'tolerance': tolerance,
    }
    self.options: dict[str, Any] = {**shared, 'library': library}
    self._units = Units(units=2, **shared)
    self._steps = self._units.spec.sizes['steps_per_bar']
    self._lowest, self._pitches = lowest, highest - lowest + 1
    self._library = np.asarray(
      (vocabulary or {}).get('library', []), np.int8
    ).reshape(-1, self._steps)

  def fit(self, pieces: Sequence[Piece]) -> 'UnitBags':
    """The encoder with the distinct bars of the pieces as its library."""
    bars = [self._bars(piece)[0] for piece in pieces]
    found = np.unique(np.concatenate([*bars, self._library]), axis=0)
    most = self.options['library']
    found = found[:: -(-len(found) // most)] if len(found) else found
    return UnitBags(**self.options, vocabulary={'library': found.tolist()})

  @property
  def spec(self) -> Spec:
    """Field `bag` [C], bits; the vocabulary is the library's tokens."""
    size = unit_bags.width(self._steps, self._pitches)
    return Spec(
      encoder='unit_bags',
      options=dict(self.options),
      fields={'bag': Field((size,), 'int8', kind='bit')},
      sizes={'features': size},
      quarters=self._units.spec.quarters,
      tables={},
      vocabulary={'library': self._library.tolist()},
      main=self.main,
    )

  @classmethod
  def from_spec(cls, spec: Spec) -> 'UnitBags':
    """The encoder that `spec` came from."""
    return cls(**spec.options, vocabulary=spec.vocabulary)

  def encode(self, piece: Piece) -> Encoded:
    """The bars of all melodic parts of one piece."""
    bars, dropped = self._bars(piece)
    return Encoded({'bag': self._bag(bars)}, dropped)

  def encode_all(self, pieces: Sequence[Piece]) -> list[Encoded]:
    """The bars of each piece: {'bag': [n, C] int8}."""
    return [self.encode(piece) for piece in pieces]

  def cover(self, piece: Piece) -> dict[str, np.ndarray]:
    """The bars of a user's melody.

    Raises:
      UserError: no part in the metre, or a pitch out of range.
    """
    return {'bag': self._bag(self._split(self._units.cover(piece)))}

  def decode(self, examples: Mapping[str, Any]) -> list[Piece]:
    """A piece of one bar for each example: the nearest in the library."""
    bars = self._nearest(np.asarray(examples['bag']))
    return self._units.decode(self._alone(bars))

  def join(self, examples: Mapping[str, Any]) -> Piece:
    """The nearest bars, concatenated to one piece."""
    bars = self._nearest(np.asarray(examples['bag']))
    return self._units.join(self._alone(bars))

  def write(self, piece: Piece, stem: str | Path, text: str = '') -> Any:
    """Writes .mid, .musicxml and .wav; see `zoo.music.writing.write`."""
    return self._units.write(piece, stem, text)

  def _bars(self, piece):
    """Bars [n, T] of a piece, and what was dropped."""
    found = self._units.encode(piece)
    return self._split(found.examples), found.dropped

  def _split(self, examples):
    """Bars [n, T] of examples with at most two bars."""
    bars = np.asarray(examples['tokens']).reshape(-1, self._steps)
    inside = examples['length'][:, None] > np.arange(2) * self._steps
    return bars[inside.ravel()]

  def _alone(self, bars):
    """Examples of the encoder `units` with one bar each."""
    tokens = np.concatenate([bars, np.zeros_like(bars)], 1)
    return {'tokens': tokens, 'length': np.full(len(bars), self._steps)}

  def _bag(self, bars):
    counts = unit_bags.bag(
      np, np.asarray(bars, int), self._lowest, self._pitches
    )
    return (counts > 0).astype(np.int8)

  def _nearest(self, bags):
    """The nearest bars [n, T] of the library, by cosine similarity of bags.

    Raises:
      UserError: there is no library yet.
    """
    if not len(self._library):
      raise UserError(
        "The encoder 'unit_bags' needs the bars of the training pieces to "
        'decode: train first.'
      )
    known = self._bag(self._library).astype(np.float32)
    known /= np.linalg.norm(known, axis=1, keepdims=True)
    found = [
      (bags[i : i + _AT_ONCE].astype(np.float32) @ known.T).argmax(1)
      for i in range(0, len(bags), _AT_ONCE)
    ]
    return self._library[np.concatenate(found or [np.zeros(0, int)])]
