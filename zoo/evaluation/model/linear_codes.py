"""Principal components of a training set: the best linear code of its size."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from zoo.layers.visible import Visible

# The covariance of more values than this (of those that occur) takes too long.
_MOST = 6000


def principal(
  visible: Visible, values: np.ndarray, batch: int, count: int
) -> tuple[jax.Array, Any]:
  """The mean row of a set, and its first principal axes.

  Args:
    visible: describes the field.
    values: [N, ...] of the field.
    batch: examples at once.
    count: how many axes.

  Returns:
    The mean [D], and the axes [<= count, D], or None if too many values occur.
  """
  total = np.zeros(visible.size)
  for rows in _rows(visible, values, batch):
    total += np.sum(rows, 0, dtype=np.float64)
  mean = total / len(values)
  # Most values of one-hot rows never occur, and are left out of the matrix.
  occurs = np.flatnonzero(total)
  if len(occurs) > _MOST:
    return jnp.asarray(mean, jnp.float32), None
  products: Any = 0.0
  for rows in _rows(visible, values, batch):
    rows = rows[:, occurs] - mean[occurs]
    products = products + rows.T @ rows
  vectors = np.linalg.eigh(products)[1].T[::-1]  # The largest variance first.
  axes = np.zeros((min(count, len(occurs)), visible.size))
  axes[:, occurs] = vectors[:count]
  return jnp.asarray(mean, jnp.float32), jnp.asarray(axes, jnp.float32)


def _rows(visible, values, batch):
  for start in range(0, len(values), batch):
    some = {visible.field: values[start : start + batch]}
    yield np.asarray(visible.read(some))
