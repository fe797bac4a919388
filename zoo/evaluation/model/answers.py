"""What a Conditional model answers to each question of a set, one a row."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from zoo.data.batches import take
from zoo.layers import batch_statistics

_EXAMPLES = 256  # At once, of models that read whole examples;
_CELLS = 512  # and of cells, each with its context. No figure depends on them.


class Answers(NamedTuple):
  """R questions, one of each step that counts; S streams.

  Attributes:
    symbols, likeliest: [R, S] the truth, and the most likely answer.
    nats: [R, S] -log p of the truth.
    example, step: [R] where they stand in the set.
  """

  symbols: np.ndarray
  likeliest: np.ndarray
  nats: np.ndarray
  example: np.ndarray
  step: np.ndarray


def ask(model: Any, params: Any, state: Any, arrays: Any) -> Answers:
  """Asks a model everything that a set {field: [N, ...]} answers.

  A model with a context sees it and no more: what training computes together
  may see further, and sampling does not.

  Args:
    model: answers Conditional; see zoo.contracts.
    params, state: what training left.
    arrays: with at least one example.
  """

  @jax.jit
  def one(symbols, given, true):
    (outputs, _), _ = batch_statistics.call(
      model, params, state, False, '__call__', symbols, given, ()
    )
    logs = model.log_prob(outputs, true)
    nats = -jnp.stack([logs[name] for name in model.streams], -1)
    return model.likeliest(outputs, true), nats

  return (_whole if model.context is None else _cells)(model, one, arrays)


def _whole(model, one, arrays):
  """Example by example."""
  count = len(next(iter(arrays.values())))
  read = jax.jit(lambda arrays, rows: model.read(take(arrays, rows)))
  parts = []
  for first in range(0, count, _EXAMPLES):
    # Past the end the last example again, as padding that does not count.
    rows = np.arange(first, first + min(_EXAMPLES, count))
    steps = read(arrays, np.minimum(rows, count - 1))
    likeliest, nats = one(steps.symbols, steps.given, steps.symbols)
    mask = np.asarray(steps.mask) & (rows < count)[:, None]
    example, step = np.nonzero(mask)
    parts.append(
      Answers(
        *_rows(mask, steps.symbols, likeliest, nats), example + first, step
      )
    )
  return Answers(
    *(np.concatenate(column) for column in zip(*parts, strict=True))
  )


def _cells(model, one, arrays):
  """Cell by cell, with so many steps before and after."""
  around = np.arange(2 * model.context + 1)
  count = len(next(iter(arrays.values())))
  steps = jax.tree.map(np.asarray, model.read(take(arrays, np.arange(count))))
  mask = steps.mask[:, model.context : steps.mask.shape[1] - model.context]
  example, step = np.nonzero(mask)
  parts = []
  for first in range(0, len(example), _CELLS):
    rows = np.arange(first, first + _CELLS)
    here = rows < len(example)
    rows = np.minimum(rows, len(example) - 1)
    places = example[rows, None], step[rows, None] + around
    window = jax.tree.map(lambda x, places=places: x[places], steps)
    true = window.symbols[:, model.context, None]
    likeliest, nats = one(window.symbols, window.given, true)
    parts.append(_rows(here[:, None], true, likeliest, nats))
  columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
  return Answers(*columns, example, step)


def _rows(mask, *columns):
  """[R, S] of [B, T] or [B, T, S], where the mask [B, T] is true."""
  return [
    np.asarray(column).reshape(*mask.shape, -1)[mask] for column in columns
  ]
