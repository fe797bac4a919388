"""Trains an experiment within a time budget, with its schedules compressed.

An experiment of N steps has schedules (learning rates, annealing) over N steps.
When it is trained for n steps, step i has the schedule values of step i N / n,
so that every schedule runs to its end; batches and random keys are those of
step i. N is a constant of the compiled program and n an argument, so that one
program is compiled, timed, and then run.
"""

from collections.abc import Sequence
import statistics
import time
from typing import Any, NamedTuple

import jax
from jax import lax
import jax.numpy as jnp
import optax

from zoo.contracts import Augment, Batches, Tree
from zoo.training import loop, optimizer, parallel, programs
from zoo.training.stages import Snapshot, Stage, as_data, begin


class Found(NamedTuple):
  """The result of training on a budget.

  Attributes:
    snapshot: of the last stage; its `step` counts the steps taken, all stages.
    seconds, compile_seconds: of processor time.
  """

  snapshot: Snapshot
  seconds: float
  compile_seconds: float


def train(
  stages: Sequence[Stage],
  arrays: Tree,
  batches: Batches,
  augment: Sequence[Augment],
  *,
  seed: int,
  chunk: int,
  budget: float,
) -> Found:
  """Trains all stages, each with the same share of its steps.

  Args:
    stages, arrays, batches, augment, seed, chunk: as zoo.training.loop has
      them.
    budget: seconds of processor time for all stages, without compilation; a
      stage never takes more than its own steps or fewer than two chunks.
  """
  loop.check(stages, batches, chunk)
  data = parallel.replicate((as_data(seed), arrays))
  total = sum(stage.steps for stage in stages)
  snapshot, taken, seconds, compiling = None, 0, 0.0, 0.0
  left = float(budget)
  for number, stage in enumerate(stages):
    began = time.process_time()
    snapshot = begin(
      stages,
      number,
      snapshot,
      arrays,
      batches,
      seed,
      _quietly,
      programs.uncached,
    )
    program = _program(stage, batches, augment, number, chunk, snapshot.params)
    _run(program, _carry(snapshot), data, stage.steps)
    first = time.process_time() - began
    _, warm = _run(program, _carry(snapshot), data, stage.steps)
    # A share of the time left, in proportion to the remaining stages' steps.
    ahead = sum(one.steps for one in stages[number:])
    mine = left * stage.steps / ahead
    steps = max(min(int(mine / warm * chunk), stage.steps) // chunk, 2) * chunk
    carry, times = _carry(snapshot), []
    for _ in range(steps // chunk):
      carry, took = _run(program, carry, data, steps)
      times.append(took)
    taken += steps
    seconds += sum(times)
    left = max(left - sum(times), 0.0)
    compiling += first - statistics.median(times)
    snapshot = _snapshot(carry, number, taken)
  assert snapshot is not None and taken <= total
  return Found(snapshot, seconds, max(compiling, 0.0))


def stand_at(carry: loop.Carry, step: Any) -> loop.Carry:
  """A carry with all schedules (optimizer and loss) set to a step."""

  def is_schedule(node):
    return isinstance(node, optax.ScaleByScheduleState)

  def moved(node):
    return node._replace(count=step) if is_schedule(node) else node

  shared = carry.shared
  if 'step' in shared:
    shared = {**shared, 'step': step}
  opt = jax.tree.map(moved, carry.opt, is_leaf=is_schedule)
  return carry._replace(opt=opt, shared=shared)


def _program(stage, batches, augment, number, chunk, params):
  """The compiled ((carry, n), data) -> ((carry, n), finite) of a stage."""
  rule = optimizer.build(stage.optimizer, params, stage.steps)
  step = loop.stepper(stage, rule, batches, augment, number)

  def one(given, data):
    carry, steps = given

    def body(carry, _):
      # In floats: the product of two step counts may overflow an integer.
      place = carry.step.astype(jnp.float32) * stage.steps / steps
      carry = stand_at(carry, jnp.floor(place + 0.5).astype(jnp.int32))
      return step(data, carry, None)

    carry, (_, finite) = lax.scan(body, carry, None, length=chunk)
    return (carry, steps), finite

  return parallel.compile(one)


def _run(program, carry, data, steps):
  """The carry after a chunk, and its seconds of processor time."""
  steps = parallel.replicate(jnp.int32(steps))
  began = time.process_time()
  (carry, _), finite = program((carry, steps), data)
  jax.block_until_ready(finite)
  return carry, time.process_time() - began


def _carry(snapshot):
  shared = (
    jnp.int32(0),
    snapshot.params,
    snapshot.opt,
    snapshot.state['shared'],
  )
  return loop.Carry(
    *parallel.replicate(shared),
    parallel.shard(snapshot.state['example']),
    parallel.replicate(jnp.int32(0)),
  )


def _snapshot(carry, number, taken):
  params, opt, shared, skipped = parallel.read(
    (carry.params, carry.opt, carry.shared, carry.skipped)
  )
  state = {'shared': shared, 'example': parallel.read_whole(carry.example)}
  return Snapshot(number, taken, params, opt, state, int(skipped))


def _quietly(text):
  del text
