"""What follows what: the stages of an experiment, and how each begins."""

from collections.abc import Callable, Mapping, Sequence
import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Batches, Loss, Tree
from zoo.data.batches import gather
from zoo.training import optimizer, programs

# Key numbers beyond every step, for what happens once a stage.
_INIT, _ORDER = 2**32 - 1, 2**32 - 2


class Stage(NamedTuple):
  """What one stage of training wants, who moves in it, and for how long."""

  loss: Loss
  optimizer: Mapping[str, Any]
  steps: int


class Snapshot(NamedTuple):
  """A moment of training, whole and on the host.

  Attributes:
    stage: the number of the stage, from 0.
    step: the steps taken, over all stages.
    params: what gradient descent moves.
    opt: the optimizer's moments and counters.
    state: {'shared': ..., 'example': [B, ...]}.
    skipped: the steps left out because loss or gradient was not finite.
  """

  stage: int
  step: int
  params: Tree
  opt: Tree
  state: Tree
  skipped: int


def as_data(seed: int) -> np.uint32:
  """A seed as an argument of a program, which is compiled once for all."""
  return np.uint32(seed % 2**32)


def stage_key(seed: Any, number: int) -> Any:
  """The key of a stage; step s of it draws from fold_in(key, s).

  Here and below the seed may be traced: see `as_data`.
  """
  return jax.random.fold_in(jax.random.key(seed), number)


def order_key(seed: Any, number: int) -> Any:
  """The key that decides the order of the examples in a stage."""
  return jax.random.fold_in(stage_key(seed, number), _ORDER)


def init_key(seed: Any, number: int) -> Any:
  """The key that a stage's parameters are drawn with."""
  return jax.random.fold_in(stage_key(seed, number), _INIT)


def begin(
  stages: Sequence[Stage],
  number: int,
  last: Snapshot | None,
  arrays: Tree,
  batches: Batches,
  seed: int,
  announce: Callable[[str], None],
  trace: programs.Trace,
) -> Snapshot:
  """The first moment of a stage.

  Args:
    stages: all of them.
    number: which begins.
    last: the end of the stage before, None at the first.
    arrays: the training set, {field: [N, ...]}.
    batches: which examples make a step.
    seed: an experiment's seed.
    announce: told which parameters were copied and which drawn.
    trace: how the program is traced; see `programs`.
  """
  before = {} if last is None else last.params
  stage = stages[number]

  # The optimizer's tree as leaves: there is no format to keep optax's in.
  def first(seed, arrays, before):
    params, opt, state = initial(stage, number, batches, seed, arrays, before)
    return params, jax.tree.leaves(opt), state

  given = (as_data(seed), arrays, before)
  begun = jax.jit(trace(f'start of stage {number}', first, *given))(*given)
  params, leaves, state = jax.tree.map(np.array, begun)
  rule = optimizer.build(stage.optimizer, params, stage.steps)
  structure = jax.tree.structure(jax.eval_shape(rule.init, params))
  opt = jax.tree.unflatten(structure, leaves)
  if last is None:
    return Snapshot(number, 0, params, opt, state, skipped=0)
  _, copied, drawn = inherit(params, before)
  announce(
    f'Stage {number} copies {", ".join(copied) or "nothing"} from the stage '
    f'before and draws {", ".join(drawn) or "nothing"}.'
  )
  return Snapshot(number, last.step, params, opt, state, last.skipped)


def template(
  stages: Sequence[Stage], number: int, arrays: Tree, batches: Batches
) -> tuple[Tree, Tree, Tree]:
  """Shapes of the params, opt and state of a stage; trains nothing."""
  shapes: Any = ({},)
  for stage in stages[: number + 1]:
    first = functools.partial(initial, stage, number, batches)
    shapes = jax.eval_shape(first, np.uint32(0), arrays, shapes[0])
  return shapes


def inherit(drawn: Tree, before: Tree) -> tuple[Tree, list[str], list[str]]:
  """Parameters of a new stage: equal path and shape come from `before`.

  Returns:
    the parameters, the names that were copied, and those that were drawn.
  """
  old = dict(jax.tree_util.tree_leaves_with_path(before))
  copied: list[str] = []
  kept: list[str] = []

  def choose(path, leaf):
    found = path in old and jnp.shape(old[path]) == jnp.shape(leaf)
    name = jax.tree_util.keystr(path, simple=True, separator='/')
    (copied if found else kept).append(name)
    return jnp.asarray(old[path], leaf.dtype) if found else leaf

  params = jax.tree_util.tree_map_with_path(choose, drawn)
  return params, copied, kept


def initial(
  stage: Stage,
  number: int,
  batches: Batches,
  seed: Any,
  arrays: Tree,
  before: Tree,
) -> tuple[Tree, Tree, Tree]:
  """The params, opt and state of a stage's first step; `before` copied in.

  Args:
    stage: what begins.
    number: of the stage.
    batches: which examples make a step; `init` sees the stage's first batch.
    seed: an experiment's seed; may be traced.
    arrays: the training set, {field: [N, ...]}.
    before: the parameters of the stage before.
  """
  batch = gather(arrays, batches.draw(order_key(seed, number), 0))
  params, state = stage.loss.init(init_key(seed, number), batch, before)
  params, _, _ = inherit(params, before)
  rule = optimizer.build(stage.optimizer, params, stage.steps)
  return params, rule.init(params), state
