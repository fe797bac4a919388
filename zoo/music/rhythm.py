"""Pieces as rows of notes (dT, T, P), with quantized rhythm.

The tracks of a piece are merged and drums dropped. Each note has an onset
interval from the previous note (dT), a duration (T) and a MIDI pitch (P). Times
are in ticks, 48 per quarter note, so that sixteenths and twelfths of a quarter
are integers.

Source: Colombo, Brea & Gerstner, BachProp, arXiv 1812.06669, and its release:
dT and T are rounded to the nearest of {d + m/16, d + m/12} beats, d = 0..63.
"""

from typing import NamedTuple

import numpy as np

from zoo.music.piece import Notes, Piece, notes

TICKS = 48  # Per quarter note.
SHORTEST = 3  # Ticks of the shortest note: a 16th of a quarter.
BEATS = 64  # Quarters: all times of the vocabulary are shorter.

_STEPS = np.union1d(np.arange(0, TICKS, 3), np.arange(0, TICKS, 4))
_EDGES = np.append(_STEPS, TICKS)
_MIDDLES = (_EDGES[1:] + _EDGES[:-1]) / 2
_LONGEST = (BEATS - 1) * TICKS + _STEPS[-1]


class Score(NamedTuple):
  """Parallel int64 arrays [N], one entry per note.

  Attributes:
    after: dT, ticks from the onset of the previous note; 0 for the first.
    length: T, ticks.
    pitch: P, MIDI.
  """

  after: np.ndarray
  length: np.ndarray
  pitch: np.ndarray


class Unscored(ValueError):
  """A piece has no score; the message is the reason for dropping it."""


def snap(quarters: np.ndarray) -> np.ndarray:
  """Rounds times to the nearest of the form d + m/16 or d + m/12 quarters.

  Ties are rounded down.

  Args:
    quarters: times, 0 or more.

  Returns:
    int64 ticks, of the same shape.

  Raises:
    Unscored: a time beyond the vocabulary.
  """
  ticks = np.asarray(quarters, np.float64) * TICKS
  if ticks.size and ticks.max() > _LONGEST + SHORTEST:
    raise Unscored(f'a time of more than {BEATS} quarters')
  whole = np.floor(ticks / TICKS)
  place = np.searchsorted(_MIDDLES, ticks - whole * TICKS)
  snapped = whole.astype(np.int64) * TICKS + _EDGES[place]
  return np.minimum(snapped, _LONGEST)


def score_of(
  piece: Piece, *, tolerance: float, descending: bool = True
) -> Score:
  """The score of a piece: merged, without duplicates, with quantized rhythm.

  Every interval between two onsets is rounded, so small errors accumulate in a
  piece that is not on a grid, such as a recorded performance. Of notes that
  then have the same onset and pitch, the longest is kept.

  Args:
    piece: any number of parts.
    tolerance: quarters by which an onset or a duration may move.
    descending: notes with the same onset are sorted from the highest down;
      otherwise from the lowest up.

  Raises:
    Unscored: no notes, a time beyond the vocabulary, or one that moves by
      more than the tolerance.
  """
  table = piece.notes
  pitched = ~table.drum
  if not pitched.any():
    raise Unscored('no notes')
  start, pitch = table.start[pitched], table.pitch[pitched].astype(np.int64)
  duration = table.end[pitched] - start
  times, place = np.unique(start, return_inverse=True)
  onsets = np.concatenate([[0], np.cumsum(snap(np.diff(times)))])
  length = np.maximum(snap(duration), SHORTEST)
  moved = np.abs(onsets / TICKS - (times - times[0])).max()
  stretched = np.abs(length / TICKS - duration).max()
  if max(moved, stretched) > tolerance:
    raise Unscored(f'a rhythm more than {tolerance:g} quarters off')

  onset = onsets[place]
  order = np.lexsort((-length, -pitch if descending else pitch, onset))
  onset, length, pitch = onset[order], length[order], pitch[order]
  fresh = np.ones(len(onset), bool)
  fresh[1:] = (onset[1:] != onset[:-1]) | (pitch[1:] != pitch[:-1])
  onset = onset[fresh]
  after = np.diff(onset, prepend=onset[0])
  return Score(after, length[fresh], pitch[fresh])


def piece_of(score: Score, identity: str = '') -> Piece:
  """The score as a Piece with one part at quarter = 120; undoes `score_of`."""
  return Piece(identity, notes_of(score))


def notes_of(score: Score) -> Notes:
  """The notes of a score, in quarters from its first onset."""
  start = np.cumsum(score.after)
  return notes(
    start / TICKS, (start + score.length) / TICKS, np.asarray(score.pitch)
  )
