"""Bars of a melody, each with the previous bar and its chord.

The training data of MidiNet (Yang, Chou and Yang, ISMIR 2017, arXiv
1703.10847): melodies bar by bar on a grid of sixteenths, each bar conditioned
on the previous one and on one of 24 chords. Chords are the piece's chord
symbols (MusicXML's `harmony`, ABC's "Am"), or else the triad of the other parts
in the bar: a chord track, or the lower voices of a chorale.
"""

from collections.abc import Mapping, Sequence
import functools
from pathlib import Path
from typing import Any, Literal

import numpy as np

from zoo import chord_symbols
from zoo.contracts import Encoded, Field, Spec, UserError
from zoo.encoders.melody import Melody
from zoo.encoders.melody_windows import HOLD, REASONS, cut
from zoo.music.piece import ChordSymbol, Piece, highest_part

_BASS = 0.25  # Extra weight of the lowest note as root, as a share of a bar.


class LeadSheet:
  """One bar per example, in steps, with the classes of the encoder `melody`.

  Fields:
    tokens: [T] int8, the bar: 0 is a hold, 1 a note-off, and pitches follow. A
      note held from the previous bar begins again.
    previous: [T] int8, the previous bar; only holds, meaning silence, if there
      is none or it has no melody in range.
    chord: int8, 0..23 for a triad (see zoo.chord_symbols), 24 for none.
    progression: [P] int8, the chords of this bar and those after it; at the
      end of a piece, it continues from the beginning.

  The melody is the part with the highest mean pitch. A bar that also occurs in
  another piece or key is kept: single bars recur in all music.
  """

  main = 'tokens'
  version = 1  # In the cache's key: increment when arrays change.

  def __init__(
    self,
    *,
    steps_per_quarter: int = 4,
    metre: str = '4/4',
    lowest: int = 48,
    highest: int = 88,
    progression: int = 8,
    chords: Literal['any', 'symbols', 'parts'] = 'any',
  ):
    """Builds the encoder.

    Args:
      steps_per_quarter: 4 is a grid of sixteenths.
      metre: bars in other metres are dropped.
      lowest, highest: MIDI pitches; bars with other pitches are dropped.
      progression: P.
      chords: the source of chords: the chord `symbols` of the piece, the other
        `parts`, or `any`: symbols if there are some, else parts.

    Raises:
      UserError: a number out of range.
    """
    if progression < 1:
      raise UserError('encoder/progression must be at least 1.')
    self.options: dict[str, Any] = {
      'steps_per_quarter': steps_per_quarter,
      'metre': metre,
      'lowest': lowest,
      'highest': highest,
      'progression': progression,
      'chords': chords,
    }
    melody = functools.partial(
      Melody,
      bars=1,
      steps_per_quarter=steps_per_quarter,
      metre=metre,
      lowest=lowest,
      highest=highest,
      min_pitches=0,
      parts='highest',
    )
    self._melody = melody(min_notes=1)
    self._lenient = melody(min_notes=0, polyphony='highest', tolerance=0.5)
    self._steps = self._melody._steps

  def fit(self, pieces: Sequence[Piece]) -> 'LeadSheet':
    """Learns nothing: the classes are the same for all music."""
    del pieces
    return self

  @property
  def spec(self) -> Spec:
    """Fields as above; table `pitches`: MIDI pitch of each class, or -1."""
    melody = self._melody.spec
    bar = melody.fields['tokens']._replace(dilated='')
    chord = Field((), 'int8', chord_symbols.CLASSES, transposed='chord')
    return Spec(
      encoder='lead_sheet',
      options=dict(self.options),
      fields={
        'tokens': bar,
        'previous': bar,
        'chord': chord,
        'progression': chord._replace(shape=(self.options['progression'],)),
      },
      sizes=dict(melody.sizes),
      quarters=melody.quarters,
      tables=melody.tables,
      vocabulary={},
      main=self.main,
    )

  @classmethod
  def from_spec(cls, spec: Spec) -> 'LeadSheet':
    """The encoder that `spec` came from."""
    return cls(**spec.options)

  def encode(self, piece: Piece) -> Encoded:
    """The bars of one piece, and why others were dropped."""
    row, begin, reason, tokens = self._bars(self._melody, piece)
    dropped: dict[str, int] = {}
    if row.dropped:
      dropped.update(dict.fromkeys(row.dropped.values(), 1))
    if not row.lines.accepted.all():
      dropped['metre'] = int(row.lines.bars[~row.lines.accepted].sum())
    chord = self._chords(piece, begin)
    for code in np.unique(reason[reason > 0]):
      dropped[REASONS[code]] = int((reason == code).sum())
    unknown = (reason == 0) & (chord < 0)
    if unknown.any():
      dropped['no chord'] = int(unknown.sum())
    valid = (reason == 0) | (reason == REASONS.index('silence'))
    examples = self._examples(
      tokens, np.where(valid[:, None], tokens, 0), chord
    )
    # The previous bar must end where this one begins.
    bar = self._steps / self.options['steps_per_quarter']
    apart = np.abs(np.diff(begin, prepend=-np.inf) - bar) > 1e-6
    examples['previous'][apart] = HOLD
    kept = (reason == 0) & (chord >= 0)
    return Encoded({k: x[kept] for k, x in examples.items()}, dropped)

  def cover(self, piece: Piece) -> dict[str, np.ndarray]:
    """The consecutive bars of a user's own melody, with its chords.

    No bar is dropped: of notes that begin together the highest is kept, and
    onsets off the grid move to the nearest step. A chord progression without a
    melody can be given as chord symbols over rests.

    Returns:
      The fields, one row per bar; a bar without a chord has the previous one.

    Raises:
      UserError: no part in the metre, or a pitch out of range.
    """
    _, begin, reason, tokens = self._bars(self._lenient, piece)
    if not len(tokens):
      raise UserError(
        f'{piece.id} has no melody in {self.options["metre"]}: give music in '
        'that metre.'
      )
    if np.any(reason == REASONS.index('pitch out of range')):
      raise UserError(
        f'{piece.id} has notes outside MIDI pitch {self.options["lowest"]}..'
        f'{self.options["highest"]}: transpose it.'
      )
    chord = self._chords(piece, begin)
    known = np.maximum.accumulate(
      np.where(chord >= 0, np.arange(len(chord)), -1)
    )
    chord = np.where(known >= 0, chord[known], chord_symbols.NO_CHORD)
    return self._examples(tokens, tokens, chord)

  def read_from(self, piece: Piece) -> list[tuple[float, float]]:
    """The stretch of each row of `cover`; see zoo.encoders.coverage."""
    begin = self._bars(self._lenient, piece)[1]
    bar = self._steps / self.options['steps_per_quarter']
    return [(one, one + bar) for one in begin.tolist()]

  def decode(self, examples: Mapping[str, Any]) -> list[Piece]:
    """A piece for each example, at quarter = 120.

    Args:
      examples: {'tokens': [n, k * T]}, for any number k of bars, and optionally
        the chords of the bars: {'progression': [n, k or more]}.
    """
    tokens = np.asarray(examples['tokens'])
    pieces = self._melody.decode({'tokens': tokens})
    bars = tokens.shape[1] // self._steps
    rows = np.asarray(examples.get('progression', np.zeros((len(tokens), 0))))
    return [
      piece._replace(chords=self._symbols(row[:bars]))
      for piece, row in zip(pieces, rows, strict=True)
    ]

  def join(self, examples: Mapping[str, Any]) -> Piece:
    """All bars concatenated to one piece; the inverse of `cover`."""
    tokens = np.asarray(examples['tokens'])
    piece = self._melody.join({'tokens': tokens.reshape(-1, self._steps)})
    rows = np.asarray(examples['progression'])
    bars = tokens.shape[1] // self._steps
    return piece._replace(chords=self._symbols(rows[:, :bars].reshape(-1)))

  def write(self, piece: Piece, stem: str | Path, text: str = '') -> Any:
    """Writes .mid, .musicxml and .wav; see `zoo.music.writing.write`."""
    from zoo.music import writing  # note-seq and music21 take seconds

    return writing.write(piece, stem, text)

  def _bars(self, melody, piece):
    """Row, begin in quarters, reason and tokens of each bar."""
    row = melody._lay_out([piece])
    line, start = melody._windows(row.lines)
    tokens, reason = cut(row, start, self._steps, melody._limits)
    quarters = 1 / self.options['steps_per_quarter']
    begin = row.lines.begin[line] + (start - row.lines.base[line]) * quarters
    return row, begin, reason, tokens

  def _examples(self, tokens, valid, chord):
    """All fields of consecutive bars; a chord of -1 is no chord."""
    chord = np.where(chord < 0, chord_symbols.NO_CHORD, chord)
    reach = np.arange(self.options['progression'])
    rows = (np.arange(len(chord))[:, None] + reach) % max(len(chord), 1)
    before = np.concatenate([np.zeros_like(valid[:1]), valid[:-1]])
    return {
      'tokens': tokens.astype(np.int8),
      'previous': before.astype(np.int8),
      'chord': chord.astype(np.int8),
      'progression': chord[rows].astype(np.int8),
    }

  def _chords(self, piece, begin):
    """[n] the chords of bars, given their starts in quarters; -1 for none."""
    bar = self._steps / self.options['steps_per_quarter']
    source = self.options['chords']
    if piece.chords and source != 'parts':
      return _of_symbols(piece.chords, begin, bar)
    if source == 'symbols':
      return np.full(len(begin), -1)
    return _of_parts(piece, begin, bar)

  def _symbols(self, chords):
    """Chord symbols of bars, wherever the chord changes."""
    bar = self._steps / self.options['steps_per_quarter']
    changes = np.flatnonzero(np.diff(chords, prepend=-1))
    return tuple(
      ChordSymbol(float(place * bar), chord_symbols.name(int(chords[place])))
      for place in changes
    )


def _of_symbols(symbols, begin, bar):
  """The chord that lasts longest in each bar; -1 before the first chord."""
  named = [(one.start, chord_symbols.triad(one.text)) for one in symbols]
  known = [(start, chord) for start, chord in named if chord is not None]
  if not known:
    return np.full(len(begin), -1)
  starts = np.array([start for start, _ in known])
  chords = np.array([chord for _, chord in known])
  ends = np.append(starts[1:], np.inf)
  overlap = np.minimum(ends, begin[:, None] + bar) - np.maximum(
    starts, begin[:, None]
  )
  shares = np.zeros((len(begin), chord_symbols.CLASSES))
  for chord in np.unique(chords):
    shares[:, chord] = np.maximum(overlap[:, chords == chord], 0).sum(1)
  return np.where(shares.any(1), shares.argmax(1), -1)


def _of_parts(piece, begin, bar):
  """The triad that covers the most note time of the other parts in each bar.

  Triads on the lowest note get an extra weight. -1 for silent bars.
  """
  table = piece.notes
  melody = highest_part(piece).notes.part
  other = ~table.drum
  if len(melody):
    other &= table.part != melody[0]
  start, end, pitch = (x[other] for x in (table.start, table.end, table.pitch))
  if not len(start):
    return np.full(len(begin), -1)
  ends = begin[:, None] + bar
  length = np.maximum(
    np.minimum(end, ends) - np.maximum(start, begin[:, None]), 0
  )  # [bars, notes]
  classes = pitch[:, None] % 12 == np.arange(12)
  shares = length @ classes / bar
  lowest = np.where(length > 0, pitch, 128).argmin(1)
  score = shares @ chord_symbols.chroma()[: chord_symbols.TRIADS].T
  roots = np.arange(chord_symbols.TRIADS) % 12
  score += _BASS * (roots == (pitch[lowest] % 12)[:, None])
  return np.where(length.any(1), score.argmax(1), -1)
