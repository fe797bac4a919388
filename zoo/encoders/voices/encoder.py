"""Voices side by side on a grid, with hold: chorales as DeepBach has them.

Each voice has classes of its own: hold, the symbols that the options ask for,
then one for each pitch of its range (Hadjeres, Pachet and Nielsen, ICML 2017,
arXiv 1612.01010). Beside the notes stand streams of metadata: fermatas, the
subdivision of the beat, and the key signature.
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

# A user's whole piece is filled up to a multiple: few lengths, few programs.
_ROUND = 64


class Voices:
  """Windows, or whole pieces, of parts that each sing one note at a time.

  Fields:
    voices: [T, V] int8 classes, the first part (soprano) first. 0 holds; then
      come rest, start and end, those of them that the options ask for; then
      the pitches of the voice's range, ascending.
    fermata: [T] int8, 1 while a note under a fermata sounds.
    beat: [T] int8, the step's place in its quarter, 0 to steps_per_quarter-1.
    key: [T] int8, sharps of the key signature + 7 (flats are negative).
    length: int32, the steps before the end: start symbols and music.

  Onsets lie on the nearest step; of two that share one, the last stays. Bars
  are counted from the piece's first bar line.
  """

  main = 'voices'
  version = 2  # Part of the cache's key: count up when classes change.

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
      stride: steps from one window to the next; 0 puts them end to end.
      padding: steps of the symbol start before a piece, and of the symbol end
        after it; 0 does without these symbols. DeepBach takes 16.
      steps_per_quarter: of the grid; 4 is a grid of sixteenths.
      lowest, highest: MIDI pitch of each voice; V is how many there are.
        Given are the chorales' own ranges.
      rests: false takes a rest for a hold, as MiniBach does.
      partial: keeps windows that the end of a piece cuts short, filled up with
        the symbol end (or else rest, or else hold).
      begin: what a note becomes that is held where a window begins: struck
        anew, or a hold.
      metre: pieces in other metres are left out; '' takes them all.

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
    """Makes whole pieces as long as the longest that is encoded."""
    measured = Voices(**self.options)
    if not measured._steps:
      lengths = [self._length(piece) for piece in pieces]
      kept = [length for length in lengths if length <= MOST_STEPS]
      measured._steps = max(kept, default=0) + 2 * self.options['padding']
    return measured

  @property
  def spec(self) -> Spec:
    """Fields as above.

    Table `pitches` [V, K]: MIDI pitch of each class, -1 for symbols and where
    a voice has fewer classes than K. Vocabulary: `symbols`, names of the first
    classes; `classes`, how many each voice has.
    """
    lowest, highest, symbols, per_quarter, padding = self._layout
    counts = (len(symbols) + highest - lowest + 1).tolist()
    # Of each voice its range, behind the symbols.
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
    sounds = whole['sounding'] >= self._layout.first
    for start in range(0, count * stride, stride):
      if start + self._steps > steps and not self.options['partial']:
        reason = 'shorter than a window'
      elif not sounds[start : start + self._steps].any():
        reason = 'silence'
      else:
        kept.append(start)
        continue
      dropped[reason] = dropped.get(reason, 0) + 1
    return self._windows(whole, kept, dropped)

  def transpositions(self, piece: Piece) -> range:
    """Semitones by which a piece can move and stay inside every range.

    351 of the chorales have 2,604 of them in all. Empty where the piece does
    not fit as it is.
    """
    lowest, highest = self._layout[:2]
    table = piece.notes
    if len(np.unique(table.part[~table.drum])) != len(lowest):
      return range(0)
    found = cover.transpositions(piece, lowest, highest)
    return found if 0 in found else range(0)

  def cover(self, piece: Piece) -> dict[str, np.ndarray]:
    """Windows end to end over a user's own piece, the last one filled up.

    An encoder of whole pieces takes one of any length. A piece with one part
    is a melody: the other voices get rests (holds, where the encoder has no
    rests), for a model to fill in. A piece that lies too high or too low as a
    whole is moved into range, by octaves if that will do.

    Returns:
      the fields, and beside them `bar` [n, T], numbers that count from 1 (0
      where there is no music), and `shift` [n], semitones.

    Raises:
      UserError: another number of parts, notes together in one of them, or
        more than its range in a part; it says in which bar. Or it lies so low
        or high that other voices would leave what MIDI can write.
    """
    lenient = Voices(**self.options | {'metre': '', 'partial': True})
    lenient._steps = self._steps
    lowest, highest = self._layout[:2]
    shift = cover.shift_into(piece, lowest, highest)
    if lowest.min() < shift or highest.max() - shift > 127:
      raise UserError(
        f'{piece.id} lies so {"low" if shift > 0 else "high"} that some of the '
        'notes beside it could not be written: transpose it by some octaves.'
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

    A note lasts until the voice's next class that is no hold, or the end of
    the music. Whatever else the fields hold goes into the metadata, as
    zoo.encoders.voices.lines has it.

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
    """The user's piece with what a model wrote into its windows.

    Voices that came back as `cover` gave them keep their notes as they are,
    off the grid too; metres, tempos and metadata stay.
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
    """One piece of all windows end to end; the inverse of `cover`."""
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
    """[N, D] int16 rows, equal where the notes are transpositions of others.

    Pitches are counted from the first of the window; the metadata is no part
    of it.
    """
    voices = np.asarray(examples['voices']).astype(np.int16)
    pitched = voices >= self._layout.first
    absolute = voices - self._layout.first + self._layout.lowest
    flat, sounds = (
      array.reshape(len(voices), math.prod(voices.shape[1:]))
      for array in (absolute, pitched)
    )
    first = np.take_along_axis(flat, sounds.argmax(1)[:, None], 1)
    symbols = voices.reshape(flat.shape)
    return np.where(sounds, flat - first + 256, symbols).astype(np.int16)

  def _length(self, piece):
    """Steps from the first bar line to the last note's end."""
    return round(piece.length * self.options['steps_per_quarter'])

  def _whole(self, piece, melody=False):
    """The streams of a whole piece in a metre that is taken; raises Unfit."""
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
  """The streams of metadata that a piece is given back."""
  names = {'fermata', 'key'} & examples.keys()
  return {name: np.asarray(examples[name]) for name in sorted(names)}
