"""The restricted Boltzmann machine as pure functions.

  E(v, h) = -b.v - c.h - v W h
  F(v) = -log sum_h exp(-E(v, h)) = -b.v - sum_j softplus(c + v W)_j

The biases may have leading axes: then there is one machine for each frame of
music, and all share W, as in the RNN-RBM. `beta` scales the coupling of the
units, -b.v - beta (c.h + v W h): at 0 the visible units are independent, at 1
it is the machine itself.

Source: Smolensky 1986; Hinton 2002; Boulanger-Lewandowski et al. 2012.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from zoo.contracts import Tree
from zoo.layers.visible import Visible


class Machine(NamedTuple):
  """One restricted Boltzmann machine, or one for each leading index.

  Attributes:
    kernel: W, [D, H].
    visible: b, [..., D].
    hidden: c, [..., H].
  """

  kernel: jax.Array
  visible: jax.Array
  hidden: jax.Array


def hidden_logits(machine: Machine, rows: jax.Array) -> jax.Array:
  """c + v W, the log odds of each hidden unit: [..., D] to [..., H]."""
  return machine.hidden + rows @ machine.kernel


def visible_logits(machine: Machine, hidden: jax.Array) -> jax.Array:
  """b + W h, the log odds of each visible unit: [..., H] to [..., D]."""
  return machine.visible + hidden @ machine.kernel.T


def energy(machine: Machine, rows: jax.Array, hidden: jax.Array) -> jax.Array:
  """E(v, h) of rows [..., D] and hidden units [..., H]: [...]."""
  pairs = jnp.sum(hidden_logits(machine, rows) * hidden, -1)
  return -jnp.sum(rows * machine.visible, -1) - pairs


def free_energy(machine: Machine, rows: jax.Array, beta: Any = 1.0) -> Any:
  """F(v) of rows [..., D]: [...] nats; -F is log p(v) up to log Z."""
  inputs = beta * hidden_logits(machine, rows)
  return -jnp.sum(rows * machine.visible, -1) - jnp.sum(softplus(inputs), -1)


def sweep(
  machine: Machine, rows: jax.Array, uniforms: jax.Array, beta: Any = 1.0
) -> jax.Array:
  """One round of block Gibbs: all hidden units, then all visible ones.

  Args:
    machine: its biases broadcast with the rows.
    rows: [..., D] of 0 and 1.
    uniforms: [..., H + D] in [0, 1).
    beta: see above.
  """
  above, below = jnp.split(uniforms, [machine.kernel.shape[1]], -1)
  on = above < probability(beta * hidden_logits(machine, rows))
  inputs = beta * (on.astype(rows.dtype) @ machine.kernel.T)
  on = below < probability(machine.visible + inputs)
  return on.astype(rows.dtype)


def probability(logits: jax.Array) -> jax.Array:
  """1 / (1 + e^-x) as a scaled tanh, which XLA computes fastest."""
  return 0.5 * jnp.tanh(0.5 * logits) + 0.5


def softplus(logits: jax.Array) -> jax.Array:
  """log (1 + e^x), without overflow; its gradient is `probability`."""
  return jnp.maximum(logits, 0) + jnp.log1p(jnp.exp(-jnp.abs(logits)))


def read(
  visible: Visible, framed: bool, batch: Tree
) -> tuple[jax.Array, jax.Array]:
  """The visible rows of a batch.

  Args:
    visible: which field.
    framed: whether each frame of a roll is a row, or the whole example.
    batch: {field: [B, ...]}; `length` [B] is the number of frames of a roll
      without padding.

  Returns:
    rows [B, T, D] float32 and mask [B, T] bool; T = 1 for whole examples.
  """
  if not framed:
    rows = visible.read(batch)[:, None]
    return rows, jnp.ones(rows.shape[:2], bool)
  rows = jnp.asarray(batch[visible.field]).astype(jnp.float32)
  if not visible.length:
    return rows, jnp.ones(rows.shape[:2], bool)
  lengths = jnp.asarray(batch['length'])
  return rows, jnp.arange(rows.shape[1]) < lengths[:, None]


def before_each(rows: jax.Array) -> jax.Array:
  """The row before each of [B, T, D]; zeros before the first."""
  return jnp.pad(rows[:, :-1], ((0, 0), (1, 0), (0, 0)))
