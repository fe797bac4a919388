"""Gibbs sampling: resample what is free given all the rest, again and again.

One body serves every chain of the zoo: the blocks of a Boltzmann machine, all
chains of all frames at once; and whatever else draws anew some of its values
from a network's conditionals. It is one compiled loop.

Source: Geman & Geman 1984; in blocks: Hinton 2002.
"""

from collections.abc import Callable
from typing import Any

import jax
from jax import lax
import jax.numpy as jnp

from zoo.contracts import Tree
from zoo.layers.boltzmann import (
  Machine,
  hidden_logits,
  probability,
  visible_logits,
)
from zoo.layers.dropout import fold
from zoo.layers.threefry import uniform

Conditional = Callable[[Tree, Any], Tree]  # (values, keys [B]) -> values


def gibbs(
  conditional: Conditional,
  values: Tree,
  keys: jax.Array,
  sweeps: int | jax.Array,
  free: Tree = None,
) -> Tree:
  """Runs chains for a number of sweeps.

  Args:
    conditional: one sweep: draws values anew, each from its distribution
      given the others.
    values: where the chains begin, leaves [B, ...].
    keys: [B] random keys; what becomes of example i depends on keys[i] alone.
    sweeps: how many; may be traced, as where they grow in training.
    free: like `values`, bool, true where a value may move; None is all.

  Returns:
    the values after the last sweep.
  """

  def sweep(number, values):
    drawn = conditional(values, fold(keys, number))
    if free is None:
      return drawn
    return jax.tree.map(jnp.where, free, drawn, values)

  return lax.fori_loop(0, sweeps, sweep, values)


def block(machine: Machine) -> Conditional:
  """A sweep of a Boltzmann machine: all hidden units, then all visible ones.

  Values are rows [B, ..., D] of 0 and 1; the machine's biases broadcast with
  them, so that there may be several chains to one machine.
  """
  visible, hidden = machine.kernel.shape

  def conditional(rows, keys):
    draws = uniform(keys, (*rows.shape[1:-1], hidden + visible))
    below, above = draws[..., hidden:], draws[..., :hidden]
    on = above < probability(hidden_logits(machine, rows))
    on = below < probability(visible_logits(machine, on.astype(rows.dtype)))
    return on.astype(rows.dtype)

  return conditional
