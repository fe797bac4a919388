"""The one compiled loop that trains everything in the zoo.

It knows a system's loss, optimizer groups and steps. K steps are one compiled
call (`lax.scan` inside `parallel.compile`), built once per stage:

  draw the batch -> augment -> loss -> gradient -> mean over devices -> update

Every random key is derived from (seed, stage, step, index in the batch), so a
run is repeatable and needs nothing but the step to resume.
"""

from collections.abc import Callable, Iterator, Sequence
import functools
from typing import Any, NamedTuple

import jax
from jax import lax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Augment, Batches, Tree, UserError
from zoo.data.batches import gather
from zoo.training import optimizer, parallel, programs
from zoo.training.stages import (
  Snapshot,
  Stage,
  as_data,
  begin,
  order_key,
  place,
  stage_key,
)


class Edge(NamedTuple):
  """The end of a chunk, where the host may read results from the devices.

  Attributes:
    stage: the number of the stage.
    step: the steps taken, over all stages, when this chunk is done.
    metrics: () -> ({name: [K] mean over the batch of each step}, finite [K]);
      waits for the chunk.
    snapshot: () -> Snapshot; waits too, and must be called before the next
      edge is requested, which donates the buffers.
  """

  stage: int
  step: int
  metrics: Callable[[], tuple[dict[str, Any], Any]]
  snapshot: Callable[[], Snapshot]


class Carry(NamedTuple):
  """What one step passes to the next; `step` counts from the stage's first."""

  step: Any
  params: Tree
  opt: Tree
  shared: Tree
  example: Tree
  skipped: Any


def run(
  stages: Sequence[Stage],
  arrays: Tree,
  batches: Batches,
  augment: Sequence[Augment] = (),
  *,
  seed: int,
  chunk: int,
  snapshot: Snapshot | None = None,
  announce: Callable[[str], None] = lambda text: None,
  trace: programs.Trace = programs.uncached,
) -> Iterator[Edge]:
  """Trains from `snapshot` (None: from the beginning), chunk by chunk.

  It only starts a chunk: request the next edge before reading metrics of this.

  Args:
    stages: what to train, one after the other.
    arrays: the training set, {field: [N, ...]}.
    batches: which examples are in each step.
    augment: applied in order inside the compiled step.
    seed: an experiment's seed.
    chunk: K, the steps of a compiled call; divides the steps of each stage.
    snapshot: where to resume.
    announce: receives a line when a stage begins.
    trace: how the programs are traced; see `programs`.

  Yields:
    an Edge after each chunk.
  """
  check(stages, batches, chunk)
  data = parallel.replicate(as_data(seed)), place(arrays, stages, batches)
  end = 0
  for number, stage in enumerate(stages):
    start, end = end, end + stage.steps
    if snapshot is not None and snapshot.step >= end:
      continue
    if snapshot is None or snapshot.stage != number:
      snapshot = begin(
        stages, number, snapshot, arrays, batches, seed, announce, trace
      )
    carry = _put(snapshot, start)
    rule = optimizer.build(stage.optimizer, snapshot.params, stage.steps)
    step = stepper(stage, rule, batches, augment, number)
    program = _program(step, chunk, number, trace, carry, data)
    announce(f'Stage {number}: compiling; the first {chunk} steps take longer.')
    for done in range(snapshot.step + chunk, end + 1, chunk):
      carry, results = program(carry, data)
      metrics = functools.partial(parallel.read, results)
      fetch = functools.partial(_get, carry, number, done)
      yield Edge(number, done, metrics, fetch)
    if number + 1 < len(stages):
      snapshot = fetch()


def check(stages: Sequence[Stage], batches: Batches, chunk: int) -> None:
  """Raises UserError if steps, chunk, batch and devices do not fit."""
  parallel.use(batches.size, batches.shards)
  for stage in stages:
    optimizer.check(stage.optimizer)
    for name, value in {'batches/chunk': chunk, 'steps': stage.steps}.items():
      if value < 1:
        raise UserError(f'{name} is {value}: it must be at least 1.')
    if stage.steps % chunk:
      raise UserError(
        f'batches/chunk is {chunk}: it must divide steps, {stage.steps}.'
      )


def _program(step, chunk, number, trace, carry, data):
  """The compiled (carry, data) -> (carry, per-step metrics) of a stage."""
  structure = jax.tree.structure(carry)

  # The carry as leaves: optax's containers have no export format.
  def chunk_of_steps(leaves, data):
    carry, results = lax.scan(
      functools.partial(step, data),
      jax.tree.unflatten(structure, leaves),
      None,
      length=chunk,
    )
    return jax.tree.leaves(carry), results

  shapes = parallel.shapes((jax.tree.leaves(carry), data))
  traced = trace(f'{chunk} steps of stage {number}', chunk_of_steps, *shapes)

  def program(carry, data):
    leaves, results = traced(jax.tree.leaves(carry), data)
    return jax.tree.unflatten(structure, leaves), results

  return parallel.compile(program)


def stepper(
  stage: Stage,
  rule: optimizer.Optimizer,
  batches: Batches,
  augment: Sequence[Augment],
  number: int,
) -> Callable[[tuple[Any, Tree], Carry, Any], tuple[Carry, Any]]:
  """One step of a stage, for a scan: (data, carry, _) -> carry, results.

  `data` is an experiment's seed, which may be traced, and the training set.

  Args:
    stage: what is trained.
    rule: its optimizer, built.
    batches, augment: of the run, unless the stage has its own.
    number: of the stage.

  Returns:
    the step; its results are ({name: mean over the batch}, finite).
  """
  batches = stage.batches or batches
  augment = augment if stage.augment is None else stage.augment

  def step(data, carry, _):
    batch, keys = _examples(data, batches, augment, number, carry.step)
    state = {'shared': carry.shared, 'example': carry.example}

    def objective(params):
      return stage.loss.loss(rule.hold(params), state, batch, keys, True)

    (loss, (after, metrics)), gradients = jax.value_and_grad(
      objective, has_aux=True
    )(carry.params)
    metrics = jax.tree.map(jnp.mean, metrics) | {'loss': loss}
    gradients, metrics = parallel.mean((gradients, metrics))
    # Before clipping, which turns one infinity into many NaNs. As an array of
    # sums, since XLA would recompute a chain of sums for every leaf below.
    # Times their number, so that the norm that clipping divides by is finite.
    squares = jnp.stack([jnp.sum(g * g) for g in jax.tree.leaves(gradients)])
    finite = jnp.isfinite(len(squares) * squares).all()
    finite &= jnp.isfinite(metrics['loss'])
    given = (carry.opt, carry.params, carry.step, metrics)
    params, opt = rule.update(gradients, *given)
    new = (params, opt, after['shared'], after['example'])
    old = (carry.params, carry.opt, carry.shared, carry.example)
    kept = jax.tree.map(lambda n, o: jnp.where(finite, n, o), new, old)
    skipped = carry.skipped + (~finite).astype(jnp.int32)
    return Carry(carry.step + 1, *kept, skipped), (metrics, finite)

  return step


def _examples(data, batches, augment, number, step):
  """This device's slice of the batch of a step, and a key per example."""
  seed, arrays = data
  drawn = batches.draw(order_key(seed, number), step)
  size, first = parallel.share(batches.size), parallel.first(batches.size)
  drawn = {
    k: lax.dynamic_slice_in_dim(x, first, size) for k, x in drawn.items()
  }
  batch = gather(arrays, drawn, batches.shards)
  key = jax.random.fold_in(stage_key(seed, number), step)
  keys = _fold(key, first + jnp.arange(size))
  for turn, one in enumerate(augment):
    batch = one(_fold(keys, jnp.full(size, turn + 1)), batch)
  return batch, _fold(keys, jnp.zeros(size, jnp.int32))


def _fold(key, numbers):
  """fold_in for numbers [B] and one key, or a key for each."""
  in_axes = (0 if jnp.ndim(key) else None, 0)
  return jax.vmap(jax.random.fold_in, in_axes)(key, numbers)


def _put(snapshot, start):
  shared = (
    np.int32(snapshot.step - start),
    snapshot.params,
    snapshot.opt,
    snapshot.state['shared'],
  )
  return Carry(
    *parallel.replicate(shared),
    parallel.shard(snapshot.state['example']),
    parallel.replicate(np.int32(snapshot.skipped)),
  )


def _get(carry, number, step):
  params, opt, shared, skipped = parallel.read(
    (carry.params, carry.opt, carry.shared, carry.skipped)
  )
  state = {'shared': shared, 'example': parallel.read_whole(carry.example)}
  return Snapshot(number, step, params, opt, state, int(skipped))
