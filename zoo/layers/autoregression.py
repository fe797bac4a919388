"""The loop over time by which Autoregressive models generate.

Each symbol is sampled from the model's prediction, and is then its input for
the next step. Row i depends only on keys[i] and its own known symbols, so that
thousands of rows can be generated in one call.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
from jax import lax
import jax.numpy as jnp

from zoo.contracts import Tree


class Written(NamedTuple):
  """The result of the loop over time.

  Attributes:
    symbols: [B, T, ...], the known ones first; after the end of a piece its end
      token, and zeros from `length` on.
    log_prob: [B, T] at temperature 1, in nats; 0 if nothing was sampled.
    length: [] number of known and generated steps, whether or not pieces ended.
  """

  symbols: jax.Array
  log_prob: jax.Array
  length: jax.Array


def write(
  model: Any,
  params: Tree,
  keys: jax.Array,
  known: jax.Array,
  *,
  steps: int,
  count: Any = None,
  temperature: tuple[float, ...] = (1.0,),
  batch: Tree | None = None,
  allowed: Callable[[jax.Array, jax.Array], jax.Array] | None = None,
) -> Written:
  """Generates symbol by symbol until every piece has ended.

  The model's other inputs at a step are recomputed from all symbols so far;
  this costs nothing if they do not depend on the symbols.

  Args:
    model: an Autoregressive module.
    params: its parameters.
    keys: [B], one random key per row.
    known: [B, K, ...] symbols before those to be sampled; K may be 0.
    steps: maximum number of symbols to sample after the known ones.
    count: [] how many of `known` are used, from the first; None for all K.
    temperature: of each stream; 0 takes the most likely class.
    batch: other inputs of the model; see its `given`.
    allowed: (symbols [B, K + steps, ...], step []) -> bool that broadcasts to
      the logits of the first stream, the classes that may be sampled at that
      step given the symbols before it; None for all.

  Returns:
    Written, with T = K + steps.
  """
  rows, most = known.shape[:2]
  count = jnp.int32(most if count is None else count)
  total = count + steps
  room = [(0, 0), (0, steps)] + [(0, 0)] * (known.ndim - 2)
  symbols = jnp.pad(known.astype(jnp.int32), room)
  variables = {'params': params}
  shape = model.uniforms
  batch = prepare(model, params, batch, rows, most + steps)

  def left(now):
    step, _, _, _, ended = now
    return (step < total) & ~jnp.all(ended)

  def one(now):
    step, symbols, logs, carry, ended = now
    given = at(model.given(symbols, batch), step)
    uniforms = draw_uniforms(keys, step, shape)
    legal = None if allowed is None else allowed(symbols, step)
    drawn, log, memory = model.apply(
      variables,
      carry,
      given,
      uniforms,
      temperature,
      legal,
      method='sample_step',
    )
    here = step < count
    symbol = jnp.where(here, at(symbols, step), drawn)
    # A piece that has ended repeats its end token.
    symbol = jnp.where(_like(ended, symbol), carry[0], symbol)
    log = jnp.where(here | ended, 0, log)
    symbols = lax.dynamic_update_slice_in_dim(symbols, symbol[:, None], step, 1)
    logs = lax.dynamic_update_slice_in_dim(logs, log[:, None], step, 1)
    if hasattr(model, 'ended'):
      ended = ended | (model.ended(symbol) & ~here)
    return step + 1, symbols, logs, (symbol, memory), ended

  first = (
    jnp.int32(0),
    symbols,
    jnp.zeros((rows, most + steps)),
    model.begin(rows),
    jnp.zeros(rows, bool),
  )
  step, symbols, logs, (last, _), _ = lax.while_loop(left, one, first)
  return Written(_filled_up(symbols, last, step, total), logs, total)


def _filled_up(symbols, last, step, total):
  """Symbols [B, T, ...]: `last` [B, ...] from `step`, zeros from `total` on."""
  place = jnp.arange(symbols.shape[1])
  after = jnp.expand_dims(place >= step, (0, *range(2, symbols.ndim)))
  inside = jnp.expand_dims(place < total, (0, *range(2, symbols.ndim)))
  symbols = jnp.where(after, last[:, None], symbols)
  return jnp.where(inside, symbols, 0)


def prepare(
  model: Any, params: Tree, batch: Tree | None, rows: int, steps: int
) -> Tree:
  """The batch, with whatever the model computes from it before the first step.

  Args:
    model: an Autoregressive module.
    params: its parameters.
    batch: inputs of the model other than the symbols; None for none.
    rows, steps: B and T of the symbols.
  """
  if not hasattr(model, 'prepare'):
    return batch or {}
  variables = {'params': params}
  return model.apply(variables, batch or {}, rows, steps, method='prepare')


def predict_each(
  model: Any,
  params: Tree,
  keys: jax.Array,
  symbols: jax.Array,
  *,
  temperature: tuple[float, ...] = (1.0,),
  batch: Tree | None = None,
) -> tuple[jax.Array, jax.Array]:
  """Samples each symbol given all true symbols before it.

  Args:
    model, params, keys, temperature, batch: as in `write`, which would sample
      the same symbols with the same keys and previous symbols.
    symbols: [B, T, ...], the true symbols.

  Returns:
    The sampled symbols [B, T, ...], and their log-probability [B, T] in nats.
  """
  batch = prepare(model, params, batch, *symbols.shape[:2])
  given = model.given(symbols, batch)

  def one(carry, step):
    drawn, log, memory = model.apply(
      {'params': params},
      carry,
      at(given, step),
      draw_uniforms(keys, step, model.uniforms),
      temperature,
      None,
      method='sample_step',
    )
    return (at(symbols, step), memory), (drawn, log)

  carry = model.begin(len(symbols))
  _, (drawn, logs) = lax.scan(one, carry, jnp.arange(symbols.shape[1]))
  return jnp.moveaxis(drawn, 0, 1), logs.T


def draw_uniforms(keys: jax.Array, step: Any, count: int) -> jax.Array:
  """Uniform numbers [B, count] for one step of each row."""

  def one(key):
    return jax.random.uniform(jax.random.fold_in(key, step), (count,))

  return jax.vmap(one)(keys)


def at(tree: Tree, step: Any) -> Tree:
  """Step `step` of a tree of [B, T, ...]: leaves [B, ...]."""
  return jax.tree.map(
    lambda x: lax.dynamic_index_in_dim(x, step, 1, keepdims=False), tree
  )


def _like(flags, array):
  """flags [B], with as many axes as the array."""
  return flags.reshape(-1, *[1] * (array.ndim - 1))
