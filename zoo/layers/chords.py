"""Estimates the root of a chord from its pitches."""

import jax
import jax.numpy as jnp
import numpy as np

PITCH_CLASSES = 12

# Weights of notes by their interval above the root: the root itself has most,
# then the fifth, either third, and a seventh.
_WEIGHTS = {0: 4, 7: 3, 4: 2, 3: 2, 6: 1, 8: 1, 10: 1, 11: 1}
_BASS = 0.5  # Breaks ties in favor of the lowest note.


def chord_root(pitches: jax.Array) -> jax.Array:
  """The most likely root of each chord, a pitch class.

  Every note votes for the roots of which it would be root, third, fifth or
  seventh; doubled notes count once.

  Args:
    pitches: [..., V] MIDI pitch, highest voice first; -1 is silence.

  Returns:
    [...] int32, 0 (C) to 11 (B); -1 for silence.
  """
  votes = np.zeros((PITCH_CLASSES, PITCH_CLASSES), np.float32)
  for above, weight in _WEIGHTS.items():
    for root in range(PITCH_CLASSES):
      votes[(root + above) % PITCH_CLASSES, root] = weight
  active = pitches >= 0
  notes = jax.nn.one_hot(pitches % PITCH_CLASSES, PITCH_CLASSES)
  chroma = jnp.max(notes * active[..., None], -2)
  lowest = jnp.argmin(jnp.where(active, pitches, 128), -1)
  bass = jnp.take_along_axis(notes, lowest[..., None, None], -2)[..., 0, :]
  likeliest = jnp.argmax(chroma @ votes + _BASS * bass, -1)
  return jnp.where(active.any(-1), likeliest, -1).astype(jnp.int32)
