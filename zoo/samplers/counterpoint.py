"""Voices written below a given one: all steps at once."""

from typing import Any

import jax
import jax.numpy as jnp

from zoo.contracts import Sampler, UserError
from zoo.layers.heads import draw_class
from zoo.samplers.drawing import check_model, check_temperature

_KEPT = 256  # Windows of the training set whose first voice is harmonized.


def counterpoint(
  model: Any,
  *,
  temperature: float = 0.0,
) -> Sampler:
  """Builds the sampler of a model that writes all voices but the first.

  Modes:
    fit: keeps windows of the training set.
    sample: the first voice of one of them, drawn, with new voices below.
    harmonize: condition {'voices': [n, T, V], ...}, the user's melody in
      windows end to end; the first voice stays as it is.

  Args:
    model: a Flax module such as Counterpoint.
    temperature: of each class; 0 takes the likeliest.

  Raises:
    UserError: a temperature below 0.
  """
  check_model('counterpoint', model, 'counts', 'view')
  check_temperature(temperature)

  def write(params, keys, given):
    given = {name: values.astype(jnp.int32) for name, values in given.items()}
    logits = model.apply({'params': params}, given)
    shape = logits.shape[1:-1]
    uniforms = jax.vmap(lambda key: jax.random.uniform(key, shape))(keys)
    drawn = draw_class(logits, uniforms, temperature)
    first = given['voices'][..., :1]
    return {**given, 'voices': jnp.concatenate([first, drawn], -1)}

  def sample(params, state, keys, condition):
    del state
    return write(params, keys, draw_rows(keys, condition))

  def harmonize(params, state, keys, condition):
    del state
    return write(params, keys, jax.tree.map(jnp.asarray, condition))

  return {'fit': keep_windows, 'sample': sample, 'harmonize': harmonize}


def keep_windows(params: Any, state: Any, key: Any, examples: Any) -> Any:
  """What `fit` keeps: windows spread evenly over the training set."""
  del params, state, key
  rows = jnp.linspace(0, len(examples['voices']) - 1, _KEPT).astype(int)
  return {name: values[rows] for name, values in examples.items()}


def draw_rows(keys: Any, condition: Any) -> Any:
  """One of the windows kept for each of the keys [B].

  Raises:
    UserError: none were kept yet.
  """
  if 'voices' not in condition:
    raise UserError(
      'Samples are drawn below windows that --mode=train keeps at its end: '
      'train to the end, or give --mode=evaluate first.'
    )
  several = len(condition['voices'])

  def one(key):
    return jax.random.randint(jax.random.fold_in(key, 1), (), 0, several)

  rows = jax.vmap(one)(keys)
  return {name: jnp.asarray(x)[rows] for name, x in condition.items()}
