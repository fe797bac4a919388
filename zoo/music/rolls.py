"""Piano rolls: the active pitches in each step of a grid, and back to notes."""

from typing import Any, NamedTuple

import numpy as np

from zoo.music.piece import Metre, Notes, Piece, Tempo, notes

PITCHES = 128  # MIDI pitches.

# Fraction of a step by which a note may begin late and still be active in it:
# enough for human timing, and less than for a note between two steps.
_LATE = 0.1


class Roll(NamedTuple):
  """A piece of a corpus that consists of piano rolls, without notes.

  Attributes:
    id: unique in its corpus.
    frames: [T, 128] uint8, 1 where the MIDI pitch of the column is active.
    metadata: plain JSON values; `split` if the corpus has one.
  """

  id: str
  frames: np.ndarray
  metadata: dict[str, Any] = {}  # noqa: RUF012 never written to


def sample(piece: Piece, steps_per_quarter: int) -> np.ndarray:
  """The active pitches at the beginning of each step.

  Notes that begin and end between two steps are dropped, so that a roll of
  quarters keeps the chords on the beats without passing notes. Drums are
  dropped, too.

  Args:
    piece: notes in quarters.
    steps_per_quarter: of the grid.

  Returns:
    [T, 128] uint8; T extends to the end of the last note.
  """
  table = piece.notes
  first, last = (
    np.ceil(times[~table.drum] * steps_per_quarter - _LATE).astype(np.int64)
    for times in (table.start, table.end)
  )
  change = np.zeros((last.max(initial=0) + 1, PITCHES), np.int32)
  pitch = table.pitch[~table.drum]
  np.add.at(change, (first, pitch), 1)
  np.add.at(change, (last, pitch), -1)
  return (np.cumsum(change, axis=0)[:-1] > 0).astype(np.uint8)


def play(
  frames: np.ndarray,
  steps_per_quarter: int,
  legato: bool = True,
  velocity: int = 80,
) -> Notes:
  """Notes of a roll.

  Args:
    frames: [T, 128], above 0 where a pitch is active.
    steps_per_quarter: of the grid.
    legato: whether a pitch that is active in consecutive steps is one note;
      otherwise it begins again in every step.
    velocity: of all notes.
  """
  active = np.asarray(frames) > 0
  if legato:
    edges = np.zeros((len(active) + 2, active.shape[1]), np.int8)
    edges[1:-1] = active
    change = np.diff(edges, axis=0).T
    pitch, start = np.nonzero(change == 1)
    _, end = np.nonzero(change == -1)
  else:
    start, pitch = np.nonzero(active)
    end = start + 1
  return notes(
    start / steps_per_quarter, end / steps_per_quarter, pitch, velocity
  )


def to_piece(
  frames: np.ndarray,
  steps_per_quarter: int,
  metre: Metre,
  id: str = '',
  legato: bool = True,
) -> Piece:
  """A roll [T, 128] as a Piece at quarter = 120; see `play`."""
  return Piece(
    id,
    play(frames, steps_per_quarter, legato),
    (metre,),
    (Tempo(0.0, 120.0),),
  )
