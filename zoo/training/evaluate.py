"""The exact mean of a loss's metrics over a whole set.

Keys are folded by the row of the set, and the padding rows of the last batch
are dropped, so the result does not depend on the batch size.
"""

from collections.abc import Callable
from typing import Any

import jax
from jax import lax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Loss, Tree
from zoo.data.batches import take
from zoo.training.stages import as_data, stage_key

_EVALUATION = 2**32 - 3  # Not the number of any stage.


def evaluate(
  loss: Loss, params: Tree, state: Tree, arrays: Tree, *, seed: int, batch: int
) -> dict[str, float]:
  """The mean of each metric over the set.

  Args:
    loss: the loss; it is called with train=False and a fresh example state.
    params: the parameters.
    state: the state; its shared part is read.
    arrays: the set, {field: [N, ...]}.
    seed: an experiment's seed.
    batch: how many examples are computed together; the result does not
      depend on it.
  """
  return evaluator(loss, arrays, seed=seed, batch=batch)(params, state)


def evaluator(
  loss: Loss, arrays: Tree, *, seed: int, batch: int, rows: Any = None
) -> Callable[[Tree, Tree], dict[str, float]]:
  """(params, state) -> {metric: mean}; compiled once for many calls."""
  metrics = per_example(loss, arrays, seed=seed, batch=batch, rows=rows)

  def means(params, state):
    # Summed in double precision in the set's order, for any batch size.
    return {
      name: float(np.mean(values, dtype=np.float64))
      for name, values in metrics(params, state).items()
    }

  return means


def per_example(
  loss: Loss, arrays: Tree, *, seed: int, batch: int, rows: Any = None
) -> Callable[[Tree, Tree], dict[str, Any]]:
  """(params, state) -> {metric: [N]}; the arguments are those of evaluate.

  With `rows` [N, T], such as those of zoo.data.batches.whole_pieces, an example
  consists of the rows of the set with these indices, -1 for none. The batch
  then holds `there` [B, T], false for none.
  """
  count = len(jax.tree.leaves(arrays)[0] if rows is None else rows)
  batch = min(batch, count)
  data = jax.tree.map(jnp.asarray, arrays)
  parts = None if rows is None else jnp.asarray(rows)
  filled = np.arange(-(-count // batch) * batch) % count
  index = jnp.asarray(filled.reshape(-1, batch), jnp.int32)

  def examples_of(data, rows):
    if parts is None:
      return take(data, rows)
    there = parts[rows] >= 0
    return {**take(data, jnp.maximum(parts[rows], 0)), 'there': there}

  @jax.jit
  def all_batches(params, shared, data, seed):
    key = stage_key(seed, _EVALUATION)

    def one(rows):
      examples = {**examples_of(data, rows), 'start': jnp.ones(batch, bool)}
      keys = jax.vmap(lambda row: jax.random.fold_in(key, row))(rows)
      state = {'shared': shared, 'example': loss.begin(examples)}
      _, (_, metrics) = loss.loss(params, state, examples, keys, False)
      return metrics

    return lax.map(one, index)

  def metrics(params, state):
    found = all_batches(params, state['shared'], data, as_data(seed))
    return {
      name: np.asarray(values).reshape(-1)[:count]
      for name, values in found.items()
    }

  return metrics
