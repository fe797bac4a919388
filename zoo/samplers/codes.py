"""Samples of an autoencoder: from random codes, from examples, by descent."""

from typing import Any, Literal

import jax
from jax import lax
import jax.numpy as jnp

from zoo.contracts import Sampler, Spec, UserError
from zoo.layers.visible import visible_of
from zoo.samplers.drawing import AT_ONCE, check_model

_STATISTICS = 'batch_stats'


def codes(
  model: Any,
  spec: Spec,
  *,
  draw: Literal['uniform', 'bits'] = 'uniform',
  reach: float = 1.0,
  threshold: float = 0.5,
  points: int = 8,
  iterations: int = 500,
  learning_rate: float = 0.01,
  margin: int = 2,
) -> Sampler:
  """Builds the sampler of a model that encodes and decodes.

  Modes:
    sample: a random code, decoded.
    reconstruct: condition {field: [n, ...]}; each encoded and decoded.
    interpolate: condition {field: [2, ...]}; the straight path from the code
      of the first to that of the second, in `points` steps.
    harmonize: condition {'roll': [n, T, P]}; accompanies the highest notes.

  Args:
    model: a Flax module such as StackedAutoencoder.
    spec: tells which field is written, see zoo.layers.visible.
    draw: uniform, between -reach and reach (the course's autoencoders); bits,
      0 or 1 (DeepHear).
    reach: of the uniform codes; far beyond the codes of real music, what the
      decoder writes is far from it too.
    threshold: probability from which a note of a roll sounds.
    points: of an interpolation, 2 to 64.
    iterations: steps of descent, to harmonize.
    learning_rate: of the descent.
    margin: semitones below the melody that stay free of other notes.

  Raises:
    UserError: `points` out of range; another encoder than piano rolls in
      `harmonize`.
  """
  check_model('codes', model, 'latent')
  visible = visible_of(spec)
  if not 2 <= points <= AT_ONCE:
    raise UserError(f'sample/points must be 2 to {AT_ONCE}, not {points}.')

  for name, value in (('margin', margin), ('iterations', iterations)):
    if value < 0:
      raise UserError(f'sample/{name} must be 0 or more, not {value}.')

  def call(params, state, method, *arguments):
    variables = {'params': params, **_statistics(state)}
    return model.apply(variables, *arguments, method=method)

  def write(params, state, code):
    return visible.write(call(params, state, 'decode', code), threshold)

  def random_codes(keys):
    shape = (model.latent,)
    if draw == 'bits':
      flip = jax.vmap(lambda key: jax.random.bernoulli(key, 0.5, shape))
      return flip(keys).astype(jnp.float32)
    spread = jax.vmap(lambda key: jax.random.uniform(key, shape))
    return (2 * spread(keys) - 1) * reach

  def encode(params, state, condition):
    return call(params, state, 'encode', visible.read(condition))

  def sample(params, state, keys, condition):
    del condition
    return write(params, state, random_codes(keys))

  def reconstruct(params, state, keys, condition):
    del keys
    return write(params, state, encode(params, state, condition))

  def interpolate(params, state, keys, condition):
    first, last = encode(params, state, condition)
    share = jnp.minimum(jnp.arange(len(keys)) / (points - 1), 1.0)[:, None]
    return write(params, state, first + share * (last - first))

  def harmonize(params, state, keys, condition):
    if visible.field != 'roll':
      raise UserError(
        f"--mode=harmonize reads piano rolls, and '{spec.encoder}' has none: "
        'take an experiment whose encoder does.'
      )
    melody, asked = voice_and_mask(condition['roll'], margin)

    def distance(code):
      roll = jax.nn.sigmoid(call(params, state, 'decode', code))
      error = jnp.square(roll.reshape(melody.shape) - melody)
      return jnp.sum(asked * error)  # rows do not mix: one gradient each

    def descend(code, _):
      return code - learning_rate * jax.grad(distance)(code), None

    code, _ = lax.scan(descend, random_codes(keys), None, length=iterations)
    made = write(params, state, code)
    # The melody is pasted in, and nothing sounds above it.
    return {**made, 'roll': jnp.where(asked, melody, made['roll'])}

  return {
    'sample': sample,
    'reconstruct': reconstruct,
    'interpolate': interpolate,
    'harmonize': harmonize,
  }


def voice_and_mask(roll: jax.Array, margin: int) -> tuple[Any, Any]:
  """The highest notes of rolls, and what a harmonisation must agree with.

  Args:
    roll: [B, T, P], 1 where a note sounds, pitches ascending.
    margin: semitones below the melody that are asked to be silent.

  Returns:
    melody: [B, T, P] int32, the highest note of each step alone.
    asked: [B, T, P] bool, true for the melody, everything above it and
      `margin` semitones below; nothing is asked of a step without melody.

  Source: Sun 2015, DeepHear.
  """
  roll = jnp.asarray(roll) > 0
  pitches = jnp.arange(roll.shape[-1])
  highest = jnp.max(jnp.where(roll, pitches, -1), -1, keepdims=True)
  melody = (pitches == highest).astype(jnp.int32)
  asked = (highest >= 0) & (pitches >= highest - margin)
  return melody, asked


def _statistics(state):
  """What batch normalisation keeps, where the loss's state has any."""
  shared = state.get('shared', {})
  return {k: v for k, v in shared.items() if k == _STATISTICS}
