"""In which order the pitches of a frame are asked whether they sound.

  up: from the lowest to the highest.
  down: from the highest to the lowest.
  bass_first: up to the lowest note, then from the highest pitch down to it.
  top_first: down to the highest note, then from the lowest pitch up to it.

The last two place the outer voices of a frame first. Every pitch is asked once
in each order, and what was heard until then is the notes placed so far.
"""

from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np

Order = Literal['up', 'down', 'bass_first', 'top_first']


def notes_placed(frames: jax.Array, order: Order = 'up') -> jax.Array:
  """[..., P] int32: how many notes are placed when a pitch is asked.

  Args:
    frames: [..., P], 1 where a note sounds, pitches ascending.
    order: see above.
  """
  below, above = _below(frames, 1), _below(frames, -1)
  if order == 'up':
    return below
  if order == 'down':
    return above
  if order == 'bass_first':
    return jnp.where(below > 0, 1 + above, 0)
  return jnp.where(above > 0, 1 + below, 0)


def first_notes(
  frames: jax.Array, count: int, order: Order = 'up'
) -> jax.Array:
  """The notes of frames that are placed first.

  Args:
    frames: [..., P], 1 where a note sounds, pitches ascending.
    count: M.
    order: see above.

  Returns:
    [..., M] int32, in that order; P where there are fewer notes.
  """
  if order == 'up':
    return _lowest(frames, count)
  if order == 'down':
    return _highest(frames, count)
  if order == 'bass_first':
    first, others = _lowest(frames, 1), _highest(frames, count - 1)
  else:
    first, others = _highest(frames, 1), _lowest(frames, count - 1)
  others = jnp.where(others == first, frames.shape[-1], others)
  return jnp.concatenate([first, others], -1)


def place_next(
  frames: jax.Array, sounding: jax.Array, order: Order = 'up'
) -> jax.Array:
  """Frames with the next note placed, where there is one.

  Args:
    frames: [..., P] the notes placed so far.
    sounding: [..., P] bool, what each pitch that is still to be asked would
      answer if it were asked now; see `unasked`.
    order: see above.
  """
  pitches = np.arange(frames.shape[-1])
  lowest = pitches == jnp.argmax(sounding, -1)[..., None]
  highest = pitches[::-1] == jnp.argmax(sounding[..., ::-1], -1)[..., None]
  started = jnp.any(frames > 0, -1, keepdims=True)
  chosen = {
    'up': lowest,
    'down': highest,
    'bass_first': jnp.where(started, highest, lowest),
    'top_first': jnp.where(started, lowest, highest),
  }[order]
  return jnp.where(sounding & chosen, 1, frames)


def unasked(frames: jax.Array, order: Order = 'up') -> jax.Array:
  """[..., P] bool: the pitches to be asked after the notes of `frames`."""
  count = jnp.sum(frames > 0, -1, keepdims=True)
  return notes_placed(frames, order) == count


def _below(frames, step):
  """[..., P]: how many notes lie below each pitch; above it for step -1."""
  # As a product: XLA's cumsum is slow on a CPU. The counts are exact.
  ones = np.ones((frames.shape[-1],) * 2, np.float32)
  strictly = np.triu(ones, 1) if step > 0 else np.tril(ones, -1)
  found = jnp.matmul((frames > 0).astype(jnp.float32), strictly)
  return found.astype(jnp.int32)


def _lowest(frames, count):
  upto = _below(frames, 1) + (frames > 0)
  # The k-th note has as many pitches before it as have at most k notes up to
  # and with themselves, for k from 0.
  place = jnp.arange(count)[:, None]
  return jnp.sum(upto[..., None, :] <= place, -1, dtype=jnp.int32)


def _highest(frames, count):
  pitches = frames.shape[-1]
  turned = _lowest(frames[..., ::-1], count)
  return jnp.where(turned < pitches, pitches - 1 - turned, pitches)
