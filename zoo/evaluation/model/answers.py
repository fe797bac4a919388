"""The predictions of a Conditional model for every step of a set."""

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from zoo.data.batches import take
from zoo.layers import batch_statistics

# Batch sizes, which do not affect the results: of examples, for models that
# read whole examples; and of steps, each with its context.
_EXAMPLES = 256
_CELLS = 512


class Answers(NamedTuple):
  """Predictions of R steps, all those that the mask keeps; S streams.

  Attributes:
    symbols, likeliest: [R, S] the truth, and the most likely answer.
    nats: [R, S] -log p of the truth.
    example, step: [R] the index of the example, and of the step in it.
  """

  symbols: np.ndarray
  likeliest: np.ndarray
  nats: np.ndarray
  example: np.ndarray
  step: np.ndarray


def ask(model: Any, params: Any, state: Any, arrays: Any) -> Answers:
  """Predicts every step of a set {field: [N, ...]}.

  A model with a context sees only that many steps, as in sampling; in training
  it may see further, where many steps are computed together.

  Args:
    model: answers Conditional; see zoo.questions.
    params, state: of the trained model.
    arrays: with at least one example.
  """

  @jax.jit
  def answer(params, state, symbols, given, true):
    (outputs, _), _ = batch_statistics.call(
      model, params, state, False, '__call__', symbols, given, ()
    )
    logs = model.log_prob(outputs, true)
    nats = -jnp.stack([logs[name] for name in model.streams], -1)
    return model.likeliest(outputs, true), nats

  one = functools.partial(answer, params, state)
  return (_whole if model.context is None else _cells)(model, one, arrays)


def _whole(model, one, arrays):
  """Example by example."""
  count = len(next(iter(arrays.values())))
  read = jax.jit(lambda arrays, rows: model.read(take(arrays, rows)))
  parts = []
  for first in range(0, count, _EXAMPLES):
    # The last batch is padded with the last example, which is masked.
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
  """Step by step, each with its context before and after."""
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
