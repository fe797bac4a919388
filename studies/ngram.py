"""A 5-gram model of token rows with Witten-Bell smoothing.

  p(w | h) = (c(h w) + t(h) p(w | h')) / (c(h) + t(h))

c counts the training set, t(h) is how many different tokens follow h there,
and h' is h without its first token; below the unigram all tokens are equally
likely. Rows are padded with start tokens in front.

Source: Witten & Bell 1991.
"""

import numpy as np


class NGram:
  """Counts of all histories up to `order` - 1 tokens."""

  def __init__(self, rows: np.ndarray, classes: int, order: int = 5):
    """Counts rows [N, T] of tokens 0..classes - 1."""
    self._classes, self._order = classes, order
    base = classes + 1  # One more for the start token.
    if base**order >= 2**63:
      raise ValueError(f'{classes} classes are too many for order {order}.')
    self._grams = []  # by length 1..order: sorted ids, and their counts
    self._histories = []  # by length 0..order - 1: ids, counts, followers
    for length in range(1, order + 1):
      ids, counts = np.unique(self._ids(rows, length), return_counts=True)
      self._grams.append((ids, counts))
      history, place = np.unique(ids // base, return_inverse=True)
      total = np.bincount(place, counts).astype(np.int64)
      self._histories.append((history, total, np.bincount(place)))

  def probability(self, rows: np.ndarray) -> np.ndarray:
    """p of each token given those before it in its row: [N, T]."""
    found = np.full(np.shape(rows), 1 / self._classes)
    for length in range(1, self._order + 1):
      ids = self._ids(rows, length)
      count = _look_up(*self._grams[length - 1], ids)
      history, total, followers = self._histories[length - 1]
      before = ids // (self._classes + 1)
      seen = _look_up(history, total, before)
      kinds = _look_up(history, followers, before)
      smoothed = (count + kinds * found) / np.maximum(seen + kinds, 1)
      found = np.where(seen > 0, smoothed, found)
    return found

  def cost(self, rows: np.ndarray) -> np.ndarray:
    """Nats a step of each row: [N]."""
    return -np.log(self.probability(rows)).mean(1)

  def _ids(self, rows, length):
    """The last `length` tokens up to each position as one number: [N, T]."""
    rows = np.asarray(rows, np.int64)
    padded = np.pad(
      rows, ((0, 0), (length - 1, 0)), constant_values=self._classes
    )
    ids = np.zeros_like(rows)
    for offset in range(length):
      part = padded[:, offset : offset + rows.shape[1]]
      ids = ids * (self._classes + 1) + part
    return ids


def _look_up(ids, values, wanted):
  """values of `wanted` among sorted `ids`, 0 where they are not."""
  place = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
  return np.where(ids[place] == wanted, values[place], 0)
