"""The order in which NADE decides the pitches of a frame.

An order is a word of the letters u and d, one for each note: u searches for the
next note upward, from where the last upward search ended, and d downward,
likewise. Its last letter applies to all further notes.

  u: from the lowest pitch up.
  d: from the highest pitch down.
  ud: the bass first, then from the soprano down.
  dudu: soprano, bass, alto, tenor, ...

Every pitch is decided once, in any order.
"""

import re

import jax
import jax.numpy as jnp
import numpy as np


def is_order(word: str) -> bool:
  """Whether a word is an order."""
  return re.fullmatch('[ud]+', word) is not None


def notes_placed(frames: jax.Array, most: int, order: str = 'u') -> jax.Array:
  """How many notes are placed when a pitch is decided, at most `most`.

  Args:
    frames: [..., P], 1 if a note is active, pitches ascending.
    most: M.
    order: see above.

  Returns:
    [..., P] int32, from 0 to M.
  """
  below, above = _below(frames), _below(frames[..., ::-1])[..., ::-1]
  # After k notes, a of them from below, the undecided pitches are those with a
  # notes below and k - a above.
  up = _from_below(order, most)[1:, None]
  down = np.arange(1, most + 1)[:, None] - up
  later = (below[..., None, :] >= up) & (above[..., None, :] >= down)
  return jnp.sum(later, -2, dtype=jnp.int32)


def unasked(frames: jax.Array, most: int, order: str = 'u') -> jax.Array:
  """[..., P] bool: the pitches that are undecided after up to `most` notes."""
  count = jnp.sum(frames > 0, -1, keepdims=True)
  return notes_placed(frames, most, order) == count


def first_notes(frames: jax.Array, count: int, order: str = 'u') -> jax.Array:
  """The notes of frames that are placed first.

  Args:
    frames: [..., P], 1 if a note is active, pitches ascending.
    count: M.
    order: see above.

  Returns:
    [..., M] int32, in that order; P if there are fewer notes.
  """
  pitches = frames.shape[-1]
  up = _from_below(order, count)
  upward = _lowest(frames, up[-1])
  downward = _lowest(frames[..., ::-1], count - up[-1])
  downward = jnp.where(downward < pitches, pitches - 1 - downward, pitches)
  notes = [
    upward[..., up[place]]
    if up[place + 1] > up[place]
    else downward[..., place - up[place]]
    for place in range(count)
  ]
  found = jnp.sum(frames > 0, -1, keepdims=True)
  exists = np.arange(count) < found
  return jnp.where(exists, jnp.stack(notes, -1), pitches)


def place_next(
  frames: jax.Array, active: jax.Array, order: str = 'u'
) -> jax.Array:
  """Frames with the next note placed, if there is one.

  Args:
    frames: [..., P] the notes placed so far.
    active: [..., P] bool, which of the undecided pitches would be active if
      they were decided now.
    order: see above.
  """
  pitches = np.arange(frames.shape[-1])
  lowest = pitches == jnp.argmax(active, -1)[..., None]
  highest = pitches[::-1] == jnp.argmax(active[..., ::-1], -1)[..., None]
  count = jnp.sum(frames > 0, -1, keepdims=True)
  letters = jnp.array([letter == 'u' for letter in order])
  upward = letters[jnp.minimum(count, len(order) - 1)]
  chosen = jnp.where(upward, lowest, highest)
  return jnp.where(active & chosen, 1, frames)


def _from_below(order, most):
  """[most + 1]: how many of the first k notes are found from below."""
  letters = [order[min(k, len(order) - 1)] == 'u' for k in range(most)]
  return np.cumsum([0, *letters])


def _below(frames):
  """[..., P] int32: how many notes of the frame are below each pitch."""
  # As a product: XLA's cumsum is slow on a CPU. The counts are exact.
  strictly = np.triu(np.ones((frames.shape[-1],) * 2, np.float32), 1)
  below = jnp.matmul((frames > 0).astype(jnp.float32), strictly)
  return below.astype(jnp.int32)


def _lowest(frames, count):
  """[..., count] the lowest notes; P if there are fewer."""
  upto = _below(frames) + (frames > 0)
  # For k from 0, the pitch of the k-th note is the number of pitches with at
  # most k notes up to and including themselves.
  place = np.arange(count)[:, None]
  return jnp.sum(upto[..., None, :] <= place, -1, dtype=jnp.int32)
