"""The predictions of a Conditional model, in one step."""

from typing import Any

import jax
import jax.numpy as jnp

from zoo.contracts import Mode, Sampler, UserError
from zoo.layers import batch_statistics
from zoo.questions import Conditional, asks
from zoo.samplers.drawing import check_temperature

_KEPT = 256  # Examples that are kept from the training set.


@asks(Conditional)
def predict(model: Any, *, temperature: float = 0.0) -> Sampler:
  """Builds the sampler of a model that predicts all symbols at once.

  Args:
    model: a Conditional module; see zoo.questions.
    temperature: of sampling; 0 takes the most likely symbols.

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
      sample, help='Predictions for random examples of the training set.'
    ),
    'harmonize': Mode(
      answer,
      inputs=(1, 1),
      by_row=True,
      help='Writes the other voices to your melody, which stays as it is.',
    ),
  }


def _keep_rows(params: Any, state: Any, key: Any, examples: Any) -> Any:
  """`fit` of the sampler: keeps examples, evenly from the training set."""
  del params, state, key
  count = len(next(iter(examples.values())))
  rows = jnp.linspace(0, count - 1, _KEPT).astype(int)
  return {name: values[rows] for name, values in examples.items()}


def _draw_rows(keys: Any, condition: Any) -> Any:
  """A random one of the kept examples for each of the keys [B].

  Raises:
    UserError: no examples were kept yet.
  """
  if not condition:
    raise UserError(
      'Samples are made for examples that --mode=train keeps at its end: '
      'train to the end, or give --mode=evaluate first.'
    )
  several = len(next(iter(condition.values())))

  def one(key):
    return jax.random.randint(jax.random.fold_in(key, 1), (), 0, several)

  rows = jax.vmap(one)(keys)
  return {name: jnp.asarray(x)[rows] for name, x in condition.items()}
