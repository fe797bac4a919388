"""Gibbs sampling under soft constraints.

In guided sweeps the gradient of an error is added to the logits of the visible
units,

  p(v | h) ~ exp(logits(h) - lambda grad E(v)),

and only a share of the steps is sampled again in each sweep, since all at once
would overshoot. lambda rises to its full strength over the first sweeps. The
paper alternates instead between gradient descent on relaxed visible units and
Gibbs sweeps.

Source: Lattner, Grachten & Widmer 2016, arXiv 1612.04742, for the alternation;
the guided sweeps are not from a paper.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
from jax import lax
import jax.numpy as jnp

from zoo.contracts import Tree
from zoo.layers.dropout import fold
from zoo.layers.gibbs import chains, gibbs
from zoo.layers.threefry import uniform

_WEAKEST = 0.2  # Share of the strength at the first sweep.
_RISE = 0.4  # Share of the sweeps over which it rises.
_DESCENTS, _RATE = 10, 0.5  # Gradient steps of one turn of the alternation.
_COOL = 0.5  # Initial inverse temperature of the alternation.

# Purposes of the random keys of a sample.
_FIRST, _ANNEAL, _SETTLE, _SWEEP = range(4)
_UNITS, _CHOOSE, _ROUND = range(3)

# Grids [B, T, P] -> the error of each [B], and its terms [B, K].
Error = Callable[[jax.Array], tuple[jax.Array, jax.Array]]


class Guide(NamedTuple):
  """How samples are moved toward small errors.

  Attributes:
    strength: lambda.
    share: of the steps that each sweep samples again.
    sweeps: how many.
    alternate: whether to alternate between descent and sweeps.
  """

  strength: float
  share: float
  sweeps: int
  alternate: bool = False


def annealed(
  model: Any, params: Tree, keys: jax.Array, rising: int, sweeps: int
) -> jax.Array:
  """Samples rows [B, 1, D] by annealing from beta 0 to 1.

  Args:
    model: an Energy module of whole examples.
    params: its parameters.
    keys: [B] random keys.
    rising: number of sweeps from beta 0 to 1.
    sweeps: number of sweeps at beta 1 after that.
  """
  biases = biases_of(model, params, len(keys))
  given = {'params': params}
  uniforms = uniform(fold(keys, _FIRST), (1, model.visible))
  rows = model.apply(given, biases, uniforms, method='first')

  def warm(number, rows):
    beta = (number + 1) / max(rising, 1)
    uniforms = uniform(fold(fold(keys, _ANNEAL), number), (1, model.uniforms))
    return model.apply(given, rows, biases, uniforms, beta, method='sweep')

  rows = lax.fori_loop(0, rising, warm, rows)
  return gibbs(chains(model, params, biases), rows, fold(keys, _SETTLE), sweeps)


def guided(
  model: Any,
  params: Tree,
  rows: jax.Array,
  keys: jax.Array,
  error: Error,
  guide: Guide,
) -> tuple[jax.Array, jax.Array]:
  """Rows [B, 1, D] after guided sweeps, and the errors before each of them.

  Args:
    model: an Energy module of grids of steps (C-RBM).
    params: its parameters.
    rows: [B, 1, D] initial state.
    keys: [B] random keys.
    error: of grids [B, T, P], independently for each row.
    guide: see Guide.

  Returns:
    The rows, and the terms of the errors before each sweep, [sweeps, B, K].
  """
  biases = biases_of(model, params, len(keys))

  def call(method, *arguments):
    return model.apply({'params': params}, *arguments, method=method)

  def total(grid):
    each, parts = error(grid)
    return jnp.sum(each), parts

  slope = jax.grad(total, has_aux=True)

  def strength(number):
    done = number / max(guide.sweeps * _RISE, 1)
    return guide.strength * jnp.minimum(_WEAKEST + (1 - _WEAKEST) * done, 1)

  def sweep(rows, number):
    noise = fold(fold(keys, _SWEEP), number)
    uniforms = uniform(fold(noise, _UNITS), (1, model.uniforms))
    above, below = model.split(uniforms)
    hidden = call('hidden_units', rows, biases, above)
    move, parts = slope(model.grid(rows[:, 0]))
    pull = strength(number) * move.reshape(rows.shape)
    logits = call('visible_logits', hidden, biases) - pull
    drawn = model.grid(call('draw', logits, below))
    old = model.grid(rows)
    again = uniform(fold(noise, _CHOOSE), (1, old.shape[-2], 1)) < guide.share
    return jnp.where(again, drawn, old).reshape(rows.shape), parts

  def turn(rows, number):
    noise = fold(fold(keys, _SWEEP), number)
    grid = model.grid(rows[:, 0])
    parts = error(grid)[1]

    def descend(_, grid):
      move, _ = slope(grid)
      most = jnp.max(jnp.abs(move), (1, 2), keepdims=True)
      return jnp.clip(grid - _RATE * move / (most + 1e-9), 0, 1)

    grid = lax.fori_loop(0, _DESCENTS, descend, grid)
    relaxed = _logits(grid, model.one_of).reshape(rows.shape)
    uniforms = uniform(fold(noise, _ROUND), (1, model.uniforms))
    rows = call('draw', relaxed, model.split(uniforms)[1])
    beta = jnp.minimum(_COOL + (1 - _COOL) * number / (guide.sweeps * 0.8), 1)
    uniforms = uniform(fold(noise, _UNITS), (1, model.uniforms))
    return call('sweep', rows, biases, uniforms, beta), parts

  return lax.scan(
    turn if guide.alternate else sweep, rows, jnp.arange(guide.sweeps)
  )


def biases_of(model: Any, params: Tree, count: int) -> Tree:
  """The biases of a constant machine, leaves [count, 1, ...]."""
  past = jnp.zeros((count, 1, model.visible))
  given = {'params': params}
  biases, _ = model.apply(given, past, model.begin(count), method='condition')
  return biases


def _logits(grid, one_of):
  """Logits of relaxed units from 0 to 1."""
  inside = jnp.clip(grid, 1e-3, 1 - 1e-3)
  return jnp.log(inside) if one_of else jnp.log(inside) - jnp.log1p(-inside)
