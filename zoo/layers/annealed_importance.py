"""log Z of Energy models by annealed importance sampling.

Chains go from beta 0, where the visible units are independent and Z is known,
to beta 1, the machine itself; after k of K temperatures beta is k / K, and

  log w = sum_k F_{k-1}(v_{k-1}) - F_k(v_{k-1}),   v_k a sweep from v_{k-1}
  log Z = log Z_0 + log mean w

w is unbiased but its logarithm is not: with too few temperatures log Z is
underestimated, which overestimates the likelihood. Chains from the machine's
own samples down to beta 0 give 1 / w instead, and overestimate log Z: if the
two agree, both are accurate. Here the reverse chains start from the final
states of the forward chains, resampled by their weights and after further
sweeps; these are only approximate samples, so the upper bound is an estimate,
too.

Source: Neal 2001; Salakhutdinov & Murray, ICML 2008; from both sides: Grosse,
Ghahramani & Adams 2015, arXiv 1511.02543.
"""

from typing import Any, NamedTuple

import jax
from jax import lax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Tree
from zoo.layers.dropout import fold
from zoo.layers.gibbs import chains as chains_of
from zoo.layers.gibbs import gibbs
from zoo.layers.threefry import uniform

# Purposes of the random keys.
_FIRST, _UP, _CHOOSE, _SETTLE, _DOWN = range(5)


class Estimate(NamedTuple):
  """The result of annealing for some machines.

  Attributes:
    log_z: [B], in nats; tends to be too small.
    rows: [B, C, D] the final states of the chains, resampled by their weights:
      approximate samples of the machine.
  """

  log_z: jax.Array
  rows: jax.Array


def estimate(
  model: Any,
  params: Tree,
  biases: Tree,
  keys: jax.Array,
  *,
  chains: int,
  temperatures: int,
) -> Estimate:
  """Estimates log Z of one machine for each key, from beta 0 to 1.

  Args:
    model: an Energy module.
    params: its parameters.
    biases: leaves [B, ...], one machine each.
    keys: [B] random keys.
    chains: C, of each machine.
    temperatures: K.
  """
  biases = _lifted(biases)
  first_log_z = _base(model, params, biases)
  uniforms = uniform(fold(keys, _FIRST), (chains, model.visible))
  rows = model.apply({'params': params}, biases, uniforms, method='first')
  rows, weights = _walk(
    model, params, biases, rows, fold(keys, _UP), temperatures
  )
  mean = jax.nn.logsumexp(weights, -1) - np.log(chains)
  return Estimate(
    first_log_z[:, 0] + mean, _choose(rows, weights, fold(keys, _CHOOSE))
  )


def reverse(
  model: Any,
  params: Tree,
  biases: Tree,
  rows: jax.Array,
  keys: jax.Array,
  *,
  temperatures: int,
  settle: int = 0,
) -> jax.Array:
  """log Z [B] in nats, by chains from the machine's samples to beta 0.

  It tends to be too large if `rows` are exact samples.

  Args:
    model: an Energy module.
    params: its parameters.
    biases: leaves [B, ...], one machine each.
    rows: [B, C, D] samples of the machine.
    keys: [B] random keys.
    temperatures: K.
    settle: number of sweeps of the samples before that.
  """
  biases = _lifted(biases)
  sweep = chains_of(model, params, biases)
  rows = gibbs(sweep, rows, fold(keys, _SETTLE), settle)
  _, weights = _walk(
    model, params, biases, rows, fold(keys, _DOWN), temperatures, down=True
  )
  mean = jax.nn.logsumexp(-weights, -1) - np.log(rows.shape[1])
  return _base(model, params, biases)[:, 0] - mean


def _base(model, params, biases):
  return model.apply({'params': params}, biases, method='base')


def _lifted(biases):
  """Leaves [B, 1, ...]: an axis for the chains."""
  return jax.tree.map(lambda leaf: leaf[:, None], biases)


def _walk(model, params, biases, rows, keys, temperatures, down=False):
  """Rows and log w [B, C] after all temperatures, forward or reverse."""

  def call(method, *arguments):
    return model.apply({'params': params}, *arguments, method=method)

  def step(number, before):
    rows, weights = before
    place = temperatures - 1 - number if down else number
    low, high = place / temperatures, (place + 1) / temperatures
    shape = rows.shape[1], model.uniforms
    uniforms = uniform(fold(keys, number), shape)
    if down:
      rows = call('sweep', rows, biases, uniforms, high)
    gained = call('energy', rows, biases, low)
    gained -= call('energy', rows, biases, high)
    if not down:
      rows = call('sweep', rows, biases, uniforms, high)
    return rows, weights + gained

  weights = jnp.zeros(rows.shape[:2])
  return lax.fori_loop(0, temperatures, step, (rows, weights))


def _choose(rows, weights, keys):
  """Resamples chains by their weights (systematic resampling)."""
  chains = rows.shape[1]
  shares = jnp.cumsum(jax.nn.softmax(weights, -1), -1)
  places = (jnp.arange(chains) + uniform(keys, (1,))) / chains
  chosen = jnp.sum(shares[:, None] <= places[..., None], -1)
  chosen = jnp.minimum(chosen, chains - 1)
  return jnp.take_along_axis(rows, chosen[..., None], 1)
