"""The root of a chord, from the pitches that sound."""

import jax
import jax.numpy as jnp
import numpy as np

PITCH_CLASSES = 12

# Thirds upward from the root, and what a note there says for it: the root
# itself most, then the fifth, either third, and a seventh.
_WEIGHTS = {0: 4, 7: 3, 4: 2, 3: 2, 6: 1, 8: 1, 10: 1, 11: 1}
_BASS = 0.5  # In doubt the lowest note is the root.


def chord_root(pitches: jax.Array) -> jax.Array:
  """The likeliest root of each chord, a pitch class.

  Every note speaks for the roots that it would be root, third, fifth or
  seventh of; doubled notes speak once.

  Args:
    pitches: [..., V] MIDI pitch, highest voice first; -1 is silence.

  Returns:
    [...] int32, 0 (C) to 11 (B); -1 where nothing sounds.
  """
  votes = np.zeros((PITCH_CLASSES, PITCH_CLASSES), np.float32)
  for above, weight in _WEIGHTS.items():
    for root in range(PITCH_CLASSES):
      votes[(root + above) % PITCH_CLASSES, root] = weight
  sounds = pitches >= 0
  notes = jax.nn.one_hot(pitches % PITCH_CLASSES, PITCH_CLASSES)
  chroma = jnp.max(notes * sounds[..., None], -2)
  lowest = jnp.argmin(jnp.where(sounds, pitches, 128), -1)
  bass = jnp.take_along_axis(notes, lowest[..., None, None], -2)[..., 0, :]
  likeliest = jnp.argmax(chroma @ votes + _BASS * bass, -1)
  return jnp.where(sounds.any(-1), likeliest, -1).astype(jnp.int32)
