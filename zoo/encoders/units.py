"""A melody as a sequence of bars, the units of unit selection.

An example is a run of bars of one part, as concatenated melody tokens. Each bar
is self-contained: a note that is held over the bar line gets a new onset, and a
bar that begins in silence begins with a note-off. So any bar may follow any
other.

Source: Bretan, Weinberg and Heck 2016, arXiv 1612.03789.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from zoo.contracts import HOLD, Encoded, Field, Spec, UserError
from zoo.encoders.lines import lay_out, parse_metre
from zoo.encoders.melody import Melody
from zoo.encoders.melody_windows import OFF, REASONS, Limits, cut
from zoo.music.piece import Piece

TITLE = 56  # Bytes of a piece's title that are kept.

# Faults that end a run of bars.
_FAULTS = tuple(
  REASONS.index(why)
  for why in (
    'polyphonic',
    'two onsets on a step',
    'off grid',
    'pitch out of range',
  )
)


class Units:
  """Runs of bars of a melody, with the title of the piece and the first bar."""

  main = 'tokens'
  version = 1

  def __init__(
    self,
    *,
    units: int = 24,
    metre: str = '4/4',
    steps_per_quarter: int = 4,
    lowest: int = 48,
    highest: int = 95,
    tolerance: float = 0.25,
  ):
    """Builds the encoder.

    Args:
      units: U, maximum bars of an example; a longer melody gives several.
      metre: sections of a piece in other metres are dropped.
      steps_per_quarter: 4 is a grid of sixteenths.
      lowest, highest: MIDI pitches, 21..108; other pitches end a run.
      tolerance: maximum distance of an onset from the grid, in steps.

    Raises:
      UserError: a number out of range.
    """
    if units < 2:
      raise UserError(f'encoder/units must be at least 2, not {units}.')
    self.options: dict[str, Any] = {
      'units': units,
      'metre': metre,
      'steps_per_quarter': steps_per_quarter,
      'lowest': lowest,
      'highest': highest,
      'tolerance': tolerance,
    }
    shared = {k: v for k, v in self.options.items() if k != 'units'}
    self._melody = Melody(bars=1, min_notes=0, min_pitches=0, **shared)
    self._metre = parse_metre(metre)
    self._bar = self._melody.spec.sizes['steps']
    self._limits = Limits(0, 0, tolerance, False, lowest, highest)

  def fit(self, pieces: Sequence[Piece]) -> 'Units':
    """Learns nothing: the classes are the same for all music."""
    del pieces
    return self

  @property
  def spec(self) -> Spec:
    """Fields `tokens` [U * T] int8, `length` in steps, `title`, `bar`."""
    inner = self._melody.spec
    units = self.options['units']
    tokens = inner.fields['tokens']._replace(
      shape=(units * self._bar,), dilated=''
    )
    count = Field((), 'int16', kind='count', transposed='fixed')
    return Spec(
      encoder='units',
      options=dict(self.options),
      fields={
        'tokens': tokens,
        'length': count,
        'bar': count,
        'title': count._replace(shape=(TITLE,), dtype='uint8'),
      },
      sizes={
        **inner.sizes,
        'steps': units * self._bar,
        'bars': units,
        'units': units,
      },
      quarters=inner.quarters,
      tables=inner.tables,
      vocabulary={},
      main=self.main,
    )

  @classmethod
  def from_spec(cls, spec: Spec) -> 'Units':
    """The encoder that `spec` came from."""
    return cls(**spec.options)

  def encode(self, piece: Piece) -> Encoded:
    """Runs of the bars of all melodic parts of one piece."""
    return self.encode_all([piece])[0]

  def encode_all(self, pieces: Sequence[Piece]) -> list[Encoded]:
    """Runs of bars of many pieces.

    Returns:
      For each piece {'tokens': [n, U * T], 'length': [n], 'bar': [n], 'title':
      [n, 56]}, and the bars that were dropped: those with a fault, and single
      bars between such bars.
    """
    return [self._encode(piece) for piece in pieces]

  def cover(self, piece: Piece) -> dict[str, np.ndarray]:
    """The bars of a user's melody; see `Melody.cover`.

    Raises:
      UserError: no part in the metre, or a pitch out of range.
    """
    bars = self._melody.cover(piece)['tokens']
    return self._rows(piece, closed(bars), np.arange(len(bars)))

  def read_from(self, piece: Piece) -> list[tuple[float, float]]:
    """The stretch of each row of `cover`; see zoo.encoders.coverage."""
    bars = self._melody.read_from(piece)
    units = self.options['units']
    groups = [bars[i : i + units] for i in range(0, len(bars), units)]
    return [(group[0][0], group[-1][1]) for group in groups]

  def decode(self, examples: Mapping[str, Any]) -> list[Piece]:
    """A piece for each example, of its `length`."""
    tokens = np.asarray(examples['tokens'])
    steps = np.arange(tokens.shape[1])
    length = np.asarray(examples['length'])
    tokens = np.where(steps < length[:, None], tokens, OFF)
    return self._melody.decode({'tokens': tokens})

  def join(self, examples: Mapping[str, Any]) -> Piece:
    """All examples concatenated to one piece."""
    length = np.asarray(examples['length'])
    rows = [
      row[:steps] for row, steps in zip(examples['tokens'], length, strict=True)
    ]
    return self._melody.decode({'tokens': np.concatenate(rows)[None]})[0]

  def write(self, piece: Piece, stem: str | Path, text: str = '') -> Any:
    """Writes .mid, .musicxml and .wav; see `zoo.music.writing.write`."""
    return self._melody.write(piece, stem, text)

  def canonical(self, examples: Mapping[str, Any]) -> np.ndarray:
    """[N, U * T] rows, equal if melodies are transpositions of each other."""
    return self._melody.canonical(examples)

  def _encode(self, piece):
    quarter = self.options['steps_per_quarter']
    row = lay_out([piece], self._metre, quarter, 1)
    dropped = {why: 1 for why in row.dropped.values()}
    lines = row.lines
    other = int(np.count_nonzero(~lines.accepted))
    if other:
      dropped['metre'] = other
    found = []
    for line in np.flatnonzero(lines.accepted):
      start = lines.base[line] + np.arange(lines.bars[line]) * self._bar
      tokens, reason = cut(row, start, self._bar, self._limits)
      good = ~np.isin(reason, _FAULTS)
      for code in np.unique(reason[~good]):
        why = REASONS[code]
        dropped[why] = dropped.get(why, 0) + int(np.sum(reason == code))
      found += self._runs(piece, closed(tokens), good, dropped)
    names = self.spec.fields
    empty = {k: np.zeros((0, *f.shape), f.dtype) for k, f in names.items()}
    examples = {
      k: np.concatenate([one[k] for one in found]) if found else empty[k]
      for k in names
    }
    return Encoded(examples, dropped)

  def _runs(self, piece, bars, good, dropped):
    """Examples of consecutive bars [n, T] without a fault."""
    edges = np.flatnonzero(np.diff(np.r_[False, good, False]))
    found = []
    for begin, end in edges.reshape(-1, 2):
      # Silence at both ends of a run is dropped.
      loud = np.flatnonzero((bars[begin:end] > OFF).any(1))
      if not len(loud):
        continue
      begin, end = begin + loud[0], begin + loud[-1] + 1
      if end - begin < 2:
        why = 'a bar that stands alone'
        dropped[why] = dropped.get(why, 0) + 1
        continue
      place = np.arange(begin, end)
      found.append(self._rows(piece, bars[place], place))
    return found

  def _rows(self, piece, bars, place):
    """Examples of the bars [n, T] at places [n], at most U each."""
    units = self.options['units']
    count = -(-len(bars) // units)
    tokens = np.zeros((count * units, self._bar), np.int8)
    tokens[: len(bars)] = bars
    left = len(bars) - np.arange(count) * units
    name = str(piece.metadata.get('title') or piece.id)
    text = np.frombuffer(name.encode()[:TITLE].ljust(TITLE), np.uint8)
    return {
      'tokens': tokens.reshape(count, -1),
      'length': (np.minimum(left, units) * self._bar).astype(np.int16),
      'bar': place[::units].astype(np.int16),
      'title': np.tile(text, (count, 1)),
    }


def closed(bars: np.ndarray) -> np.ndarray:
  """Bars [n, T] with a note-off in place of a hold at their beginning."""
  bars = np.array(bars)
  bars[bars[:, 0] == HOLD, 0] = OFF
  return bars
