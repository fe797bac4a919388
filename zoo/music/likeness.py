"""Finds pieces that are the same music up to transposition, at least in part.

Chorale books contain some harmonizations twice, a tone apart or with another
cadence, and some that share a few phrases. If one were in the training set and
the other in the test set, the test would measure memorization.
"""

from collections.abc import Sequence

import numpy as np

from zoo.music.rhythm import Score

PATTERN = 12  # Notes of a pattern: longer than what unrelated pieces share.

# A tenth of a chorale is about one of its phrases: pieces that share more are
# related. Families stay small, with at most six chorales.
KIN = 0.1


def patterns(score: Score, notes: int = PATTERN) -> np.ndarray:
  """Sorted 64-bit hashes of all patterns of a piece, up to transposition.

  A pattern is a sequence of notes: the T of each, and, for all but the first,
  dT and the interval from the previous note. A shorter piece is one pattern.
  """
  notes = min(notes, len(score.pitch))
  # Odd multipliers, constant across processes and versions.
  factors = np.random.RandomState(12345).randint(1, 2**62, (3, notes)) * 2 + 1
  steps = np.diff(score.pitch, prepend=score.pitch[:1])
  columns = (score.after, score.length, steps + 128)
  total = np.zeros(len(steps) - notes + 1, np.uint64)
  for number, (column, row) in enumerate(zip(columns, factors, strict=True)):
    windows = np.lib.stride_tricks.sliding_window_view(column, notes)
    first = 0 if number == 1 else 1  # dT and interval lead to the second note.
    mixed = windows[:, first:].astype(np.uint64) @ row[first:].astype(np.uint64)
    total = (total ^ mixed) * np.uint64(0x9E3779B97F4A7C15)
  return np.unique(total)


def families(found: Sequence[np.ndarray], *, share: float = KIN) -> list[int]:
  """The first piece of the family that each piece belongs to.

  Two pieces are related if they share more than `share` of the patterns of the
  shorter one; the relation is transitive. Time grows with the number of
  patterns: of the pieces that have a pattern, only neighbors are compared.

  Args:
    found: the `patterns` of each piece.
    share: between 0 and 1.
  """
  sizes = np.array([len(one) for one in found], np.int64)
  parent = list(range(len(sizes)))
  if not sizes.sum():
    return parent
  piece = np.repeat(np.arange(len(sizes)), sizes)
  value = np.concatenate(found)
  order = np.lexsort((piece, value))
  value, piece = value[order], piece[order]
  shared = value[1:] == value[:-1]
  links = np.stack([piece[:-1][shared], piece[1:][shared]], 1)
  pairs, counts = np.unique(links, axis=0, return_counts=True)
  kin = counts > share * sizes[pairs].min(axis=1)

  def root(one):
    while parent[one] != one:
      one = parent[one]
    return one

  for one, other in pairs[kin].tolist():
    first, second = sorted((root(one), root(other)))
    parent[second] = first
  return [root(one) for one in range(len(sizes))]
