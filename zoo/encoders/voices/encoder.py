"""Parallel voices on a grid, with holds: DeepBach's representation of chorales.

Each voice has its own classes: hold, the symbols that the options request, and
one for each pitch of its range (Hadjeres, Pachet and Nielsen, ICML 2017, arXiv
1612.01010). Streams of metadata accompany the notes: fermatas, the subdivision
of the beat, and the key signature.
"""

from collections.abc import Mapping, Sequence
import math
from pathlib import Path
from typing import Any, Literal

import numpy as np

from zoo.contracts import Encoded, Field, Spec, UserError
from zoo.encoders.lines import parse_metre, same_bars
from zoo.encoders.voices import cover
from zoo.encoders.voices.lines import MOST_STEPS, Unfit
from zoo.encoders.voices.streams import KEYS, Layout, cut, lay_out, read_piece
from zoo.music.piece import Piece

# A user's whole piece is padded to a multiple: few lengths, few compilations.
_ROUND = 64


class Voices:
  """Windows of monophonic parts, or whole pieces.

  Fields:
    voices: [T, V] int8 classes, the first part (soprano) first. 0 is hold;
      then follow rest, start and end, if the options request them, and the
      pitches of the voice's range, ascending.
    fermata: [T] int8, 1 while a note under a fermata is active.
    beat: [T] int8, position in the quarter, 0 to steps_per_quarter - 1.
    key: [T] int8, sharps of the key signature + 7 (flats are negative).
    length: int32, the steps before the end symbols: start symbols and music.

  Onsets are moved to the nearest step; of two on the same step, the last is
  kept. Bars are counted from the piece's first bar line.
  """

  main = 'voices'
  version = 2  # In the cache's key: increment when classes change.

  def __init__(
    self,
    *,
    steps: int = 64,
    stride: int = 16,
    padding: int = 0,
    steps_per_quarter: int = 4,
    lowest: tuple[int, ...] = (57, 53, 48, 36),
    highest: tuple[int, ...] = (81, 74, 69, 64),
    rests: bool = True,
    partial: bool = False,
    begin: Literal['strike', 'hold'] = 'strike',
    metre: str = '',
  ):
    """Builds the encoder.

    Args:
      steps: T, the length of a window; 0 takes whole pieces, padded to the
        longest of the corpus.
      stride: steps from one window to the next; 0 for no overlap.
      padding: number of start symbols before a piece, and of end symbols after
        it; 0 omits these symbols. DeepBach uses 16.
      steps_per_quarter: of the grid; 4 is a grid of sixteenths.
      lowest, highest: MIDI pitches of each voice, V of them. The defaults are
        the ranges of the chorales.
      rests: whether there is a rest symbol; otherwise a rest becomes a hold, as
        in MiniBach.
      partial: whether to keep windows that extend beyond the end of a piece,
        padded with the end symbol (or else rest, or else hold).
      begin: how a note that is held at the start of a window is encoded: as a
        new onset, or as a hold.
      metre: pieces in other metres are dropped; '' accepts all.

    Raises:
      UserError: a number out of range.
    """
    for name, value, least in (
      ('steps', steps, 0),
      ('stride', stride, 0),
      ('padding', padding, 0),
      ('steps_per_quarter', steps_per_quarter, 1),
    ):
      if value < least:
        raise UserError(f'encoder/{name} must be at least {least}.')
    lowest, highest = tuple(lowest), tuple(highest)
    if not lowest or len(lowest) != len(highest):
      raise UserError(
        'encoder/lowest and encoder/highest must give one pitch for each '
        f'voice, not {len(lowest)} and {len(highest)}.'
      )
    for low, high in zip(lowest, highest, strict=True):
      if not 0 <= low <= high <= 127:
        raise UserError(
          'encoder/lowest and encoder/highest must be MIDI pitches in order, '
          f'not {low} and {high}.'
        )
    self.options: dict[str, Any] = {
      'steps': steps,
      'stride': stride,
      'padding': padding,
      'steps_per_quarter': steps_per_quarter,
      'lowest': list(lowest),
      'highest': list(highest),
      'rests': rests,
      'partial': partial,
      'begin': begin,
      'metre': metre,
    }
    self._metre = parse_metre(metre or '4/4')
    self._steps = steps
    self._layout = Layout(
      np.array(lowest),
      np.array(highest),
      ('hold', *['rest'] * rests, *['start', 'end'] * bool(padding)),
      steps_per_quarter,
      padding,
    )

  def fit(self, pieces: Sequence[Piece]) -> 'Voices':
    """Learns nothing: the ranges are options."""
    del pieces
    return self

  def measure(self, pieces: Sequence[Piece]) -> 'Voices':
    """Learns the length of the longest piece, for encoding whole pieces."""
    measured = Voices(**self.options)
    if not measured._steps:
      lengths = [self._length(piece) for piece in pieces]
      kept = [length for length in lengths if length <= MOST_STEPS]
      measured._steps = max(kept, default=0) + 2 * self.options['padding']
    return measured

  @property
  def spec(self) -> Spec:
    """Fields as above.

    Table `pitches` [V, K]: MIDI pitch of each class, -1 for symbols and if a
    voice has fewer classes than K. Vocabulary: `symbols`, names of the first
    classes; `classes`, the number of classes of each voice.
    """
    lowest, highest, symbols, per_quarter, padding = self._layout
    counts = (len(symbols) + highest - lowest + 1).tolist()
    # The range of each voice follows the symbols.
    table = lowest[:, None] + np.arange(max(counts)) - len(symbols)
    table[(table < lowest[:, None]) | (table > highest[:, None])] = -1
    stream = (self._steps,)
    return Spec(
      encoder='voices',
      options=dict(self.options),
      fields={
        'voices': Field(
          (self._steps, len(counts)), 'int8', max(counts), transposed='voices'
        ),
        'fermata': Field(stream, 'int8', 2, transposed='fixed'),
        'beat': Field(stream, 'int8', per_quarter, transposed='fixed'),
        'key': Field(stream, 'int8', KEYS, transposed='key'),
        'length': Field((), 'int32', 0, 'count', 'fixed'),
      },
      sizes={
        'steps': self._steps,
        'voices': len(counts),
        'classes': max(counts),
        'first_pitch': len(symbols),
        'padding': padding,
        'steps_per_beat': per_quarter,
        'steps_per_bar': max(round(self._metre.bar * per_quarter), 1),
      },
      quarters=1 / per_quarter,
      tables={'pitches': table.tolist()},
      vocabulary={'symbols': list(symbols), 'classes': counts},
      main=self.main,
    )

  @classmethod
  def from_spec(cls, spec: Spec) -> 'Voices':
    """The encoder that `spec` came from."""
    encoder = cls(**spec.options)
    encoder._steps = spec.sizes['steps']
    return encoder

  def encode(self, piece: Piece) -> Encoded:
    """Windows of one piece, in order; see the class for the fields."""
    try:
      whole = self._whole(piece)
    except Unfit as unfit:
      return self._windows({}, [], {unfit.reason: 1})
    steps = len(whole['voices'])
    if not self.options['steps']:
      if steps > self._steps:
        return self._windows({}, [], {'too long': 1})
      return self._windows(whole, [0], {})
    dropped: dict[str, int] = {}
    kept = []
    stride = self.options['stride'] or self._steps
    count = -(-max(steps - self._steps, 0) // stride) + 1
    active = whole['active'] >= self._layout.first
    for start in range(0, count * stride, stride):
      if start + self._steps > steps and not self.options['partial']:
        reason = 'shorter than a window'
      elif not active[start : start + self._steps].any():
        reason = 'silence'
      else:
        kept.append(start)
        continue
      dropped[reason] = dropped.get(reason, 0) + 1
    return self._windows(whole, kept, dropped)

  def transpositions(self, piece: Piece) -> range:
    """Semitones by which a piece can be moved within the range of every voice.

    351 of the chorales have 2,604 of them altogether. Empty if the piece does
    not fit untransposed.
    """
    lowest, highest = self._layout[:2]
    table = piece.notes
    if len(np.unique(table.part[~table.drum])) != len(lowest):
      return range(0)
    found = cover.transpositions(piece, lowest, highest)
    return found if 0 in found else range(0)

  def cover(self, piece: Piece) -> dict[str, np.ndarray]:
    """Consecutive windows over a user's own piece, the last one padded.

    An encoder of whole pieces accepts any length. A piece with one part is a
    melody: the other voices get rests (or holds, without a rest symbol), for a
    model to fill in. A piece that is too high or too low as a whole is moved
    into range, by octaves if possible.

    Returns:
      The fields, and in addition `bar` [n, T], numbers from 1 (0 for padding),
      and `shift` [n], semitones.

    Raises:
      UserError: another number of parts, overlapping notes in a part, or
        pitches out of range, with the bar; or the piece is so low or high that
        other voices would exceed the range of MIDI.
    """
    lenient = Voices(**self.options | {'metre': '', 'partial': True})
    lenient._steps = self._steps
    lowest, highest = self._layout[:2]
    shift = cover.shift_into(piece, lowest, highest)
    if lowest.min() < shift or highest.max() - shift > 127:
      raise UserError(
        f'{piece.id} is so {"low" if shift > 0 else "high"} that other voices '
        'would exceed the range of MIDI: transpose it by some octaves.'
      )
    moved = cover.moved(cover.with_key(piece), shift)
    try:
      whole = lenient._whole(moved, melody=True)
    except Unfit as unfit:
      bar = cover.bar_at(piece.metres, unfit.quarter)
      raise UserError(
        f'{piece.id} cannot be sung ({unfit.reason}{bar}): give a '
        f'melody or {len(lowest)} parts that each sing one note at a '
        'time, within the ranges of encoder/lowest and encoder/highest.'
      ) from unfit
    steps = len(whole['voices'])
    if not self.options['steps']:
      lenient._steps = -(-steps // _ROUND) * _ROUND
    starts = range(0, steps, max(lenient._steps, 1))
    made = lenient._windows(whole, starts, {}).examples
    shape = made['voices'].shape[:2]
    place = np.arange(math.prod(shape)).reshape(shape)
    music = np.arange(shape[1]) < made['length'][:, None]
    bars = cover.bar_numbers(piece.metres, shape, self.options)
    return {
      **made,
      'bar': np.where(music & (place >= self._layout.padding), bars, 0),
      'shift': np.full(len(made['voices']), shift, np.int32),
    }

  def decode(self, examples: Mapping[str, Any]) -> list[Piece]:
    """A piece for each example, at quarter = 90; the inverse of encode.

    A note lasts until the voice's next class other than hold, or the end of the
    music. The other fields become metadata; see zoo.encoders.voices.lines.

    Args:
      examples: {'voices': [n, T, V] classes}, and any of the other fields.
    """
    voices = np.asarray(examples['voices'])
    count, steps, _ = voices.shape
    lengths = np.asarray(examples.get('length', np.full(count, steps)))
    streams = _marks(examples)
    return [
      self._piece(
        voices[i, : int(lengths[i])],
        {name: stream[i] for name, stream in streams.items()},
        str(i),
      )
      for i in range(count)
    ]

  def complete(self, piece: Piece, examples: Mapping[str, Any]) -> Piece:
    """The user's piece with the voices that a model wrote.

    Voices that are unchanged since `cover` keep their original notes, also off
    the grid; metres, tempos and metadata are kept.
    """
    given, made = self.cover(piece), self.join(examples)
    same = [
      np.array_equal(one, other)
      for one, other in zip(
        np.moveaxis(given['voices'], -1, 0),
        np.moveaxis(np.asarray(examples['voices']), -1, 0),
        strict=True,
      )
    ]
    return cover.merged(piece, made, same)

  def join(self, examples: Mapping[str, Any]) -> Piece:
    """All windows concatenated to one piece; the inverse of `cover`."""
    voices = np.asarray(examples['voices'])
    steps = voices.shape[1]
    lengths = np.asarray(examples.get('length', np.full(len(voices), steps)))
    music = np.arange(steps) < lengths[:, None]
    streams = {k: stream[music] for k, stream in _marks(examples).items()}
    made = self._piece(voices[music], streams, '0')
    shift = np.asarray(examples.get('shift', [0]))[:1]
    return cover.moved(made, -int(shift.sum()))

  def write(self, piece: Piece, stem: str | Path, text: str = '') -> list[Path]:
    """Writes .mid, .musicxml and .wav; see `zoo.music.writing.write`."""
    from zoo.music import writing  # note-seq and music21 take seconds

    return writing.write(piece, stem, text)

  def canonical(self, examples: Mapping[str, Any]) -> np.ndarray:
    """[N, D] int16 rows, equal if the notes are transpositions of each other.

    Pitches are relative to the first of the window; metadata is ignored.
    """
    voices = np.asarray(examples['voices']).astype(np.int16)
    pitched = voices >= self._layout.first
    absolute = voices - self._layout.first + self._layout.lowest
    flat, pitches = (
      array.reshape(len(voices), math.prod(voices.shape[1:]))
      for array in (absolute, pitched)
    )
    first = np.take_along_axis(flat, pitches.argmax(1)[:, None], 1)
    symbols = voices.reshape(flat.shape)
    return np.where(pitches, flat - first + 256, symbols).astype(np.int16)

  def _length(self, piece):
    """Steps from the first bar line to the end of the last note."""
    return round(piece.length * self.options['steps_per_quarter'])

  def _whole(self, piece, melody=False):
    """The streams of a whole piece; raises Unfit, also for other metres."""
    metre = self.options['metre']
    if metre and not all(same_bars(one, self._metre) for one in piece.metres):
      raise Unfit('metre')
    return lay_out(piece, self._layout, melody)

  def _windows(self, whole, starts, dropped):
    made = cut(whole, starts, self._steps, self._layout, self.options['begin'])
    return Encoded(made, dropped)

  def _piece(self, voices, streams, identity):
    return read_piece(voices, streams, self._layout, self._metre, identity)


def _marks(examples):
  """The streams of metadata that are decoded with the voices."""
  names = {'fermata', 'key'} & examples.keys()
  return {name: np.asarray(examples[name]) for name in sorted(names)}
