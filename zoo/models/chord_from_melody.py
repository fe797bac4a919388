"""A chord from four notes of melody: the course's first network.

Source: Briot's course (feedforward, example 1). Four steps of a melody go in;
out comes the chord's root, as a number (prediction) or as one of twelve pitch
classes (classification).
"""

from collections.abc import Mapping
from typing import Literal

from flax import linen as nn
import jax
import jax.numpy as jnp

from zoo.contracts import Spec, UserError
from zoo.layers.chords import PITCH_CLASSES, chord_root
from zoo.layers.views import View, active_notes
from zoo.models.sizes import check_widths

Kind = Literal['value', 'roll']


def chord_from_melody(
  spec: Spec,
  *,
  view: Kind = 'roll',
  output: Literal['value', 'classes'] = 'classes',
  hidden: tuple[int, ...] = (200,),
) -> 'ChordFromMelody':
  """The network that reads a quarter of the first voice.

  Args:
    spec: of the encoder voices.
    view: each step as a value, or its pitch one-hot; see zoo.layers.views.
    output: the root's pitch class as a value, or a logit for each of twelve.
    hidden: width of each layer of ReLU.

  Raises:
    UserError: the encoder has no voices, or windows of broken quarters; a
      width out of range.
  """
  beat = spec.sizes.get('steps_per_beat', 1)
  if spec.sizes.get('voices', 0) < 2 or spec.sizes['steps'] % beat:
    raise UserError(
      'model chord_from_melody needs windows of whole quarters of two voices '
      "or more: take the encoder 'voices', with encoder/steps a multiple of "
      f'{beat}.'
    )
  check_widths(0, hidden=hidden)  # Without hidden layers it is linear.
  return ChordFromMelody(
    pitches=tuple(map(tuple, spec.tables['pitches'])),
    classes=spec.vocabulary['classes'][0],
    first=spec.sizes['first_pitch'],
    beat=beat,
    view=view,
    outputs=PITCH_CLASSES if output == 'classes' else 1,
    hidden=hidden,
  )


class ChordFromMelody(nn.Module):
  """Roots of the chords below a melody.

  Attributes:
    pitches: [V][K] MIDI pitch of each class, -1 for symbols.
    classes: of the first voice.
    first: the lowest pitch's class.
    beat: steps of a quarter.
    outputs: 12 logits, or 1 value.
    The others are options of `chord_from_melody`.
  """

  pitches: tuple[tuple[int, ...], ...]
  classes: int
  first: int
  beat: int = 4
  view: Kind = 'roll'
  outputs: int = PITCH_CLASSES
  hidden: tuple[int, ...] = (200,)

  @nn.compact
  def __call__(self, examples: Mapping[str, jax.Array]) -> jax.Array:
    """[B, T / beat, 12] logits or [B, T / beat, 1] values, 0 for C.

    Args:
      examples: {'voices': [B, T, V]}, of which the first is read.
    """
    melody = examples['voices'][..., 0]
    seen = View(self.view, self.classes, self.first)(melody)
    rows = seen.reshape(len(melody), melody.shape[1] // self.beat, -1)
    for number, width in enumerate(self.hidden):
      rows = nn.relu(nn.Dense(width, name=f'hidden_{number}')(rows))
    return nn.Dense(self.outputs, name='output')(rows)

  def roots(self, examples: Mapping[str, jax.Array]) -> jax.Array:
    """The truth: [B, T / beat] pitch class below each quarter's first step.

    It is read from the lower voices; -1 where they rest, and in quarters that
    begin at `length` [B] or later, where the examples have it: an encoder may
    fill windows up with holds, in which the last chord would sound on.
    """
    voices = jnp.swapaxes(examples['voices'], 1, 2)  # Time is the last axis.
    classes = active_notes(voices, self.first)[:, 1:, :: self.beat]
    table = jnp.asarray(self.pitches)[1:, None]
    heard = jnp.take_along_axis(table[None], classes[..., None], -1)[..., 0]
    roots = chord_root(jnp.moveaxis(heard, 1, -1))
    if 'length' not in examples:
      return roots
    begins = jnp.arange(roots.shape[1]) * self.beat
    return jnp.where(begins < examples['length'][:, None], roots, -1)

  def decide(self, outputs: jax.Array) -> jax.Array:
    """The likeliest root [B, S], or the value's nearest pitch class."""
    if self.outputs == 1:
      return jnp.round(outputs[..., 0]).astype(jnp.int32) % PITCH_CLASSES
    return jnp.argmax(outputs, -1)
