"""What a Conditional model answers, in one step."""

from typing import Any

import jax
import jax.numpy as jnp

from zoo.contracts import Conditional, Mode, Sampler, UserError, asks
from zoo.layers import batch_statistics
from zoo.samplers.drawing import check_temperature

_KEPT = 256  # Examples of the training set that samples are drawn for.


@asks(Conditional)
def predict(model: Any, *, temperature: float = 0.0) -> Sampler:
  """Builds the sampler of a model that answers all at once.

  Args:
    model: a Flax module that answers Conditional; see zoo.contracts.
    temperature: of what is drawn; 0 takes the likeliest.

  Raises:
    UserError: a temperature below 0.
  """
  check_temperature(temperature)

  def answer(params, state, keys, given):
    given = jax.tree.map(lambda x: jnp.asarray(x, jnp.int32), given)
    steps = model.read(given)
    (outputs, _), _ = batch_statistics.call(
      model, params, state, False, '__call__', steps.symbols, steps.given, ()
    )
    return model.write(given, model.draw(outputs, keys, temperature))

  def sample(params, state, keys, condition):
    return answer(params, state, keys, _draw_rows(keys, condition))

  return {
    'fit': _keep_rows,
    'sample': Mode(
      sample, help='Answers for examples drawn from the training set.'
    ),
    'harmonize': Mode(
      answer,
      inputs=(1, 1),
      by_row=True,
      help='Writes the other voices to your melody, which stays as it is.',
    ),
  }


def _keep_rows(params: Any, state: Any, key: Any, examples: Any) -> Any:
  """What `fit` keeps: examples spread evenly over the training set."""
  del params, state, key
  count = len(next(iter(examples.values())))
  rows = jnp.linspace(0, count - 1, _KEPT).astype(int)
  return {name: values[rows] for name, values in examples.items()}


def _draw_rows(keys: Any, condition: Any) -> Any:
  """One of the examples kept for each of the keys [B].

  Raises:
    UserError: none were kept yet.
  """
  if not condition:
    raise UserError(
      'Samples are drawn for examples that --mode=train keeps at its end: '
      'train to the end, or give --mode=evaluate first.'
    )
  several = len(next(iter(condition.values())))

  def one(key):
    return jax.random.randint(jax.random.fold_in(key, 1), (), 0, several)

  rows = jax.vmap(one)(keys)
  return {name: jnp.asarray(x)[rows] for name, x in condition.items()}
