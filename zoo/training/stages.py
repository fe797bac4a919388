"""The stages of an experiment, and how each begins."""

from collections.abc import Callable, Mapping, Sequence
import functools
import re
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Augment, Batches, Loss, Tree, UserError
from zoo.data.batches import dealt, gather
from zoo.training import optimizer, parallel, programs

# Numbers beyond every step, for keys that are used once per stage.
_INIT, _ORDER = 2**32 - 1, 2**32 - 2


class Stage(NamedTuple):
  """One stage of training.

  Attributes:
    loss: what is minimized.
    optimizer: which parameters are updated, and how; see
      zoo.training.optimizer.
    steps: how many.
    batches: which examples are in each step; None for those of the run.
    augment: how they are augmented; None for that of the run.
    start: (shapes of the parameters) -> {path: array} of those that start from
      another trained run; None if none does. See `taken`.
  """

  loss: Loss
  optimizer: Mapping[str, Any]
  steps: int
  batches: Batches | None = None
  augment: Sequence[Augment] | None = None
  start: Callable[[Tree], Tree] | None = None


class Snapshot(NamedTuple):
  """The complete state of training at one step, on the host.

  Attributes:
    stage: the number of the stage, from 0.
    step: the steps taken, over all stages.
    params: the trained parameters.
    opt: the optimizer's moments and counters.
    state: {'shared': ..., 'example': [B, ...]}.
    skipped: how many steps were skipped because loss or gradient was not
      finite.
  """

  stage: int
  step: int
  params: Tree
  opt: Tree
  state: Tree
  skipped: int


def as_data(seed: int) -> np.uint32:
  """A seed as an argument of a program, which is compiled for all seeds."""
  return np.uint32(seed % 2**32)


def stage_key(seed: Any, number: int) -> Any:
  """The key of a stage; its step s uses fold_in(key, s).

  Here and below the seed may be traced: see `as_data`.
  """
  return jax.random.fold_in(jax.random.key(seed), number)


def order_key(seed: Any, number: int) -> Any:
  """The key that decides the order of the examples in a stage."""
  return jax.random.fold_in(stage_key(seed, number), _ORDER)


def init_key(seed: Any, number: int) -> Any:
  """The key that initializes a stage's parameters."""
  return jax.random.fold_in(stage_key(seed, number), _INIT)


def place(arrays: Tree, stages: Sequence[Stage], batches: Batches) -> Tree:
  """The training set on the devices: whole on each, or its virtual shards.

  Raises:
    UserError: a stage has another number of virtual shards than the run.
  """
  for number, stage in enumerate(stages):
    own = stage.batches or batches
    if own.shards != batches.shards:
      raise UserError(
        f'stages/{number}/batches/shards is {own.shards}, and batches/shards '
        f'of the run is {batches.shards}: set both to the same value.'
      )
  if not batches.shards:
    return parallel.replicate(arrays)
  # A field at a time: the host never has all of them twice.
  return jax.tree.map(
    lambda leaf: parallel.shard(leaf[dealt(len(leaf), batches.shards)]), arrays
  )


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
  """The first snapshot of a stage.

  Args:
    stages: all of them.
    number: of the stage that begins.
    last: the end of the previous stage; None for the first.
    arrays: the training set, {field: [N, ...]}.
    batches: which examples are in each step.
    seed: an experiment's seed.
    announce: receives which parameters were copied and which initialized.
    trace: how the program is traced; see `programs`.
  """
  before = {} if last is None else last.params
  stage = stages[number]
  if stage.start is not None:
    drawn, _, _ = template(stages, number, arrays, batches)
    before = _replaced(before, stage.start(drawn))

  if batches.shards:
    arrays, batches = _first_batch(stage, number, batches, seed, arrays)
    stage = stage._replace(batches=None)

  # The optimizer's tree as leaves: optax's containers have no export format.
  def first(seed, arrays, before):
    params, opt, state = initial(stage, number, batches, seed, arrays, before)
    return params, jax.tree.leaves(opt), state

  given = (as_data(seed), arrays, before)
  begun = jax.jit(trace(f'start of stage {number}', first, *given))(*given)
  params, leaves, state = jax.tree.map(np.array, begun)
  rule = optimizer.build(stage.optimizer, params, stage.steps)
  structure = jax.tree.structure(jax.eval_shape(rule.init, params))
  opt = jax.tree.unflatten(structure, leaves)
  if before:
    _, copied, drawn = inherit(params, before)
    source = (
      'the previous stage' if stage.start is None else 'trained parameters'
    )
    announce(
      f'Stage {number} copies {", ".join(copied) or "nothing"} from {source} '
      f'and draws {", ".join(drawn) or "nothing"}.'
    )
  if last is None:
    return Snapshot(number, 0, params, opt, state, skipped=0)
  return Snapshot(number, last.step, params, opt, state, last.skipped)


def _first_batch(stage, number, batches, seed, arrays):
  """The examples of step 0 as a set of their own, which fits on a device."""
  batches = stage.batches or batches
  drawn = jax.jit(batches.draw)(order_key(as_data(seed), number), 0)
  count = len(jax.tree.leaves(arrays)[0])
  rows = dealt(count, batches.shards)[np.asarray(drawn.pop('index'))]
  few = jax.tree.map(lambda leaf: leaf[rows], arrays)
  index = jnp.arange(batches.size)
  first = Batches(batches.size, lambda key, step: {'index': index})
  return {**few, **drawn}, first


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
  """Parameters of a new stage, from `before` if path and shape are equal.

  Returns:
    the parameters, the names that were copied, and those that were not.
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


def taken(
  shapes: Tree, source: Tree, take: Mapping[str, str], whose: str
) -> dict[str, Any]:
  """Parameters of a stage that start from another trained run.

  Args:
    shapes: the parameters of the stage, or their shapes.
    source: the parameters of the other run.
    take: {pattern of target names: name in the source}. A pattern must match a
      whole '/'-joined name; the source's name may refer to its groups as \\1.
    whose: the other run, for error messages.

  Returns:
    {name: array} of the parameters that are taken.

  Raises:
    UserError: a pattern that matches nothing, a parameter that the source
      lacks or has in another shape.
  """
  targets, known = _by_name(shapes), _by_name(source)
  found = {}
  for pattern, origin in take.items():
    names = [name for name in targets if re.fullmatch(pattern, name)]
    if not names:
      raise UserError(
        f'start/take/{pattern} matches no parameter; there are: '
        f'{", ".join(targets)}.'
      )
    for name in names:
      asked = re.sub(pattern, origin, name)
      if asked not in known:
        raise UserError(
          f"start/take/{pattern} refers to '{asked}', which {whose} "
          f'does not have; it has: {", ".join(known)}.'
        )
      if jnp.shape(known[asked]) != jnp.shape(targets[name]):
        raise UserError(
          f"start/take/{pattern} would copy '{asked}' of shape "
          f"{jnp.shape(known[asked])} to '{name}' of shape "
          f'{jnp.shape(targets[name])}: make the two models alike, or leave '
          'it out.'
        )
      found[name] = known[asked]
  return found


def _by_name(tree):
  return {
    jax.tree_util.keystr(path, simple=True, separator='/'): leaf
    for path, leaf in jax.tree_util.tree_leaves_with_path(tree)
  }


def _replaced(tree, leaves):
  """A nested dict with leaves {'/'-joined name: array} replaced."""
  tree = jax.tree.map(lambda leaf: leaf, tree)  # Copies its dicts.
  for name, leaf in leaves.items():
    here = tree
    *parents, last = name.split('/')
    for key in parents:
      here = here.setdefault(key, {})
    here[last] = leaf
  return tree


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
    stage: the stage.
    number: of the stage.
    batches: which examples are in each step; `init` reads the first batch.
    seed: an experiment's seed; may be traced.
    arrays: the training set, {field: [N, ...]}.
    before: the parameters of the previous stage.
  """
  batches = stage.batches or batches
  batch = gather(arrays, batches.draw(order_key(seed, number), 0))
  params, state = stage.loss.init(init_key(seed, number), batch, before)
  params, _, _ = inherit(params, before)
  rule = optimizer.build(stage.optimizer, params, stage.steps)
  return params, rule.init(params), state
