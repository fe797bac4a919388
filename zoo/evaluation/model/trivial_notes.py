"""Counting models of notes, for comparison: from unigram to n-gram.

All predict dT, then T given dT', then P given both.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # Odd, so the product is invertible.


class Scores(NamedTuple):
  """Of each note: nats [N, 3], and whether the best guess is right [N, 3]."""

  nats: np.ndarray
  right: np.ndarray


def scores(
  train: Mapping[str, Any],
  test: Mapping[str, Any],
  classes: Sequence[int],
  *,
  context: int = 4,
) -> dict[str, Scores]:
  """Scores of the notes of `test` by counts of `train`.

  Args:
    train, test: {'notes': [N, 3], 'piece': [N]}, end tokens included.
    classes: of dT, T and P.
    context: how many notes the longest n-gram reads.

  Returns:
    unigram: no context, so `right` is that of the most common class;
      conditional: T given dT', P given both; ngram_1 ... ngram_<context>: given
      these and as many previous notes. Each mixes its counts with the model
      before it by Witten and Bell's rule (1991), the first with the uniform
      distribution.
  """
  trained, tested = (_columns(one, context) for one in (train, test))
  found: dict[str, list] = {}
  for stream, count in enumerate(classes):
    true = trained[0][:, stream]
    shares = np.full((len(tested[0]), count), 1 / count)
    none, nothing = (np.zeros(len(x[0]), np.uint64) for x in (trained, tested))
    keys: list[tuple[str, Any, Any]] = [('unigram', none, nothing)]
    for seen in range(context + 1):
      name = f'ngram_{seen}' if seen else 'conditional'
      given, asked = (_key(one, seen, stream) for one in (trained, tested))
      keys.append((name, given, asked))
    for name, known, asked in keys:
      # Of dT nothing is given: its conditional model is the unigram.
      if stream or name != 'conditional':
        shares = _witten_bell(known, true, asked, shares)
      right = tested[0][:, stream]
      found.setdefault(name, []).append(
        (
          -np.log(shares[np.arange(len(right)), right]),
          shares.argmax(1) == right,
        )
      )
  return {
    name: Scores(*(np.stack(column, 1) for column in zip(*each, strict=True)))
    for name, each in found.items()
  }


def _columns(arrays, context):
  """Notes [N, 3], and those 1 to `context` places earlier; -1 for none."""
  notes = np.asarray(arrays['notes'], np.int64)
  piece = np.asarray(arrays['piece'])
  columns = [notes]
  for back in range(1, context + 1):
    before = np.full_like(notes, -1)
    same = piece[back:] == piece[:-back]
    before[back:][same] = notes[:-back][same]
    columns.append(before)
  return columns


def _key(columns, seen, stream):
  """[N] uint64 hashes of the previous notes and the known columns."""
  parts = [columns[0][:, :stream], *columns[1 : seen + 1]]
  key = np.zeros(len(columns[0]), np.uint64)
  for column in np.concatenate(parts, 1).T:
    key = (key ^ (column + 2).astype(np.uint64)) * _FACTOR
    key ^= key >> np.uint64(29)
  return key


def _witten_bell(known, true, asked, lower):
  """p(x | key) of every asked key: [N, K], by counts and a lower-order model.

  With counts c(x), their sum n and t the number of different x seen:
  p(x) = (c(x) + t lower(x)) / (n + t).
  """
  keys, place = np.unique(asked, return_inverse=True)
  spot = np.searchsorted(keys, known)
  spot[spot == len(keys)] = 0
  there = keys[spot] == known
  shape = len(keys), lower.shape[1]
  flat = spot[there] * shape[1] + true[there]
  counts = np.bincount(flat, minlength=shape[0] * shape[1]).reshape(shape)
  total = counts.sum(1)[place][:, None]
  kinds = (counts > 0).sum(1)[place][:, None]
  mixed = (counts[place] + kinds * lower) / np.maximum(total + kinds, 1)
  return np.where(total > 0, mixed, lower)
