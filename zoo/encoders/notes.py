"""Sequences of notes (dT, T, P): BachProp's representation.

An example is one note; the notes of a piece are in order and end with a row of
tags. The same tag precedes the first note, so concatenated pieces need no other
separator: what follows a tag begins a piece.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import numpy as np

from zoo.contracts import Encoded, Field, Spec, UserError
from zoo.music import likeness, rhythm
from zoo.music.piece import Piece
from zoo.music.rhythm import Score

STREAMS = ('after', 'length', 'pitch')  # dT, T and P, the columns of a note.

# Factors by which a rhythm may be stretched; the slides write 1/3 as .33.
FACTORS = tuple(map(Fraction, '1/8 1/4 1/3 1/2 2/3 1 3/2 2 5/2 3 4'.split()))

_ABSENT = -1


class Notes:
  """One row for each note, and one for the end of the piece.

  Fields: `notes` [3] int16, classes of dT, T and P; the last class of each is
  the tag. `room` [2] int16, how many semitones the piece can be moved down and
  up; `factors` int16, bit i set if the piece can be stretched by FACTORS[i].
  Tables `dilate_after` and `dilate_length`, one row per factor: the class that
  each class becomes, -1 for none; `factors`, numerators and denominators.
  """

  main = 'notes'
  version = 2  # In the cache's key: increment when rows or spec change.

  def __init__(
    self,
    *,
    order: Literal['descending', 'ascending'] = 'descending',
    tolerance: float = 0.25,
  ):
    """Builds the encoder; `fit` learns its dictionaries.

    Args:
      order: of notes that begin together, by pitch.
      tolerance: maximum change of an onset or a length by quantization, in
        quarters; pieces that need more are dropped.

    Raises:
      UserError: a negative tolerance.
    """
    if tolerance < 0:
      raise UserError(
        f'encoder/tolerance must be at least 0 quarters, not {tolerance}.'
      )
    self.options: dict[str, Any] = {'order': order, 'tolerance': tolerance}
    # The ticks of each class of dT and T, and the MIDI pitches.
    self.vocabulary: dict[str, list[int]] = {name: [] for name in STREAMS}

  def fit(self, pieces: Sequence[Piece]) -> 'Notes':
    """Learns the times of the pieces, and the range of their pitches."""
    scores = [score for score in map(self._known, pieces) if score]
    fitted = Notes(**self.options)
    if scores:
      after, length, pitch = (
        np.concatenate(column) for column in zip(*scores, strict=True)
      )
      fitted.vocabulary = {
        'after': np.unique(after).tolist(),
        'length': np.unique(length).tolist(),
        'pitch': list(range(int(pitch.min()), int(pitch.max()) + 1)),
      }
    return fitted

  @property
  def spec(self) -> Spec:
    """See the class; sizes `after`, `length` and `pitch` count the tag."""
    tables: dict[str, list] = {
      f'dilate_{name}': _dilations(self.vocabulary[name])
      for name in STREAMS[:2]
    }
    tables['factors'] = [[f.numerator, f.denominator] for f in FACTORS]
    return Spec(
      encoder='notes',
      options=dict(self.options),
      fields={
        'notes': Field(
          (len(STREAMS),), 'int16', transposed='notes', dilated='notes'
        ),
        'room': _about((2,)),
        'factors': _about(()),
      },
      sizes={
        **{name: len(self.vocabulary[name]) + 1 for name in STREAMS},
        'ticks_per_quarter': rhythm.TICKS,
      },
      quarters=0,
      tables=tables,
      vocabulary={name: list(self.vocabulary[name]) for name in STREAMS},
      main=self.main,
    )

  @classmethod
  def from_spec(cls, spec: Spec) -> 'Notes':
    """The encoder that `spec` came from."""
    encoder = cls(**spec.options)
    encoder.vocabulary = {name: spec.vocabulary[name] for name in STREAMS}
    return encoder

  def groups(self, pieces: Sequence[Piece]) -> list[str]:
    """An id for each piece, the same for those that are similar in some key.

    Similar pieces go to the same split; see zoo.music.likeness.
    """
    ids, found = [], []
    for piece in pieces:  # Iterate once: they may be read from disk.
      score = self._known(piece)
      none = np.zeros(0, np.uint64)
      found.append(likeness.patterns(score) if score else none)
      ids.append(piece.id)
    return [ids[first] for first in likeness.families(found)]

  def encode(self, piece: Piece) -> Encoded:
    """The rows of a piece; none if it does not fit the dictionaries."""
    try:
      score = self._score(piece)
      classes = self._classes(score)
    except rhythm.Unscored as reason:
      return Encoded(self._rows(np.zeros((0, 3), np.int64)), {str(reason): 1})
    return Encoded(self._rows(np.concatenate([classes, [self._tag]])), {})

  def cover(self, piece: Piece) -> dict[str, np.ndarray]:
    """The notes of a user's own piece, without the end row.

    Raises:
      UserError: no notes, a rhythm that cannot be quantized, or times or
        pitches that the training pieces do not have.
    """
    try:
      return self._rows(self._classes(self._score(piece)))
    except rhythm.Unscored as reason:
      raise UserError(
        f'{piece.id} cannot be read as notes of this run ({reason}): '
        'give another file.'
      ) from None

  def read_from(self, piece: Piece) -> list[tuple[float, float]]:
    """Everything from the first note; see zoo.encoders.coverage."""
    table = piece.notes
    return [(float(table.start[~table.drum].min(initial=np.inf)), np.inf)]

  def decode(self, examples: Mapping[str, Any]) -> list[Piece]:
    """A piece for each sequence, up to its first tag, at quarter = 120.

    Args:
      examples: {'notes': [n, T, 3]}.
    """
    return [
      self._piece(rows, str(index))
      for index, rows in enumerate(np.asarray(examples['notes']))
    ]

  def join(self, examples: Mapping[str, Any]) -> Piece:
    """The piece of notes [T, 3], or of concatenated sequences [n, T, 3]."""
    rows = np.asarray(examples['notes']).reshape(-1, len(STREAMS))
    return self._piece(rows[~(rows == self._tag).any(1)], '0')

  def write(self, piece: Piece, stem: str | Path, text: str = '') -> list[Path]:
    """Writes .mid, .musicxml and .wav; see `zoo.music.writing.write`."""
    from zoo.music import writing  # note-seq and music21 take seconds

    return writing.write(piece, stem, text)

  @property
  def _tag(self):
    return np.array([len(self.vocabulary[name]) for name in STREAMS])

  def _score(self, piece):
    return rhythm.score_of(
      piece,
      tolerance=self.options['tolerance'],
      descending=self.options['order'] == 'descending',
    )

  def _known(self, piece):
    """The score of a piece; None if it has none."""
    try:
      return self._score(piece)
    except rhythm.Unscored:
      return None

  def _classes(self, score):
    """Classes [k, 3]; raises Unscored if a dictionary lacks a value."""
    columns = []
    for name, values in score._asdict().items():
      words = np.asarray(self.vocabulary[name], np.int64)
      place = np.searchsorted(words, values)
      known = place < len(words)
      known[known] = words[place[known]] == values[known]
      if not known.all():
        what = {'after': 'dT', 'length': 'T', 'pitch': 'P'}[name]
        raise rhythm.Unscored(f'a {what} that no training piece has')
      columns.append(place)
    return np.stack(columns, 1)

  def _rows(self, classes):
    """The fields of rows [k, 3] of one piece."""
    rows = classes[(classes != self._tag).all(1)]
    count = len(classes)
    room, factors = np.zeros(2, np.int64), 0
    if len(rows):
      pitch = rows[:, 2]
      room[:] = pitch.min(), len(self.vocabulary['pitch']) - 1 - pitch.max()
      legal = np.ones(len(FACTORS), bool)
      for column, name in enumerate(STREAMS[:2]):
        table = np.array(_dilations(self.vocabulary[name]))
        legal &= (table[:, np.unique(rows[:, column])] != _ABSENT).all(1)
      factors = int(np.sum(legal << np.arange(len(FACTORS))))
    return {
      'notes': classes.astype(np.int16),
      'room': np.tile(room.astype(np.int16), (count, 1)),
      'factors': np.full(count, factors, np.int16),
    }

  def _piece(self, rows, identity):
    ends = np.flatnonzero((rows == self._tag).any(1))
    rows = rows[: ends[0]] if len(ends) else rows
    values = [
      np.asarray(self.vocabulary[name], np.int64)[rows[:, column]]
      for column, name in enumerate(STREAMS)
    ]
    return rhythm.piece_of(Score(*values), identity)


def _dilations(words):
  """[factor][class]: the class of the stretched time, or -1; the tag's own."""
  places = {Fraction(ticks): place for place, ticks in enumerate(words)}
  return [
    [*(places.get(ticks * factor, _ABSENT) for ticks in words), len(words)]
    for factor in FACTORS
  ]


def _about(shape):
  """A field with the possible moves of the notes, updated by moving them."""
  return Field(shape, 'int16', 0, 'count', 'notes', 'notes')
