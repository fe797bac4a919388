"""Samples of a Latent model: from its prior, or from pieces that it encodes.

A mode takes codes from somewhere (the prior, a piece, a path between two, a
descent) and lets the model write them: a new mode is a function of codes here
and a line in `latent`.
"""

from collections.abc import Callable
from typing import Any, Literal

import jax
from jax import lax
import jax.numpy as jnp

from zoo.contracts import Latent, Mode, Sampler, Spec, Tree, UserError, asks
from zoo.export.bundle import Weights
from zoo.layers import comparison
from zoo.layers import latent as latent_lib
from zoo.layers.batch_statistics import variables
from zoo.layers.dropout import fold
from zoo.samplers.drawing import AT_ONCE, check_temperature
from zoo.samplers.latent_page import page

# What `fit` looks at: more examples no longer move the mixture.
_FIT_ON = 16384
_FIT_AT_ONCE = 512

# One purpose each for the random keys of a sample.
_LATENT, _WRITE = range(2)

Write = Callable[[Tree, Tree, jax.Array, jax.Array], dict[str, Any]]


@asks(Latent)
def latent(
  model: Any,
  spec: Spec,
  *,
  temperature: float = 0.0,
  threshold: float = 0.5,
  prior: Literal['model', 'mixture'] = 'model',
  scale: float = 1.0,
  components: int = 128,
  points: int = 8,
  iterations: int = 500,
  learning_rate: float = 0.01,
  margin: int = 2,
  weights: Weights = 'float16',
  view: Literal['blend', 'loops'] = 'blend',
) -> Sampler:
  """Builds the sampler of a Latent model.

  Args:
    model: a Flax module such as MusicVae or StackedAutoencoder.
    spec: of the encoder; piano rolls can be harmonized.
    temperature: of what is drawn; 0 takes the likeliest.
    threshold: at temperature 0, probability from which a note of a roll is
      written.
    prior: where z comes from: the model's own prior, or a Gaussian mixture
      fitted to the codes of the training set, which stays nearer to it.
    scale: multiplies z from the model's prior: of U(-1, 1) it is the reach, of
      N(0, 1) the deviation.
    components: of the mixture.
    points: of an interpolation, 2 to 64, both ends included.
    iterations: steps of descent, to harmonize.
    learning_rate: of the descent.
    margin: semitones below the melody that stay free of other notes.
    weights: how a page stores them; int8 takes half the room of float16.
    view: what a page shows first.

  Raises:
    UserError: `points` out of range, a temperature, margin or number of
      iterations below 0.
  """
  check_temperature(temperature)
  if not 2 <= points <= AT_ONCE:
    raise UserError(f'sample/points must be 2 to {AT_ONCE}, not {points}.')
  for name, value in (('margin', margin), ('iterations', iterations)):
    if value < 0:
      raise UserError(f'sample/{name} must be 0 or more, not {value}.')

  def write(params, state, z, keys):
    return model.apply(
      variables(params, state),
      z,
      fold(keys, _WRITE),
      temperature,
      threshold,
      method='generate',
    )

  def draw(keys, condition):
    keys = fold(keys, _LATENT)
    if prior == 'model':
      return scale * model.prior(keys)
    return latent_lib.sample_mixture(keys, _mixture(condition, components))

  def sample(params, state, keys, condition):
    return write(params, state, draw(keys, condition), keys)

  modes: Sampler = {
    'sample': Mode(sample, help='codes from the prior'),
    'reconstruct': Mode(
      _reconstruct(model, write),
      inputs=(1, 1),
      by_row=True,
      help='a piece, encoded and decoded',
      report=lambda given, made: comparison.in_words(spec, made, given),
    ),
    'interpolate': Mode(
      _interpolate(model, write, points),
      inputs=(2, 2),
      options={'count': points},
      help='from one piece to another, sample/points on the way',
    ),
    'page': page(model, spec, weights, view, threshold),
    'fit': _fit(model, components),
  }
  if 'roll' in spec.fields:
    descent = _harmonize(model, write, iterations, learning_rate, margin)
    modes['harmonize'] = Mode(
      descent,
      inputs=(1, 1),
      by_row=True,
      help='notes below the highest of a piece, by descent on the code',
    )
  return modes


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


def _encode(model, params, state, batch):
  """The mean of q(z | x): [n, Z]."""
  mean, _ = model.apply(variables(params, state), batch, method='encode')
  return mean


def _reconstruct(model: Any, write: Write) -> Callable:
  """Of condition {field: [n, ...]}: sample i is row i, encoded and decoded."""

  def reconstruct(params, state, keys, condition):
    z = _encode(model, params, state, condition)
    return write(params, state, z, keys)

  return reconstruct


def _interpolate(model: Any, write: Write, points: int) -> Callable:
  """Of condition {field: [2, ...]}: from the code of the first to the second's.

  By slerp where the prior is Gaussian, whose codes lie about a sphere, else
  along the straight line. Samples beyond the last point stay there.
  """
  path = latent_lib.slerp if model.gaussian else latent_lib.lerp

  def interpolate(params, state, keys, condition):
    first, last = _encode(model, params, state, condition)
    share = jnp.minimum(jnp.arange(len(keys)) / (points - 1), 1.0)
    return write(params, state, path(first, last, share), keys)

  return interpolate


def _harmonize(
  model: Any, write: Write, iterations: int, rate: float, margin: int
) -> Callable:
  """Of condition {'roll': [n, T, P]}: accompanies the highest notes.

  Input manipulation (see `descend`): from a code of the prior, down the squared
  error between the decoded roll and the melody, where it is asked for.
  """

  def harmonize(params, state, keys, condition):
    melody, asked = voice_and_mask(condition['roll'], margin)
    batch = {'roll': melody}

    def call(method, *arguments):
      given = variables(params, state)
      return model.apply(given, *arguments, method=method)

    def distance(z):
      logits = call('logits', call('decode', z, batch))['roll']
      error = jnp.square(jax.nn.sigmoid(logits) - melody)
      return jnp.sum(asked * error)  # rows do not mix: one gradient each

    start = model.prior(fold(keys, _LATENT))
    z = latent_lib.descend(distance, start, rate, iterations)
    made = write(params, state, z, keys)
    # The melody is pasted in, and nothing sounds above it.
    return {**made, 'roll': jnp.where(asked, melody, made['roll'])}

  return harmonize


def _fit(model: Any, components: int) -> Callable:
  """Of the training set {field: [N, ...]}: the mixture of its codes.

  Returns {'weights', 'centres', 'scale'}, which `sample` is then given.
  """

  @jax.jit
  def learn(params, state, key, examples):
    def encode(example):
      one = jax.tree.map(lambda x: x[None], example)
      return _encode(model, params, state, one)[0]

    codes = lax.map(encode, examples, batch_size=_FIT_AT_ONCE)
    return latent_lib.fit_mixture(key, codes, components)._asdict()

  def fit(params, state, key, examples):
    count = len(next(iter(examples.values())))
    step = -(-count // _FIT_ON)  # evenly over the whole set
    some = {k: jnp.asarray(v[::step]) for k, v in examples.items()}
    return learn(params, state, key, some)

  return fit


def _mixture(condition, components):
  """The mixture that `fit` found."""
  if 'centres' not in condition:
    raise UserError(
      'sample/prior=mixture needs the mixture that --mode=train fits: train '
      '(or --mode=evaluate) first.'
    )
  found = len(condition['weights'])
  if found != components:
    raise UserError(
      f'sample/components is {components}, and the mixture that was fitted has '
      f'{found}: give sample/components={found}, or --mode=evaluate with --set '
      f'sample/components={components} first.'
    )
  fields = latent_lib.Mixture._fields
  return latent_lib.Mixture(*(condition[name] for name in fields))
