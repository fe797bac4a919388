"""Initializes and calls models with batch statistics, for losses."""

from collections.abc import Mapping
from typing import Any

import jax

from zoo.contracts import Tree

_STATISTICS = 'batch_stats'


def init(model: Any, rng: Any, batch: Tree) -> tuple[Tree, Tree]:
  """Initial parameters of `model(batch)`, and state['shared'] for `call`."""
  one = jax.tree.map(lambda leaf: leaf[:1], batch)
  variables = jax.jit(model.init)(rng, one)
  return variables['params'], {_STATISTICS: variables.get(_STATISTICS, {})}


def init_of(model: Any) -> Any:
  """`init` of a Loss whose only state is batch statistics."""

  def begin(rng, batch, before):
    del before  # the loop copies matching leaves
    params, shared = init(model, rng, batch)
    return params, {'shared': shared, 'example': {}}

  return begin


def begin(batch: Tree) -> Tree:
  """`begin` of a Loss that carries nothing from step to step."""
  del batch
  return {}


def variables(params: Tree, state: Mapping[str, Any]) -> dict[str, Tree]:
  """The variables for `model.apply`, from the parameters and state of a run."""
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
    state: initialized by `init_of`.
    learn: whether running batch statistics are updated.
    method: its name.
    *arguments: of the method.

  Returns:
    The result of the method, and the new state.
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
  """Parameters, and a Loss's initial state, from the result of `model.init`."""
  shared = {_STATISTICS: variables.get(_STATISTICS, {})}
  return variables['params'], {'shared': shared, 'example': {}}
