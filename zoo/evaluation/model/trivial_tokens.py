"""Counting models of tokens in bars, for comparison."""

from typing import Any

import numpy as np

from zoo.contracts import HOLD

# Nats per step, or None, and the most likely tokens [N, T].
Counted = tuple[float | None, np.ndarray]


def counted(
  train: np.ndarray, test: np.ndarray, classes: int, bar: int
) -> dict[str, Counted]:
  """Predictions of `test` by counting models of `train`.

  Args:
    train, test: [N, T] tokens.
    classes: K.
    bar: steps per bar.

  Returns:
    hold (always; it has no nats), unigram, markov (given the previous token),
    position (given the step in the bar and the active note). The counts of each
    context are smoothed with the unigram, weighted as one observation.
  """
  contexts: dict[str, Any] = {
    'unigram': lambda tokens: np.zeros(tokens.shape, int),
    'markov': lambda tokens: before(tokens, classes),
    'position': lambda tokens: (
      active_before(tokens, classes) * bar + np.arange(tokens.shape[1]) % bar
    ),
  }
  return {
    'hold': (None, np.full(test.shape, HOLD)),
    **{
      name: _count(context(train), train, context(test), test, classes)
      for name, context in contexts.items()
    },
  }


def before(tokens: np.ndarray, classes: int) -> np.ndarray:
  """The previous token of each of [N, T]; `classes` for the first."""
  return np.pad(tokens[:, :-1], ((0, 0), (1, 0)), constant_values=classes)


def active_before(tokens: np.ndarray, classes: int) -> np.ndarray:
  """The last token before each of [N, T] that is not a hold."""
  earlier = before(tokens, classes)
  place = np.where(earlier != HOLD, np.arange(tokens.shape[1]), 0)
  latest = np.maximum.accumulate(place, axis=1)
  return np.take_along_axis(earlier, latest, 1)


def _count(known, train, asked, test, classes):
  """Nats per step [] and most likely tokens [N, T] of test, given contexts."""
  share = np.bincount(train.ravel(), minlength=classes) + 0.5
  share = share / share.sum()
  size = int(max(known.max(), asked.max())) + 1
  table = np.zeros((size, classes))
  np.add.at(table, (known, train), 1)
  mixed = (table + share) / (table.sum(1, keepdims=True) + 1)
  return -np.log(mixed[asked, test]).mean(), mixed.argmax(1)[asked]
