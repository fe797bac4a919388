"""Piano rolls written frame by frame, each frame voice by voice."""

from typing import Any

import jax
from jax import lax
import jax.numpy as jnp

from zoo.contracts import Sampler, Spec, UserError
from zoo.samplers.drawing import check_model, check_temperature


def frames(
  model: Any,
  spec: Spec,
  *,
  frames: int = 64,
  temperature: float = 1.0,
  primer: int = 32,
) -> Sampler:
  """Builds the sampler of a model that reads the past and draws a frame.

  Modes:
    sample: from silence.
    continue: condition {'roll': [n, T, P], 'length': [n]}, a piece in windows
      end to end; goes on from its end. Primer and continuation are returned.

  Args:
    model: a Flax module such as RnnNade.
    spec: of an encoder with the field `roll`.
    frames: to write.
    temperature: of each note; 0 takes the likelier of on and off.
    primer: the most frames of the user's piece, its last, that are read.

  Raises:
    UserError: no rolls, no frame to write, or a temperature below 0.
  """
  check_model('frames', model, 'chances', 'draw')
  if 'roll' not in spec.fields:
    raise UserError(
      f"sample/frames writes piano rolls, and the encoder '{spec.encoder}' has "
      'none: take another sampler.'
    )
  check_temperature(temperature)
  if frames < 1 or primer < 1:
    raise UserError(
      f'sample/frames and sample/primer must be at least 1, not {frames} and '
      f'{primer}.'
    )
  pitches = spec.fields['roll'].shape[-1]

  def write(params, keys, given, known):
    """Goes on from the first `known` [] frames of given [T, P]."""
    steps = len(given) + frames

    def one(before, step):
      roll, carry = before
      past = model.apply({}, roll, method='read')
      now = jax.tree.map(
        lambda x: lax.dynamic_slice_in_dim(x, step, 1, 1), past
      )
      chances = jax.vmap(_chances, (0, None, None))(keys, step, model.chances)
      drawn, carry = model.apply(
        {'params': params}, now, carry, chances, temperature, method='draw'
      )
      there = lax.dynamic_slice_in_dim(roll, step, 1, 1)
      frame = jnp.where(step < known, there, drawn)
      roll = lax.dynamic_update_slice_in_dim(roll, frame, step, 1)
      return (roll, carry), None

    given = jnp.pad(given.astype(jnp.int32), ((0, frames), (0, 0)))
    roll = jnp.broadcast_to(given, (len(keys), steps, pitches))
    first = (roll, model.begin(len(keys)))
    (roll, _), _ = lax.scan(one, first, jnp.arange(steps))
    music = jnp.arange(steps)[:, None] < known + frames
    return {
      'roll': jnp.where(music, roll, 0),
      'length': jnp.full(len(keys), known + frames, jnp.int32),
    }

  def sample(params, state, keys, condition):
    del state, condition
    return write(params, keys, jnp.zeros((0, pitches)), 0)

  def go_on(params, state, keys, condition):
    del state
    roll = jnp.asarray(condition['roll']).reshape(-1, pitches)
    length = jnp.sum(jnp.asarray(condition['length']))
    # The last frames first, and then whatever is there.
    kept = jnp.minimum(length, primer)
    roll = jnp.pad(roll, ((0, primer), (0, 0)))
    given = lax.dynamic_slice_in_dim(roll, length - kept, primer, 0)
    return write(params, keys, given, kept)

  return {'sample': sample, 'continue': go_on}


def _chances(key, step, count):
  """Uniform numbers [1, count] for one frame of one sample."""
  return jax.random.uniform(jax.random.fold_in(key, step), (1, count))
