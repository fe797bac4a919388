"""How the losses of stacked networks begin, and call their model."""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp

from zoo.contracts import Tree
from zoo.layers.visible import Visible

_STATISTICS = 'batch_stats'


def init_of(model: Any, visible: Visible) -> Callable[..., tuple[Tree, Tree]]:
  """`init` of a Loss: every parameter of the model, batch statistics."""

  def init(rng, batch, before):
    del batch, before  # shapes are known, and the loop copies what fits
    row = jnp.zeros((1, visible.size))
    variables = jax.jit(model.init)(rng, row)
    statistics = variables.get(_STATISTICS, {})
    state = {'shared': {_STATISTICS: statistics}, 'example': {}}
    return variables['params'], state

  return init


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
