"""A piece of music as arrays: what every corpus gives and encoder takes.

Times are quarter notes, so that the grid is exact whatever the tempo. A
NoteSequence comes in by `from_sequence` and goes out by `to_sequence`; in
between, numpy is some 50 times faster than walking over a protocol buffer.
"""

from typing import Any, NamedTuple

import numpy as np


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
  """Quarter notes a minute from `start` (quarters) on."""

  start: float
  quarters_per_minute: float


class Notes(NamedTuple):
  """Parallel arrays [N], sorted by start, then pitch.

  Attributes:
    start, end: float64 quarter notes; end > start.
    pitch: int16 MIDI pitch.
    velocity: int16 1..127.
    program: int16 General MIDI program.
    part: int16 which track or voice the note stands in.
    drum: bool.
  """

  start: np.ndarray
  end: np.ndarray
  pitch: np.ndarray
  velocity: np.ndarray
  program: np.ndarray
  part: np.ndarray
  drum: np.ndarray


class Piece(NamedTuple):
  """One piece of a corpus.

  Attributes:
    id: unique in its corpus; splits are drawn by its hash.
    notes: the notes.
    metres: at least one; the first starts at 0.
    tempos: at least one; the first starts at 0.
    metadata: title, key, source, ...: plain JSON values.
  """

  id: str
  notes: Notes
  metres: tuple[Metre, ...] = (Metre(0.0, 4, 4),)
  tempos: tuple[Tempo, ...] = (Tempo(0.0, 120.0),)
  metadata: dict[str, Any] = {}  # noqa: RUF012 never written to
