"""log Z of Boltzmann machines by annealed importance sampling.

Chains walk from a machine without weights, whose Z is known, to the one asked
about, through machines in between; with k of K temperatures done, t = k / K,

  log f_t(v) = (1 - t) a.v + t b.v + sum_j softplus(t (c + v W)_j)
  log w = sum_k log f_k(v_{k-1}) - log f_{k-1}(v_{k-1})
  log Z = log Z_0 + log mean w,   Z_0 = 2^H prod_i (1 + exp(a_i))

w is unbiased and its logarithm is not: with too few temperatures log Z comes
out too small, which flatters a likelihood. Walking back from the machine's own
samples gives 1 / w instead, and a log Z that errs the other way: where the two
agree, both are right. What is walked back from here are the ends of the first
walk, drawn by their weights and moved on; they are near the machine's samples,
not exactly those, so the upper side is an estimate, too.

Source: Neal 2001; Salakhutdinov & Murray, ICML 2008; from both sides: Grosse,
Ghahramani & Adams 2015, arXiv 1511.02543.
"""

from typing import NamedTuple

import jax
from jax import lax
import jax.numpy as jnp
import numpy as np

from zoo.layers.boltzmann import Machine, probability, softplus
from zoo.layers.dropout import fold
from zoo.layers.gibbs import block, gibbs
from zoo.layers.threefry import uniform

# One purpose each for the random keys.
_FIRST, _UP, _CHOOSE, _SETTLE, _DOWN = range(5)


class Estimate(NamedTuple):
  """What annealing found out about machines.

  Attributes:
    log_z: [B], which errs towards small.
    rows: [B, C, D] the ends of the chains, drawn anew by their weights:
      nearly samples of the machine.
  """

  log_z: jax.Array
  rows: jax.Array


def estimate(
  machine: Machine,
  base: jax.Array,
  keys: jax.Array,
  *,
  chains: int,
  temperatures: int,
) -> Estimate:
  """log Z of one machine for each key, by chains from `base` up to it.

  Args:
    machine: biases [B, D] and [B, H].
    base: a, [B, D]: log odds of each unit where the chains begin. Any will
      do; the nearer to the machine's own marginals, the fewer temperatures.
    keys: [B] random keys.
    chains: C, of each machine.
    temperatures: K.
  """
  draws = uniform(fold(keys, _FIRST), (chains, base.shape[-1]))
  first = (draws < probability(base)[:, None]).astype(jnp.float32)
  rows, weights = _walk(machine, base, first, fold(keys, _UP), temperatures)
  mean = jax.nn.logsumexp(weights, -1) - np.log(chains)
  chosen = _choose(rows, weights, fold(keys, _CHOOSE))
  return Estimate(_first_log_z(machine, base) + mean, chosen)


def reverse(
  machine: Machine,
  base: jax.Array,
  rows: jax.Array,
  keys: jax.Array,
  *,
  temperatures: int,
  settle: int = 0,
) -> jax.Array:
  """log Z [B] by chains from the machine's samples down to `base`.

  Errs towards large, where `rows` are exact samples.

  Args:
    machine: biases [B, D] and [B, H].
    base: a, [B, D].
    rows: [B, C, D] samples of the machine.
    keys: [B] random keys.
    temperatures: K.
    settle: sweeps by which the samples move on first.
  """
  rows = gibbs(block(_lifted(machine)), rows, fold(keys, _SETTLE), settle)
  _, weights = _walk(
    machine, base, rows, fold(keys, _DOWN), temperatures, down=True
  )
  mean = jax.nn.logsumexp(-weights, -1) - np.log(rows.shape[1])
  return _first_log_z(machine, base) - mean


def exact_log_z(machine: Machine) -> jax.Array:
  """log Z [...] by enumerating all 2^H hidden states; for few hidden units.

  log Z = log sum_h exp(c.h + sum_i softplus(b + W h)_i)
  """
  _, count = machine.kernel.shape
  states = np.arange(2**count)[:, None] >> np.arange(count) & 1
  hidden = jnp.asarray(states, jnp.float32)
  inputs = machine.visible[..., None, :] + hidden @ machine.kernel.T
  scores = machine.hidden @ hidden.T + jnp.sum(softplus(inputs), -1)
  return jax.nn.logsumexp(scores, -1)


def _first_log_z(machine, base):
  count = machine.kernel.shape[1]
  return count * np.log(2) + jnp.sum(softplus(base), -1)


def _lifted(machine):
  """Biases with an axis for the chains."""
  return machine._replace(
    visible=machine.visible[..., None, :], hidden=machine.hidden[..., None, :]
  )


def _walk(machine, base, rows, keys, temperatures, down=False):
  """Rows and log w [B, C] after all temperatures, up or down."""
  kernel, visible, hidden = _lifted(machine)
  base = base[:, None]
  sizes = kernel.shape

  def step(number, before):
    rows, weights = before
    place = temperatures - 1 - number if down else number
    cool, warm = place / temperatures, (place + 1) / temperatures
    draws = uniform(fold(keys, number), (rows.shape[1], sum(sizes)))

    def score(rows):
      inputs = hidden + rows @ kernel
      grown = jnp.sum(softplus(warm * inputs) - softplus(cool * inputs), -1)
      return inputs, jnp.sum(rows * (visible - base), -1) / temperatures + grown

    def move(inputs):
      on = draws[..., : sizes[1]] < probability(warm * inputs)
      logits = visible + on.astype(jnp.float32) @ kernel.T
      logits = (1 - warm) * base + warm * logits
      return (draws[..., sizes[1] :] < probability(logits)).astype(jnp.float32)

    if down:
      rows = move(hidden + rows @ kernel)
      return rows, weights + score(rows)[1]
    inputs, gained = score(rows)
    return move(inputs), weights + gained

  weights = jnp.zeros(rows.shape[:2])
  return lax.fori_loop(0, temperatures, step, (rows, weights))


def _choose(rows, weights, keys):
  """Chains drawn by their weights, systematically: one number a machine."""
  chains = rows.shape[1]
  shares = jnp.cumsum(jax.nn.softmax(weights, -1), -1)
  places = (jnp.arange(chains) + uniform(keys, (1,))) / chains
  chosen = jnp.sum(shares[:, None] <= places[..., None], -1)
  chosen = jnp.minimum(chosen, chains - 1)
  return jnp.take_along_axis(rows, chosen[..., None], 1)
