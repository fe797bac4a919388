"""Several seeds of one experiment at once: the step of the loop under vmap.

For studies of the variance between seeds. Nothing is saved during training;
small networks train faster together than one after the other. A seed's numbers
are those of `loop.run` with that seed, up to rounding.
"""

from collections.abc import Iterator, Sequence
import functools
from typing import Any, NamedTuple

import jax
from jax import lax
import jax.numpy as jnp

from zoo.contracts import Augment, Batches, Tree
from zoo.data.batches import dealt
from zoo.training import loop, optimizer
from zoo.training.stages import Stage, initial


class Moment(NamedTuple):
  """The end of a chunk; the first axis of every leaf is the seeds, [S].

  Attributes:
    stage: the number of the stage.
    step: the steps taken, over all stages.
    params, state: the results of training so far.
    metrics: {name: [S, K] mean over the batch of each step}; empty where a
      stage begins, before its first step.
  """

  stage: int
  step: int
  params: Tree
  state: Tree
  metrics: dict[str, Any]


def run(
  stages: Sequence[Stage],
  arrays: Tree,
  batches: Batches,
  augment: Sequence[Augment] = (),
  *,
  seeds: Sequence[int],
  chunk: int,
  before: Tree = None,
) -> Iterator[Moment]:
  """Trains every seed, on one device.

  Args:
    stages: what to train, one after the other.
    arrays: the training set, {field: [N, ...]}.
    batches: which examples are in each step.
    augment: applied in order inside the compiled step.
    seeds: the experiment's seeds.
    chunk: K, the steps of a compiled call; divides the steps of each stage.
    before: parameters [S, ...] that the first stage starts from, if path and
      shape are equal.

  Yields:
    a Moment where each stage begins, and after each chunk.
  """
  loop.check(stages, batches, chunk)
  rows = dealt(len(jax.tree.leaves(arrays)[0]), max(batches.shards, 1))
  data = jax.tree.map(lambda leaf: jnp.asarray(leaf[rows]), arrays)
  numbers = jnp.asarray(seeds, jnp.uint32)
  params: Tree = before or {}
  taken = 0
  for number, stage in enumerate(stages):
    begin = functools.partial(_begin, stage, number, batches)
    carry = jax.jit(jax.vmap(begin, (0, 0, None)))(numbers, params, data)
    yield _moment(number, taken, carry, {})
    advance = functools.partial(
      _advance, stage, number, batches, augment, chunk
    )
    program = jax.jit(jax.vmap(advance, (0, 0, None)))
    for _ in range(stage.steps // chunk):
      carry, (metrics, _) = program(numbers, carry, data)
      taken += chunk
      yield _moment(number, taken, carry, metrics)
    params = carry.params


def _begin(stage, number, batches, seed, before, data):
  params, opt, state = initial(stage, number, batches, seed, data, before)
  zero = jnp.int32(0)
  shared, example = state['shared'], state['example']
  return loop.Carry(zero, params, opt, shared, example, zero)


def _advance(stage, number, batches, augment, chunk, seed, carry, data):
  rule = optimizer.build(stage.optimizer, carry.params, stage.steps)
  step = functools.partial(
    loop.stepper(stage, rule, batches, augment, number), (seed, data)
  )
  return lax.scan(step, carry, None, length=chunk)


def _moment(number, step, carry, metrics):
  state = {'shared': carry.shared, 'example': carry.example}
  return Moment(number, step, carry.params, state, metrics)
