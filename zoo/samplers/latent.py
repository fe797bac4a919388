"""Samples of a variational autoencoder: from the prior, or from melodies."""

from typing import Any, Literal

import jax
from jax import lax
import jax.numpy as jnp

from zoo.contracts import Sampler, UserError
from zoo.layers import latent as latent_lib
from zoo.layers.dropout import fold
from zoo.samplers.drawing import AT_ONCE, check_model, check_temperature

# What `fit` looks at: more examples no longer move the mixture.
_FIT_ON = 16384
_FIT_AT_ONCE = 512

# One purpose each for the random keys of a sample.
_LATENT, _WRITE = range(2)


def latent(
  model: Any,
  *,
  temperature: float = 0.0,
  prior: Literal['normal', 'mixture'] = 'normal',
  components: int = 128,
  points: int = 8,
) -> Sampler:
  """Builds the sampler of a model that encodes, and generates from z.

  Modes:
    sample: z from the prior. For the mixture, the condition holds what `fit`
      returned.
    reconstruct: condition {'tokens': [n, T]}; z = mu of each.
    interpolate: condition {'tokens': [2, T]}; the path from the first to the
      second by slerp on mu, in `points` steps, both ends included. Samples
      after the last point stay there.
    fit: condition {'tokens': [N, T]}, the training set; learns the mixture
      from mu: {'weights', 'centres', 'scale'}, for `sample`.

  Args:
    model: a Flax module such as MusicVae.
    temperature: of each token; 0 takes the likeliest.
    prior: where z comes from: N(0, 1), as trained, or a Gaussian mixture
      fitted to the training set, which stays nearer to it.
    components: of the mixture.
    points: of an interpolation, 2 to 64.

  Raises:
    UserError: `points` out of range, or a temperature below 0.
  """
  check_model('latent', model, 'latent', 'encode', 'generate')
  check_temperature(temperature)
  if not 2 <= points <= AT_ONCE:
    raise UserError(f'sample/points must be 2 to {AT_ONCE}, not {points}.')

  def call(params, method, *arguments):
    return model.apply({'params': params}, *arguments, method=method)

  def generate(params, z, keys):
    keys = fold(keys, _WRITE)
    return {'tokens': call(params, 'generate', z, keys, temperature)}

  def sample(params, state, keys, condition):
    del state
    return generate(params, draw(fold(keys, _LATENT), condition), keys)

  def draw(keys, condition):
    if prior == 'normal':
      normal = jax.vmap(lambda key: jax.random.normal(key, (model.latent,)))
      return normal(keys)
    if 'centres' not in condition:
      raise UserError(
        'sample/prior=mixture needs the mixture that --mode=train fits: train '
        '(or --mode=evaluate) first.'
      )
    fields = latent_lib.Mixture._fields
    found = len(condition['weights'])
    if found != components:
      raise UserError(
        f'sample/components is {components}, and the mixture that was fitted '
        f'has {found}: give sample/components={found}, or --mode=evaluate with '
        f'--set sample/components={components} first.'
      )
    mixture = latent_lib.Mixture(*(condition[name] for name in fields))
    return latent_lib.sample_mixture(keys, mixture)

  def reconstruct(params, state, keys, condition):
    del state
    mu, _ = call(params, 'encode', condition['tokens'])
    return generate(params, mu, keys)

  def interpolate(params, state, keys, condition):
    del state
    (first, last), _ = call(params, 'encode', condition['tokens'])
    share = jnp.minimum(jnp.arange(len(keys)) / (points - 1), 1.0)
    return generate(params, latent_lib.slerp(first, last, share), keys)

  @jax.jit
  def learn(params, key, tokens):
    def encode(tokens):
      return call(params, 'encode', tokens[None])[0][0]

    mu = lax.map(encode, tokens, batch_size=_FIT_AT_ONCE)
    return latent_lib.fit_mixture(key, mu, components)._asdict()

  def fit(params, state, key, condition):
    del state
    tokens = condition['tokens']
    step = -(-len(tokens) // _FIT_ON)  # evenly over the whole set
    return learn(params, key, jnp.asarray(tokens[::step]))

  return {
    'sample': sample,
    'reconstruct': reconstruct,
    'interpolate': interpolate,
    'fit': fit,
  }
