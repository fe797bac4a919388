"""Melodies written token by token, each token read again."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Sampler, Spec, UserError
from zoo.samplers.drawing import check_model, check_temperature


def iterate(
  model: Any,
  spec: Spec,
  *,
  temperature: float = 1.0,
  first: int = 0,
) -> Sampler:
  """Builds the sampler of a model that writes token by token.

  Modes:
    sample: a melody of as many steps as the encoder's windows have.

  Args:
    model: a Flax module such as MelodyRnn.
    spec: of an encoder with the field `tokens` and the table `pitches`.
    temperature: 0 takes the likeliest token: then the first note decides the
      whole melody, which drawing remedies.
    first: MIDI pitch of the first note; 0 leaves it to the model.

  Raises:
    UserError: a temperature below 0, or a pitch that the encoder has not.
  """
  check_model('iterate', model, 'steps_per_bar', 'generate')
  check_temperature(temperature)
  pitches = np.asarray(spec.tables.get('pitches', []))
  if first and first not in pitches:
    raise UserError(
      f'sample/first must be a MIDI pitch that the encoder {spec.encoder!r} '
      f'has a class for, or 0, not {first}.'
    )
  token = int(np.flatnonzero(pitches == first)[0]) if first else -1
  steps = spec.fields['tokens'].shape[0]

  def sample(params, state, keys, condition):
    del state, condition
    draws = jax.vmap(lambda key: jax.random.uniform(key, (steps,)))(keys)
    begun = jnp.full(len(keys), token)
    variables = {'params': params}
    made = model.apply(variables, draws, begun, temperature, method='generate')
    return {'tokens': made}

  return {'sample': sample}
