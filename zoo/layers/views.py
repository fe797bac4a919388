"""Input representations of a voice: value, one-hot, embedding or roll.

Briot, Hadjeres and Pachet compare these (arXiv 1709.01620, chapter 4). Classes
are those of zoo.encoders.voices: 0 is hold, other symbols follow, and pitches
ascend from `first` on. The rolls of several voices, each from its lowest pitch,
together form a many-hot roll, like that of the encoder piano_roll.
"""

from typing import Literal

from flax import linen as nn
import jax
from jax import lax
import jax.numpy as jnp

from zoo.contracts import HOLD

Kind = Literal['value', 'one_hot', 'embedding', 'roll']
_SHORT = 64  # Steps.
VOICES = ('soprano', 'alto', 'tenor', 'bass')


def voice_names(count: int) -> tuple[str, ...]:
  """The four voices by name, or else voice_1, voice_2, ..."""
  if count == len(VOICES):
    return VOICES
  return tuple(f'voice_{number + 1}' for number in range(count))


def active_notes(classes: jax.Array, first: int) -> jax.Array:
  """The class of the active note of each step: holds resolved.

  Args:
    classes: [..., T] integers.
    first: the class of the lowest pitch; lower classes are symbols.

  Returns:
    [..., T] classes of pitches; 0 in silence, and in a hold at the beginning.
  """
  steps = jnp.arange(classes.shape[-1])
  begins = jnp.where(classes != HOLD, steps, -1)
  if len(steps) > _SHORT:
    latest = lax.cummax(begins, classes.ndim - 1)
  else:
    # All pairs of steps: faster than a scan, both to run and to compile.
    earlier = steps <= steps[:, None]
    latest = jnp.max(jnp.where(earlier, begins[..., None, :], -1), -1)
  found = jnp.take_along_axis(classes, jnp.maximum(latest, 0), -1)
  return jnp.where((latest >= 0) & (found >= first), found, 0)


class View(nn.Module):
  """Classes [..., T] as inputs [..., T, D] of a network.

  Attributes:
    kind: value, the active pitch, from 1/P to 1, and 0 for silence (D is 1);
      one_hot, the class (D is K); embedding, a learned vector for each class (D
      is `features`); roll, the active pitch one-hot of P, which does not
      distinguish a hold from a repeated note.
    classes: K.
    first: the class of the lowest pitch; P is K - first.
    features: of an embedding.
  """

  kind: Kind
  classes: int
  first: int
  features: int = 20

  @nn.compact
  def __call__(self, classes: jax.Array) -> jax.Array:
    pitches = self.classes - self.first
    if self.kind == 'one_hot':
      return jax.nn.one_hot(classes, self.classes)
    if self.kind == 'embedding':
      return nn.Embed(self.classes, self.features, name='embedding')(classes)
    place = active_notes(classes, self.first) - self.first
    if self.kind == 'roll':
      return jax.nn.one_hot(place, pitches)  # All zeros for silence.
    return jnp.maximum(place + 1, 0)[..., None] / pitches
