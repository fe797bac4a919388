"""Finds earlier occurrences of the last frames of a piano roll."""

import jax
from jax import lax
import jax.numpy as jnp
import numpy as np

_PER_WORD = 16  # Pitches that a float32 counts exactly, in one number.


def delay(values: jax.Array, first: int) -> jax.Array:
  """Values [B, T, ...] delayed by one step, beginning with `first`."""
  start = jnp.full_like(values[:, :1], first)
  return jnp.concatenate([start, values[:, :-1]], 1)


def longest_match(frames: jax.Array) -> tuple[jax.Array, jax.Array]:
  """The longest earlier match of the frames before every frame.

  Before frame t, the frames up to t - 1 are compared with those up to s - 1
  for every s < t: `place` is the s with the most consecutive matches, counted
  backward; the latest of equals.

  Args:
    frames: [B, T, P] integers, 1 if a note is active.

  Returns:
    place [B, T] int32, length [B, T] int32, 0 for no match.
  """
  words = _words(frames)
  steps = jnp.arange(frames.shape[1])

  def compare(lengths, t):
    # lengths[s]: how many frames before s agree with those before t - 1.
    last = lax.dynamic_index_in_dim(words, jnp.maximum(t - 1, 0), 1)
    agree = jnp.all(words == last, -1)
    longer = jnp.where(agree, lengths + 1, 0)
    lengths = jnp.concatenate(
      [jnp.zeros_like(longer[:, :1]), longer[:, :-1]], 1
    )
    lengths = jnp.where(steps < t, lengths, 0)
    # The latest of the longest: argmax finds the first, so look backward.
    place = frames.shape[1] - 1 - jnp.argmax(lengths[:, ::-1], -1)
    return lengths, (place, jnp.max(lengths, -1))

  none = jnp.zeros(frames.shape[:2], jnp.int32)
  _, (place, length) = lax.scan(compare, none, steps)
  return place.T.astype(jnp.int32), length.T


def _words(frames):
  """[B, T, W] float32, equal if the frames [B, T, P] are."""
  missing = -frames.shape[-1] % _PER_WORD
  bits = jnp.pad(
    (frames > 0).astype(jnp.float32), ((0, 0), (0, 0), (0, missing))
  )
  bits = bits.reshape(*frames.shape[:2], -1, _PER_WORD)
  return bits @ (2.0 ** np.arange(_PER_WORD, dtype=np.float32))
