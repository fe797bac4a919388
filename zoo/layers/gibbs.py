"""Gibbs sampling: samples values from their distribution given all the others.

One compiled loop runs every chain of the zoo: the blocks of an Energy model,
all chains of all frames at once, and other samplers that redraw some of their
values from a network's conditionals.

Source: Geman & Geman 1984; in blocks: Hinton 2002.
"""

from collections.abc import Callable
import functools
from typing import Any

import jax
from jax import lax
import jax.numpy as jnp

from zoo.contracts import Tree
from zoo.layers import boltzmann
from zoo.layers.dropout import fold
from zoo.layers.threefry import uniform

Conditional = Callable[[Tree, Any], Tree]  # (values, keys [B]) -> values

_FRAME = 0  # The purpose of a frame's random keys.


def gibbs(
  conditional: Conditional,
  values: Tree,
  keys: jax.Array,
  sweeps: int | jax.Array,
  free: Tree = None,
) -> Tree:
  """Runs chains for a number of sweeps.

  Args:
    conditional: one sweep: samples values from their distribution given the
      others.
    values: the initial state of the chains, leaves [B, ...].
    keys: [B] random keys; example i depends on keys[i] only.
    sweeps: how many; may be traced, for numbers that grow in training.
    free: like `values`, bool, true if a value may change; None for all.

  Returns:
    The values after the last sweep.
  """

  def sweep(number, values):
    drawn = conditional(values, fold(keys, number))
    if free is None:
      return drawn
    return jax.tree.map(jnp.where, free, drawn, values)

  return lax.fori_loop(0, sweeps, sweep, values)


def chains(model: Any, params: Tree, biases: Tree) -> Conditional:
  """A sweep of an Energy model's machines; see zoo.questions.

  Args:
    model: an Energy module.
    params: its parameters.
    biases: of the machines, leaves [B, T, ...] or [B, 1, ...].
  """

  def sweep(rows, uniforms):
    given = {'params': params}
    return model.apply(given, rows, biases, uniforms, method='sweep')

  return _drawn(sweep, model.uniforms)


def block(machine: boltzmann.Machine) -> Conditional:
  """A sweep of one machine, given its weights: rows [B, ..., D]."""
  sweep = functools.partial(boltzmann.sweep, machine)
  return _drawn(sweep, sum(machine.kernel.shape))


def write(
  model: Any,
  params: Tree,
  keys: jax.Array,
  known: jax.Array,
  *,
  steps: int,
  count: Any = None,
  sweeps: int = 25,
  begin: str = 'silence',
) -> jax.Array:
  """Generates frame by frame, each by a chain of its machine given the past.

  Args:
    model: an Energy module whose rows are frames.
    params: its parameters.
    keys: [B], one random key per piece.
    known: [K, D] frames before those to be sampled; K may be 0.
    steps: number of frames to sample after the known ones.
    count: [] how many of `known` are used, from the first; None for all K.
    sweeps: of each chain.
    begin: the initial state of the chain of a frame: `silence` or `last_frame`.

  Returns:
    Frames [B, K + steps, D], zeros from `count` + `steps` on.
  """
  count = len(known) if count is None else count
  silence = jnp.zeros((len(keys), 1, model.visible))

  def step(before, now):
    carry, last = before
    number, given = now
    biases, carry = model.apply(
      {'params': params}, last, carry, method='condition'
    )
    first = silence if begin == 'silence' else last
    noise = fold(fold(keys, _FRAME), number)
    drawn = gibbs(chains(model, params, biases), first, noise, sweeps)
    frame = jnp.where(number < count, given, drawn)
    return (carry, frame), frame[:, 0]

  places = jnp.arange(len(known) + steps)
  given = jnp.pad(known, ((0, steps), (0, 0))).astype(jnp.float32)
  start = model.begin(len(keys)), silence
  _, frames = lax.scan(step, start, (places, given))
  written = (places < count + steps)[None, :, None]
  return jnp.where(written, jnp.swapaxes(frames, 0, 1), 0)


def _drawn(sweep, uniforms):
  """A Conditional of (rows, uniforms [B, ..., U]) -> rows."""

  def conditional(rows, keys):
    return sweep(rows, uniform(keys, (*rows.shape[1:-1], uniforms)))

  return conditional
