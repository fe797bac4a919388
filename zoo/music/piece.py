"""A piece of music as arrays: from every corpus, for every encoder.

Times are in quarter notes, so that the grid is exact at any tempo.
`zoo.music.sequences` converts from and to a NoteSequence; numpy is about 50
times faster than iterating over a protocol buffer.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

Values = Sequence[float] | np.ndarray | float


class Metre(NamedTuple):
  """A time signature from `start` (quarters) on."""

  start: float
  numerator: int
  denominator: int

  @property
  def bar(self) -> float:
    """Length of a bar in quarter notes."""
    return 4 * self.numerator / self.denominator


class Tempo(NamedTuple):
  """Quarter notes per minute from `start` (quarters) on."""

  start: float
  quarters_per_minute: float


class ChordSymbol(NamedTuple):
  """A chord symbol above the notes, as written.

  Attributes:
    start: quarters, on the timeline of the notes as played.
    text: root, kind and bass in lead-sheet spelling: Am7, C/E, F#dim, N.C.
  """

  start: float
  text: str


class WrittenBar(NamedTuple):
  """One bar as written, before repeats are played.

  Attributes:
    start: quarters from the first written bar, each bar counted once.
    length: quarters.
    left, right: bar lines in ABC's signs: '|', '|:', ':|', '::', '||', '|]';
      '' for none.
    endings: the passes on which it is played; () for all.
    tokens: the text of the bar, split into symbols, for text formats; () for
      all others.
  """

  start: float
  length: float
  left: str = ''
  right: str = '|'
  endings: tuple[int, ...] = ()
  tokens: tuple[str, ...] = ()


class Notes(NamedTuple):
  """Parallel arrays [N], sorted by start, then pitch.

  Attributes:
    start, end: float64 quarter notes; end > start.
    pitch: int16 MIDI pitch.
    velocity: int16 1..127.
    program: int16 General MIDI program.
    part: int16 the track or voice of the note.
    drum: bool.
    spelling: int16 how the pitch is written, 0 if unknown; see
      zoo.music.spelling.
  """

  start: np.ndarray
  end: np.ndarray
  pitch: np.ndarray
  velocity: np.ndarray
  program: np.ndarray
  part: np.ndarray
  drum: np.ndarray
  spelling: np.ndarray


class Piece(NamedTuple):
  """One piece of a corpus.

  Attributes:
    id: unique in its corpus; its hash decides the split.
    notes: the notes.
    metres: at least one; the first starts at 0.
    tempos: at least one; the first starts at 0.
    metadata: title, key, source, ...: plain JSON values.
    chords: chord symbols in order of start; () for none.
    bars: the bars as written, in order; () if the format has none, or its
      reader does not keep them.
  """

  id: str
  notes: Notes
  metres: tuple[Metre, ...] = (Metre(0.0, 4, 4),)
  tempos: tuple[Tempo, ...] = (Tempo(0.0, 120.0),)
  metadata: dict[str, Any] = {}  # noqa: RUF012 never written to
  chords: tuple[ChordSymbol, ...] = ()
  bars: tuple[WrittenBar, ...] = ()

  @property
  def length(self) -> float:
    """Quarters from 0 to the end of the last note; 0 without notes."""
    return float(self.notes.end.max(initial=0.0))


def to_json(piece: Piece) -> dict[str, Any]:
  """A piece without its notes, as JSON values."""
  return {**piece._asdict(), 'notes': None}


def from_json(values: dict[str, Any], notes: Notes) -> Piece:
  """The inverse of `to_json`.

  Raises:
    KeyError, TypeError, ValueError: the values are not those of a piece.
  """
  return Piece(
    values['id'],
    notes,
    tuple(Metre(*metre) for metre in values['metres']),
    tuple(Tempo(*tempo) for tempo in values['tempos']),
    values['metadata'],
    tuple(ChordSymbol(*chord) for chord in values['chords']),
    tuple(
      WrittenBar(start, length, left, right, tuple(endings), tuple(tokens))
      for start, length, left, right, endings, tokens in values['bars']
    ),
  )


def notes(
  start: Values,
  end: Values,
  pitch: Values,
  velocity: Values = 80,
  program: Values = 0,
  part: Values = 0,
  drum: Values = False,
  spelling: Values = 0,
) -> Notes:
  """Notes from arrays in any order; scalars are repeated for every note.

  Notes of zero length are dropped.
  """
  start = np.asarray(start, np.float64)
  end = np.asarray(end, np.float64)
  others = [
    np.asarray(values).astype(dtype)
    for values, dtype in (
      (pitch, np.int16),
      (velocity, np.int16),
      (program, np.int16),
      (part, np.int16),
      (drum, np.bool_),
      (spelling, np.int16),
    )
  ]
  others = [
    column if column.shape else np.full(start.shape, column)
    for column in others
  ]
  if (start[1:] > start[:-1]).all() and (end > start).all():
    return Notes(start.copy(), end.copy(), *others)
  columns = (start, end, *others)
  order = np.lexsort((others[3], end, others[0], start))
  order = order[(end > start)[order]]
  return Notes(*(column[order] for column in columns))


def highest_part(piece: Piece) -> Piece:
  """The piece with only the part of the highest mean pitch, ignoring drums."""
  table = piece.notes
  melodic = ~table.drum
  if not melodic.any():
    return piece
  counts = np.bincount(table.part[melodic])
  sums = np.bincount(table.part[melodic], table.pitch[melodic])
  means = np.where(counts, sums / np.maximum(counts, 1), -1)
  chosen = melodic & (table.part == means.argmax())
  return piece._replace(notes=Notes(*(column[chosen] for column in table)))


def seconds(tempos: Sequence[Tempo], quarters: Values) -> np.ndarray:
  """Quarters to seconds; `tempos` is sorted and the first starts at 0."""
  starts, rates, begin = _tempo_map(tempos)
  quarters = np.asarray(quarters, np.float64)
  place = np.searchsorted(starts, quarters, 'right') - 1
  place = np.maximum(place, 0)
  return begin[place] + (quarters - starts[place]) * 60 / rates[place]


def quarters(tempos: Sequence[Tempo], times: Values) -> np.ndarray:
  """Seconds to quarters, the inverse of `seconds`."""
  times = np.asarray(times, np.float64)
  if len(tempos) == 1:
    return times * tempos[0].quarters_per_minute / 60
  starts, rates, begin = _tempo_map(tempos)
  place = np.maximum(np.searchsorted(begin, times, 'right') - 1, 0)
  return starts[place] + (times - begin[place]) * rates[place] / 60


def _tempo_map(tempos):
  starts = np.array([tempo.start for tempo in tempos], np.float64)
  rates = np.array([tempo.quarters_per_minute for tempo in tempos])
  lengths = np.diff(starts) * 60 / rates[:-1]
  return starts, rates, np.concatenate([[0.0], np.cumsum(lengths)])
