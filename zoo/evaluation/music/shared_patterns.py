"""Patterns of notes that occur more than once, and their lengths.

A pattern of n notes does not depend on what precedes it. It consists of the
length of its first note (and the pitch, if the key counts) and, for each later
note, the time since the previous note, its length, and its pitch or its
interval from the previous note.

All patterns of all pieces are sorted by doubling (Manber and Myers, SIAM
Journal on Computing 22 (1993)), so that the patterns that share most are
adjacent. A million notes take seconds, no pair of pieces is compared, and no
hash is used: patterns are equal if all their numbers are.
"""

import numpy as np

from zoo.evaluation.music.note_rows import NoteRows


class SortedPatterns:
  """The patterns that begin at each of N notes, in order."""

  def __init__(
    self, rows: NoteRows, *, in_any_key: bool, limit: int | None = None
  ):
    """Sorts the patterns.

    Args:
      rows: the notes of all pieces.
      in_any_key: whether a transposed pattern is the same.
      limit: the longest pattern that is distinguished, which saves time; None
        for whole pieces.
    """
    self.rows = rows
    self.limit = limit
    count = len(rows.pitch)
    # Each piece ends with a unique symbol, so no shared pattern extends
    # beyond a piece.
    self._place = np.arange(count) + rows.piece
    pieces = len(rows.sizes)
    symbols = np.empty(count + pieces, np.int64)
    symbols[self._place] = pieces + _following(rows, in_any_key)
    symbols[rows.first[1:] + np.arange(pieces)] = np.arange(pieces)
    # ranks[k][i] is the rank of the 2**k symbols from i on.
    self._ranks = [_dense(symbols)]
    width = 1
    while self._ranks[-1].max(initial=0) < len(symbols) - 1 and (
      limit is None or width < limit
    ):
      later = np.zeros(len(symbols), np.int64)
      later[:-width] = self._ranks[-1][width:] + 1
      both = self._ranks[-1] * (len(symbols) + 1) + later
      self._ranks.append(_dense(both))
      width *= 2
    self._head = _dense(_pack(rows.length, 0 if in_any_key else rows.pitch))
    tail = self._ranks[-1][self._place + 1]
    self.order = np.argsort(self._head * len(symbols) + tail, kind='stable')

  def longest_in(self, source: np.ndarray) -> np.ndarray:
    """The longest pattern from each note that occurs in a source piece.

    Args:
      source: [pieces] bool.

    Returns:
      [N] int64 notes; 0 for the notes of the source pieces themselves.
    """
    known = source[self.rows.piece][self.order]
    asked = np.flatnonzero(~known)
    place = np.arange(len(known))
    before = np.maximum.accumulate(np.where(known, place, -1))
    after = np.where(known, place, len(known))[::-1]
    after = np.minimum.accumulate(after)[::-1]
    return self._longest(asked, before[asked], after[asked])

  def longest_elsewhere(self) -> np.ndarray:
    """The longest pattern from each note that occurs in another piece.

    Returns:
      [N] int64 notes.
    """
    piece = self.rows.piece[self.order]
    place = np.arange(len(piece))
    new = np.diff(piece, prepend=-1) != 0
    before = np.maximum.accumulate(np.where(new, place, 0)) - 1
    last = np.append(new[1:], True)
    after = np.where(last, place, len(piece))[::-1]
    after = np.minimum.accumulate(after)[::-1] + 1
    return self._longest(place, before, after)

  def names(self, size: int) -> np.ndarray:
    """An identifier of the pattern of `size` notes from each note.

    Args:
      size: notes; at most `limit`.

    Returns:
      [N] int64, equal for equal patterns; -1 if the piece ends too early.
    """
    shared = self._shared(self.order[:-1], self.order[1:])
    number = np.concatenate([[0], np.cumsum(shared < size)])
    names = np.empty(len(self.order), np.int64)
    names[self.order] = number[: len(self.order)]
    return np.where(left(self.rows) >= size, names, -1)

  def _longest(self, asked, before, after):
    """[N] notes shared with the better of two sorted neighbours, or 0."""
    found = np.zeros(len(self.order), np.int64)
    note = self.order[asked]
    for beside in (before, after):
      there = (beside >= 0) & (beside < len(self.order))
      mine = note[there]
      shared = self._shared(mine, self.order[beside[there]])
      found[mine] = np.maximum(found[mine], shared)
    return found

  def _shared(self, one, other):
    """Notes that the patterns from two notes share, arrays [n]."""
    here, there = self._place[one] + 1, self._place[other] + 1
    begin = here
    for level in reversed(range(len(self._ranks))):
      rank = self._ranks[level]
      equal = rank[here] == rank[there]
      here = here + (equal << level)
      there = there + (equal << level)
    shared = np.where(self._head[one] == self._head[other], here - begin + 1, 0)
    return shared if self.limit is None else np.minimum(shared, self.limit)


def left(rows: NoteRows) -> np.ndarray:
  """[N] notes from each note to the end of its piece, inclusive."""
  return rows.first[1:][rows.piece] - np.arange(len(rows.piece))


def _following(rows, in_any_key):
  """[N] int64 of each note: equal for equal steps from the previous note."""
  after = np.diff(rows.onset, prepend=0)
  pitch = np.diff(rows.pitch, prepend=0) if in_any_key else rows.pitch
  # The value of the first note of a piece is not used.
  return _dense(_pack(_pack(after, rows.length), pitch))


def _pack(numbers, others):
  """One int64 per pair, equal for equal pairs."""
  others = np.asarray(others)
  low = others.min(initial=0)
  return _dense(numbers) * (others.max(initial=0) - low + 1) + (others - low)


def _dense(values):
  """[N] int64, the rank of each value among the distinct ones."""
  return np.unique(values, return_inverse=True)[1].reshape(-1).astype(np.int64)
