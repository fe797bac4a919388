"""The notes of many pieces as flat columns, and the sets to compare.

All evaluators of whole pieces read the same sets: generated pieces, training
pieces, held-out pieces, and a baseline without a model.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from zoo.contracts import UserError
from zoo.music.piece import Piece

TICKS = 960  # Per quarter: divides into 64ths, triplets and quintuplets.

_NO_NOTES = (
  'This evaluator compares notes, which the encoder does not write: take the '
  'evaluators of pieces out of evaluate.'
)
_DRUMS_ALONE = (
  'This evaluator compares pitches, and the encoder only writes drums: take '
  'the evaluators of pieces out of evaluate, or use drum_statistics.'
)
_NO_SOUND = (
  'This experiment makes pictures or single sounds, not music for a listening '
  'test: use --mode=sample, which writes them as .png and .wav files.'
)


class NoteRows(NamedTuple):
  """The concatenated notes of pieces; arrays [N], and [pieces + 1] for `first`.

  Within a piece notes are sorted by onset, then pitch. Drums are dropped.

  Attributes:
    onset, length: int64 ticks, TICKS per quarter; a length is at least 1.
    pitch: int64 MIDI pitch.
    piece: int64 index of the note's piece.
    first: int64 row of each piece's first note, and N.
  """

  onset: np.ndarray
  length: np.ndarray
  pitch: np.ndarray
  piece: np.ndarray
  first: np.ndarray

  @property
  def sizes(self) -> np.ndarray:
    """[pieces] how many notes each has."""
    return np.diff(self.first)


def note_rows(pieces: Iterable[Piece]) -> NoteRows:
  """The notes of pieces, on a grid of TICKS per quarter."""
  tables = [piece.notes for piece in pieces]
  counts = [len(table.pitch) for table in tables]

  def column(name, dtype):
    columns = [getattr(table, name) for table in tables]
    return np.concatenate([np.zeros(0, dtype), *columns])

  onset = np.rint(column('start', float) * TICKS).astype(np.int64)
  end = np.rint(column('end', float) * TICKS).astype(np.int64)
  pitch = column('pitch', np.int16).astype(np.int64)
  piece = np.repeat(np.arange(len(tables)), counts)
  kept = ~column('drum', bool)
  # Rounding may give notes the same onset, so they are sorted again.
  order = np.lexsort((end, pitch, onset, piece))
  order = order[kept[order]]
  length = np.maximum(end - onset, 1)
  onset, length, pitch, piece = (
    values[order] for values in (onset, length, pitch, piece)
  )
  first = np.searchsorted(piece, np.arange(len(tables) + 1))
  return NoteRows(onset, length, pitch, piece, first)


def choose(rows: NoteRows, places: np.ndarray) -> NoteRows:
  """The pieces with indices `places` [n], in that order."""
  sizes = rows.sizes[places]
  first = np.concatenate([[0], np.cumsum(sizes)])
  piece = np.repeat(np.arange(len(places)), sizes)
  index = np.arange(first[-1]) - first[piece] + rows.first[places][piece]
  onset, length, pitch = (values[index] for values in rows[:3])
  return NoteRows(onset, length, pitch, piece, first)


def evenly(rows: NoteRows, count: int) -> NoteRows:
  """At most `count` pieces, evenly spaced over the set: the same each run."""
  size = len(rows.sizes)
  if size <= count:
    return rows
  return choose(rows, np.arange(count) * size // count)


def join(sets: Iterable[NoteRows]) -> NoteRows:
  """The pieces of several sets, one set after another."""
  sets = list(sets)
  onset, length, pitch = (
    np.concatenate([one[k] for one in sets]) for k in range(3)
  )
  sizes = np.concatenate([one.sizes for one in sets])
  first = np.concatenate([[0], np.cumsum(sizes)])
  piece = np.repeat(np.arange(len(sizes)), sizes)
  return NoteRows(onset, length, pitch, piece, first)


def shuffled(rows: NoteRows, seed: int) -> NoteRows:
  """The same rhythms with all pitches of the set shuffled."""
  pitch = np.random.default_rng(seed).permutation(rows.pitch)
  # Notes with the same onset stay sorted by pitch.
  order = np.lexsort((pitch, rows.onset, rows.piece))
  return rows._replace(pitch=pitch[order])


class Sets(NamedTuple):
  """The sets that are compared.

  Attributes:
    training: all training pieces.
    others: {'generated', ...: by the model; 'held_out': test pieces, if there
      are any; 'shuffled': as many training pieces with all pitches shuffled,
      the trivial baseline}.
  """

  training: NoteRows
  others: dict[str, NoteRows]


def note_sets(
  encoder: Any,
  generate: Callable[..., dict[str, np.ndarray]],
  splits: Mapping[str, Mapping[str, np.ndarray]],
  count: int,
  samples: Mapping[str, dict] | None,
  seed: int,
  one_a_piece: bool = False,
) -> Sets:
  """Decodes generated, training and test pieces.

  Args:
    encoder: decodes examples to pieces; if it has `groups`, an example is an
      event, and the rows of a piece make one sequence.
    generate: (n, **options of the sampler) -> {field: [n, ...]}.
    splits: {'train', 'test'} -> {field: [N, ...], 'piece': [N]}.
    count: pieces generated, and at most read from the test set.
    samples: {column: options of the sampler that differ from the
      experiment's}; {'generated': {}} when None.
    seed: of the baseline.
    one_a_piece: uses only the middle window of each real piece, since windows
      of one piece are similar.

  Raises:
    UserError: the encoder does not decode to music, or to drums only.
  """
  training, test = (
    note_rows(_pieces(encoder, splits[name], one_a_piece, _NO_NOTES))
    for name in ('train', 'test')
  )
  if len(training.sizes) and not len(training.pitch):
    raise UserError(_DRUMS_ALONE)
  made = {
    column: note_rows(encoder.decode(generate(count, **options)))
    for column, options in (samples or {'generated': {}}).items()
  }
  held_out = evenly(test, count)
  real = {'held_out': held_out} if len(held_out.sizes) else {}
  trivial = shuffled(evenly(training, count), seed)
  return Sets(training, made | real | {'shuffled': trivial})


def real_pieces(
  encoder: Any, arrays: Mapping[str, np.ndarray], one_a_piece: bool = False
) -> list[Piece]:
  """The decoded pieces of a set {field: [N, ...], 'piece': [N]}.

  Args:
    encoder: decodes examples to pieces.
    arrays: the set; windows are pieces.
    one_a_piece: uses only the middle window of each piece.

  Raises:
    UserError: the encoder does not decode to music.
  """
  return _pieces(encoder, arrays, one_a_piece, _NO_SOUND)


def _pieces(encoder, arrays, one_a_piece, otherwise):
  """The pieces of a set; UserError `otherwise` if it is not music."""
  if hasattr(encoder, 'groups'):
    pieces = [
      piece
      for rows in _by_piece(arrays['piece'])
      for piece in encoder.decode(
        {name: values[rows][None] for name, values in arrays.items()}
      )
    ]
  else:
    pieces = encoder.decode(_middle(arrays) if one_a_piece else arrays)
  if pieces and not isinstance(pieces[0], Piece):
    raise UserError(otherwise)
  return pieces


def _middle(arrays):
  """The example in the middle of each piece."""
  rows = [rows[len(rows) // 2] for rows in _by_piece(arrays['piece'])]
  rows = np.array(rows, np.int64)
  return {name: values[rows] for name, values in arrays.items()}


def _by_piece(piece):
  """The rows of each piece, which are contiguous."""
  rows = np.arange(len(piece))
  ends = np.flatnonzero(np.diff(piece)) + 1
  return np.split(rows, ends) if len(rows) else []
