"""Generates music symbol by symbol: tokens, notes or the frames of a roll."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Mode, Sampler, Spec, UserError
from zoo.layers.autoregression import write
from zoo.questions import Autoregressive, asks, questions

_LONGEST = 1000  # Symbols, if neither the user nor the encoder sets a length.


@asks(Autoregressive)
def autoregressive(
  model: Any,
  spec: Spec,
  *,
  steps: int = 0,
  temperature: float | tuple[float, ...] = 1.0,
  first: int = 0,
  primer: int = 64,
) -> Sampler:
  """Builds the sampler of a model that predicts the next symbol.

  Modes:
    sample: from the beginning of a piece.
    continue: continues a user's piece, the condition, encoded by `cover`.
      Primer and continuation are returned.

  Pieces end when the model predicts their end, or after `steps` steps.

  Args:
    model: an Autoregressive module.
    spec: of the encoder.
    steps: maximum length; 0 for that of the encoder's windows, or else 1000.
    temperature: of all streams, or of each; 0 takes the most likely symbol, so
      that all samples are equal.
    first: MIDI pitch of the first token; 0 to let the model choose.
    primer: maximum number of last steps of the user's piece that are read;
      whole bars for tokens. Metric positions are counted from the first of
      them.

  Raises:
    UserError: a model that is not Autoregressive, a number out of range, or a
      pitch that the encoder does not have.
  """
  _check_model(model)
  # Models may read the metric position, which is counted from the first token.
  bar = spec.sizes['steps_per_bar'] if model.field == 'tokens' else 1
  if steps < 0 or primer < bar:
    raise UserError(
      f'sample/steps must be at least 0 and sample/primer at least {bar}, not '
      f'{steps} and {primer}.'
    )
  steps = steps or spec.sizes.get('steps', _LONGEST)
  temperatures = check_temperatures(temperature, model.streams)
  writer = functools.partial(write, model, temperature=temperatures)
  token = _first_token(first, spec)
  field = model.field

  def finish(written):
    found = {field: written.symbols}
    if 'length' in spec.fields:
      found['length'] = jnp.full(len(written.symbols), written.length)
    return found

  def sample(params, state, keys, condition):
    del state, condition
    start = model.begin(len(keys))[0][:, None]
    known = start[:, :0] if token is None else jnp.full_like(start, token)
    drawn = steps - known.shape[1]
    return finish(writer(params, keys, known, steps=drawn))

  def go_on(params, state, keys, condition):
    del state
    shape = model.begin(1)[0].shape[1:]
    given = jnp.asarray(condition[field], jnp.int32).reshape(-1, *shape)
    length = jnp.int32(len(given))
    if 'length' in condition:
      length = jnp.sum(jnp.asarray(condition['length']))
    most = min(primer, len(given))
    known, kept = _last_steps(given, length, most - most % bar)
    known = jnp.broadcast_to(known, (len(keys), *known.shape))
    return finish(writer(params, keys, known, steps=steps, count=kept))

  def check(condition):
    if field not in condition:
      raise UserError(f'The input has no {field}: give a piece of music.')

  return {
    'sample': Mode(sample, help='music from the beginning'),
    'continue': Mode(
      go_on, inputs=(1, 1), help='continues a piece from its end', check=check
    ),
  }


def _check_model(model):
  """Raises UserError unless the model is Autoregressive."""
  if 'Autoregressive' not in questions(model):
    raise UserError(
      'sample/name is autoregressive, which needs a model that predicts the '
      f'next symbol, and {type(model).__name__} does not: leave it as in the '
      'experiment.'
    )


def _last_steps(given, length, most):
  """The last steps of a piece, and how many there are.

  Args:
    given: [T, ...] symbols.
    length: [] number of symbols of the piece, from the first.
    most: M, the maximum number of steps.

  Returns:
    [M, ...], beginning with the last steps of the piece, and [], their number.
  """
  kept = jnp.minimum(length, most)
  room = [(0, most)] + [(0, 0)] * (given.ndim - 1)
  padded = jnp.pad(given, room)
  return jax.lax.dynamic_slice_in_dim(padded, length - kept, most), kept


def check_temperatures(
  temperature: float | tuple[float, ...], streams: tuple[str, ...]
) -> tuple[float, ...]:
  """The temperature of each stream.

  Raises:
    UserError: below 0, or not one for each stream.
  """
  if isinstance(temperature, tuple | list):
    found = tuple(temperature)
  else:
    found = (temperature,) * len(streams)
  if len(found) != len(streams) or min(found) < 0:
    several = f', or one each of {", ".join(streams)}' * (len(streams) > 1)
    raise UserError(
      f'sample/temperature must be a number from 0 up{several}, not '
      f'{temperature}.'
    )
  return found


def _first_token(pitch, spec):
  """The class of a MIDI pitch; None for no pitch."""
  if not pitch:
    return None
  places = np.flatnonzero(np.asarray(spec.tables.get('pitches', [])) == pitch)
  if 'tokens' not in spec.fields or not len(places):
    raise UserError(
      f'sample/first must be a MIDI pitch that the encoder {spec.encoder!r} '
      f'has a class for, or 0, not {pitch}.'
    )
  return int(places[0])
