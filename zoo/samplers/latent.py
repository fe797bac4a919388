"""Samples from a Latent model: from its prior, or from encoded pieces.

A mode computes codes (from the prior, a piece, a path between two, by gradient
descent), which the model decodes: a new mode is a function of codes in
`latent_space` and a line here.
"""

from collections.abc import Callable
import functools
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp

from zoo.contracts import Mode, Sampler, Spec, Tree, UserError
from zoo.export.bundle import Weights
from zoo.layers import attributes, comparison
from zoo.layers import latent as latent_lib
from zoo.layers.batch_statistics import variables
from zoo.layers.dropout import fold
from zoo.questions import Latent, asks
from zoo.samplers import fixed_point, latent_fit, latent_space
from zoo.samplers.drawing import AT_ONCE, check_temperature
from zoo.samplers.latent_page import page

# Purposes of the random keys of a sample.
_LATENT, _WRITE = range(2)

Write = Callable[[Tree, Tree, jax.Array, jax.Array], dict[str, Any]]


class _Space(NamedTuple):
  """Options of the modes in `latent_space`; see `latent`."""

  path: str
  points: int
  nearness: float
  attribute: str
  axes: str
  direction: int
  reach: float
  gradations: int
  side: int


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
  plane: Literal['corpus', 'samples'] = 'corpus',
  path: Literal['auto', 'slerp', 'line'] = 'auto',
  nearness: float = 0.7,
  attribute: Literal[
    'density', 'c_major', 'interval', 'syncopation_16', 'syncopation_8'
  ] = 'density',
  axes: Literal['principal', 'dimension'] = 'principal',
  direction: int = 0,
  reach: float = 1.5,
  gradations: int = 7,
  side: int = 8,
  starts: int = 256,
  noise: Literal['uniform', 'bits'] = 'uniform',
  rounds: int = 200,
) -> Sampler:
  """Builds the sampler of a Latent model.

  Args:
    model: a Flax module such as MusicVae or StackedAutoencoder.
    spec: of the encoder; piano rolls can be harmonized.
    temperature: of sampling; 0 takes the most likely values.
    threshold: at temperature 0, probability from which a bit is 1.
    prior: the distribution of z: the model's own prior, or a Gaussian mixture
      fitted to the codes of the training set, which is closer to the data.
    scale: factor of z from the model's prior: the range of U(-1, 1), or the
      standard deviation of N(0, 1).
    components: of the mixture.
    points: of an interpolation, 2 to 64, including both ends; between four
      files, of each side of the grid, 2 to 16.
    iterations: steps of gradient descent, for harmonize.
    learning_rate: of the gradient descent.
    margin: semitones below the melody without other notes.
    weights: how a page stores them; int8 takes half the space of float16.
    view: what a page shows first.
    plane: what a page's plane shows: test examples of the corpus, or samples,
      if the music of the corpus must not be redistributed.
    path: of interpolations and variations: spherical (slerp), a straight line,
      or auto, slerp for a Gaussian prior.
    nearness: of variations: 1 is the piece itself, 0 a sample from the prior.
    attribute: to add or subtract; see zoo.layers.attributes.
    axes: the direction of a walk: a principal direction of the codes of the
      training set, or one dimension of the code.
    direction: its number, from 0, by decreasing variance.
    reach: distance in both directions: in multiples of the attribute's vector,
      or in standard deviations of the codes.
    gradations: steps of an attribute or a walk, including both ends.
    side: of the map, in samples.
    starts: number of random starts for fixed points.
    noise: what a start is: values from U(0, 1), or each 0 or 1.
    rounds: maximum number of encodings and decodings.

  Raises:
    UserError: an option out of range, or an attribute that the music of this
      encoder does not have.
  """
  check_temperature(temperature)
  space = _Space(
    path, points, nearness, attribute, axes, direction, reach, gradations, side
  )
  _check_options(space, model.latent, margin, iterations, starts, rounds)
  write = _writer(model, temperature, threshold)
  draw = _drawer(model, prior, scale, components)

  def sample(params, state, keys, condition):
    return write(params, state, draw(keys, condition), keys)

  modes: Sampler = {
    'sample': Mode(sample, help='codes from the prior'),
    'reconstruct': _reconstruct(model, spec, write),
    **_space_modes(model, spec, write, space, draw),
    'page': page(model, spec, weights, view, plane, threshold),
    'fit': latent_fit.fitter(model, spec, components),
  }
  if 'roll' in spec.fields:
    modes['harmonize'] = _harmonize(
      model, write, iterations, learning_rate, margin
    )
  if spec.fields[spec.main_field].kind in ('bit', 'grey'):
    modes['fixed_point'] = fixed_point.seek(model, spec, starts, rounds, noise)
  if hasattr(model, 'features'):
    modes['features'] = fixed_point.features(model, write)
  return modes


def _check_options(
  space: _Space,
  latent: int,
  margin: int,
  iterations: int,
  starts: int,
  rounds: int,
) -> None:
  """Raises UserError for an option that is out of range."""
  if not 2 <= space.points <= AT_ONCE:
    raise UserError(
      f'sample/points must be 2 to {AT_ONCE}, not {space.points}.'
    )
  for name, value in (('margin', margin), ('iterations', iterations)):
    if value < 0:
      raise UserError(f'sample/{name} must be 0 or more, not {value}.')
  _check_space(space, latent)
  for name, value in (('starts', starts), ('rounds', rounds)):
    if value < 1:
      raise UserError(f'sample/{name} must be at least 1, not {value}.')


def _check_space(space: _Space, latent: int) -> None:
  """Raises UserError for an option that is out of range."""
  if not 0 <= space.nearness <= 1:
    raise UserError(
      f'sample/nearness must be a share, 0 to 1, not {space.nearness}.'
    )
  # Before the data is read, a code's size may be 0.
  if space.direction < 0 or (latent and space.direction >= latent):
    raise UserError(
      f'sample/direction must be 0 to {max(latent - 1, 0)}, not '
      f'{space.direction}: the code has {latent} dimensions.'
    )
  if not space.reach > 0:
    raise UserError(f'sample/reach must be above 0, not {space.reach}.')
  for name, most in (('gradations', AT_ONCE), ('side', 32)):
    value = getattr(space, name)
    if not 2 <= value <= most:
      raise UserError(f'sample/{name} must be 2 to {most}, not {value}.')


def _writer(model: Any, temperature: float, threshold: float) -> Write:
  """A function that decodes codes z [B, Z] to examples."""

  def write(params, state, z, keys):
    return model.apply(
      variables(params, state),
      z,
      fold(keys, _WRITE),
      temperature,
      threshold,
      method='generate',
    )

  return write


def _drawer(model: Any, prior: str, scale: float, components: int) -> Callable:
  """A function that samples a code for each of the keys: [B, Z]."""

  def draw(keys, condition):
    keys = fold(keys, _LATENT)
    if prior == 'model':
      return scale * model.prior(keys)
    return latent_lib.sample_mixture(
      keys, latent_fit.mixture(condition, components)
    )

  return draw


def _space_modes(
  model: Any, spec: Spec, write: Write, space: _Space, draw: Callable
) -> dict[str, Mode]:
  """The modes of `latent_space`; `attribute` if the music has attributes."""
  path = latent_space.path_of(space.path, model.gaussian)
  turned = path is latent_lib.slerp
  mode = functools.partial(_moved, model, spec, write)
  found = {
    'interpolate': mode(
      latent_space.interpolate(path, space.points),
      (2, 4),
      lambda files: space.points ** (2 if files == 4 else 1),
      'from one piece to another, or a grid between four, in sample/points',
      latent_space.check_ends(spec.fields, space.points),
    ),
    'average': mode(
      latent_space.average(turned),
      (2, latent_space.MOST),
      1,
      'the middle of two pieces or more',
    ),
    'vary': mode(
      latent_space.vary(path, draw, space.nearness),
      (1, 1),
      None,
      'pieces like one, as near as sample/nearness',
    ),
    'translate': mode(
      latent_space.walk(
        _direction(model.latent, space), space.reach, space.gradations
      ),
      (1, 1),
      space.gradations,
      'a piece moved along sample/direction of the latent space',
      latent_fit.needs('directions', 'principal'),
    ),
    'map': mode(
      latent_space.plane(model.latent, space.side),
      (0, 0),
      space.side**2,
      'the plane in which codes vary most, sample/side per row',
      None
      if model.latent == 2
      else latent_fit.needs('directions', 'principal'),
    ),
  }
  names = attributes.attributes_of(spec)
  if names:
    found['attribute'] = _attribute(mode, names, space)
  return found


def _moved(model, spec, write, codes, files, count, words, check=None):
  """A mode that encodes pieces, computes codes and decodes them.

  Args:
    model, spec, write: as above.
    codes: (ends [n, Z] of the pieces, keys, condition) -> z [B, Z]; ends is
      None without files.
    files: minimum and maximum number of files.
    count: number of samples, or a function of the number of files; None for
      the user's choice.
    words: the mode's help.
    check: of the condition; None for none.
  """

  def make(params, state, keys, condition):
    ends = None
    if files[1]:
      ends = latent_fit.encode(model, spec, params, state, condition)
    z = codes(ends, keys, condition)
    return write(params, state, z, keys)

  options = {} if count is None else {'count': count}
  return Mode(
    make,
    inputs=files,
    by_window=files[1] > 0,
    help=words,
    check=check,
    options=options,
  )


def _direction(latent, space):
  """(condition) -> [Z], one standard deviation along a direction."""

  def direction(condition):
    if space.axes == 'principal':
      return jnp.asarray(condition['principal'])[space.direction]
    deviation = jnp.asarray(condition['deviation'])
    return jnp.where(jnp.arange(latent) == space.direction, deviation, 0)

  return direction


def _attribute(mode, names, space):
  """The mode that adds and subtracts an attribute's vector."""
  learned = latent_fit.needs('attribute vectors', 'attributes')

  def check(condition):
    if space.attribute not in names:
      raise UserError(
        f'sample/attribute is {space.attribute}, which the music of this run '
        f'does not have: take {", ".join(names[:-1])} or {names[-1]}.'
      )
    learned(condition)

  def vector(condition):
    return jnp.asarray(condition['attributes'])[names.index(space.attribute)]

  return mode(
    latent_space.walk(vector, space.reach, space.gradations),
    (1, 1),
    space.gradations,
    'a piece with less to more of sample/attribute',
    check,
  )


def voice_and_mask(roll: jax.Array, margin: int) -> tuple[Any, Any]:
  """The highest notes of rolls, and the cells that a harmonization must match.

  Args:
    roll: [B, T, P], 1 if a note is active, pitches ascending.
    margin: semitones below the melody that should be silent.

  Returns:
    melody: [B, T, P] int32, only the highest note of each step.
    asked: [B, T, P] bool, true for the melody, everything above it and
      `margin` semitones below it; false for steps without melody.

  Source: Sun 2015, DeepHear.
  """
  roll = jnp.asarray(roll) > 0
  pitches = jnp.arange(roll.shape[-1])
  highest = jnp.max(jnp.where(roll, pitches, -1), -1, keepdims=True)
  melody = (pitches == highest).astype(jnp.int32)
  asked = (highest >= 0) & (pitches >= highest - margin)
  return melody, asked


def _reconstruct(model: Any, spec: Spec, write: Write) -> Mode:
  """Encodes and decodes: sample i is row i of the condition's fields."""

  def reconstruct(params, state, keys, condition):
    z = latent_fit.encode(model, spec, params, state, condition)
    return write(params, state, z, keys)

  return Mode(
    reconstruct,
    inputs=(1, 1),
    by_row=True,
    help='a piece, encoded and decoded',
    report=lambda given, made: comparison.in_words(spec, made, given),
  )


def _harmonize(
  model: Any, write: Write, iterations: int, rate: float, margin: int
) -> Mode:
  """Accompanies the highest notes of the condition {'roll': [n, T, P]}.

  Input manipulation (see `descend`): starts from a code from the prior, and
  minimizes the squared error between the decoded roll and the melody, over the
  `asked` cells of `voice_and_mask`.
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
    # The melody is copied, and there is nothing above it.
    return {**made, 'roll': jnp.where(asked, melody, made['roll'])}

  return Mode(
    harmonize,
    inputs=(1, 1),
    by_row=True,
    help='notes below the highest of a piece, by gradient descent on the code',
  )
