"""How losses of models with batch statistics begin, and call their model."""

from collections.abc import Mapping
from typing import Any

import jax

from zoo.contracts import Tree

_STATISTICS = 'batch_stats'


def init(model: Any, rng: Any, batch: Tree) -> tuple[Tree, Tree]:
  """First parameters of `model(batch)`, and state['shared'] for `call`."""
  one = jax.tree.map(lambda leaf: leaf[:1], batch)
  variables = jax.jit(model.init)(rng, one)
  return variables['params'], {_STATISTICS: variables.get(_STATISTICS, {})}


def init_of(model: Any) -> Any:
  """`init` of a Loss whose state is batch statistics alone."""

  def begin(rng, batch, before):
    del before  # the loop copies what fits
    params, shared = init(model, rng, batch)
    return params, {'shared': shared, 'example': {}}

  return begin


def begin(batch: Tree) -> Tree:
  """`begin` of a Loss that carries nothing from step to step."""
  del batch
  return {}


def variables(params: Tree, state: Mapping[str, Any]) -> dict[str, Tree]:
  """What `model.apply` is given of a trained run."""
  shared = state.get('shared', {})
  return {'params': params, _STATISTICS: shared.get(_STATISTICS, {})}


def call(
  model: Any,
  params: Tree,
  state: Tree,
  learn: bool,
  method: str,
  *arguments: Any,
) -> tuple[Any, Tree]:
  """Calls a method of the model.

  Args:
    model: a Flax module.
    params: its parameters.
    state: as `init_of` begins it.
    learn: whether running batch statistics move.
    method: its name.
    *arguments: of the method.

  Returns:
    what the method returns, and the state.
  """
  given = variables(params, state)
  if not (learn and given[_STATISTICS]):
    return model.apply(given, *arguments, method=method), state
  found, moved = model.apply(
    given, *arguments, method=method, mutable=[_STATISTICS]
  )
  shared = state['shared'] | {
    _STATISTICS: jax.lax.stop_gradient(moved[_STATISTICS])
  }
  return found, {**state, 'shared': shared}


def split(variables: Tree) -> tuple[Tree, Tree]:
  """Parameters, and a Loss's first state, of what `model.init` draws."""
  shared = {_STATISTICS: variables.get(_STATISTICS, {})}
  return variables['params'], {'shared': shared, 'example': {}}
