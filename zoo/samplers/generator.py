"""Samples from an Adversary's generator, which turns noise into examples."""

from typing import Any, Literal

import jax
import jax.numpy as jnp

from zoo.contracts import Mode, Sampler, UserError
from zoo.layers.batch_statistics import variables
from zoo.layers.dropout import fold
from zoo.questions import Adversary, asks
from zoo.samplers.drawing import check_temperature

# Purposes of the random keys of a sample.
_LATENT, _WRITE = range(2)


@asks(Adversary)
def generator(
  model: Any,
  *,
  temperature: float = 0.0,
  spread: float = 1.0,
  same: Literal['nothing', 'z', 'noise'] = 'nothing',
) -> Sampler:
  """Builds the sampler of an Adversary.

  Args:
    model: a Flax module such as Gan.
    temperature: of each class; 0 takes the most likely, with z as the only
      noise.
    spread: multiplies z. Below 1 it stays nearer to the mode of the prior,
      where a generator was trained most: closer to the training data, and less
      varied (the reduced temperature of Kingma & Dhariwal 2018, arXiv
      1807.03039).
    same: what all samples share. With the same z for all, their differences do
      not come from z; mode_collapse uses this.

  Raises:
    UserError: a temperature or spread below 0.
  """
  check_temperature(temperature)
  if getattr(model, 'conditions', ()):
    raise UserError(
      'sample/name generator has no conditions, which the model needs '
      f'({", ".join(model.conditions)}): take the sampler bar_by_bar.'
    )
  if spread < 0:
    raise UserError(f'sample/spread must be 0 or more, not {spread}.')

  def sample(params, state, keys, condition):
    del condition
    # A key that no sample has, so that all blocks share the same one.
    one = jnp.broadcast_to(jax.random.key(0), keys.shape)
    z = spread * model.prior(fold(one if same == 'z' else keys, _LATENT))
    noise = fold(one if same == 'noise' else keys, _WRITE)
    given = variables(params, state)
    return model.apply(given, z, noise, temperature, method='write')

  return {'sample': Mode(sample, help='each from its own z from the prior')}
