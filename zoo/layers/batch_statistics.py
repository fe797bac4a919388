"""How the losses of stacked networks begin, and call their model."""

from collections.abc import Callable
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


def call(
  model: Any,
  params: Tree,
  state: Tree,
  learn: bool,
  method: str,
  *arguments: Any,
  **options: Any,
) -> tuple[Any, Tree]:
  """Calls a method of the model.

  Args:
    model: a Flax module.
    params: its parameters.
    state: as `init_of` begins it.
    learn: whether running batch statistics move.
    method: its name.
    *arguments: of the method.
    **options: of the method.

  Returns:
    what the method returns, and the state.
  """
  statistics = state['shared'].get(_STATISTICS, {})
  variables = {'params': params, _STATISTICS: statistics}
  if not (learn and statistics):
    return model.apply(variables, *arguments, method=method, **options), state
  found, moved = model.apply(
    variables, *arguments, method=method, mutable=[_STATISTICS], **options
  )
  shared = state['shared'] | {
    _STATISTICS: jax.lax.stop_gradient(moved[_STATISTICS])
  }
  return found, {**state, 'shared': shared}
