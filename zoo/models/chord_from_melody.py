"""Predicts a chord from four notes of melody.

It reads four steps of a melody and predicts the chord's root, as a number
(regression) or as one of twelve pitch classes (classification).

Source: Briot's course, feedforward networks, example 1.
"""

from typing import Literal

from flax import linen as nn
import jax
import jax.numpy as jnp

from zoo.contracts import Spec, UserError
from zoo.layers.chords import PITCH_CLASSES, chord_root
from zoo.layers.heads import HEADS
from zoo.layers.views import View, active_notes
from zoo.models.sizes import check_widths
from zoo.questions import Conditional, Steps


class ChordFromMelody(nn.Module, Conditional):
  """Roots of the chords below a melody; a step is a quarter.

  Attributes:
    pitches: [V][K] MIDI pitch of each class, -1 for symbols.
    classes: of the first voice.
    first: the lowest pitch's class.
    rest: the class of silence.
    beat: steps of the grid in a quarter.
    view: each step as a value, or its pitch one-hot; see zoo.layers.views.
    head: softmax, a logit for each of twelve pitch classes; value or absolute,
      one number, 0 for C to 11 for B, with a squared or absolute error.
    hidden: width of each layer of ReLU.
  """

  reads = ('voices',)

  pitches: tuple[tuple[int, ...], ...]
  classes: int
  first: int
  rest: int
  beat: int
  view: Literal['value', 'roll'] = 'roll'
  head: Literal['softmax', 'value', 'absolute'] = 'softmax'
  hidden: tuple[int, ...] = (200,)

  context = None
  streams = ('root',)

  @classmethod
  def from_spec(cls, spec: Spec, **options) -> 'ChordFromMelody':
    """The network that reads quarters of the first of the encoder's voices.

    Raises:
      UserError: the encoder has no voices, or its windows are not whole
        quarters; or a width is out of range.
    """
    beat = spec.sizes.get('steps_per_beat', 1)
    if spec.sizes.get('voices', 0) < 2 or spec.sizes['steps'] % beat:
      raise UserError(
        'model chord_from_melody needs windows of whole quarters of two voices '
        "or more: take the encoder 'voices', with encoder/steps a multiple of "
        f'{beat}.'
      )
    symbols = spec.vocabulary['symbols']
    model = cls(
      pitches=tuple(map(tuple, spec.tables['pitches'])),
      classes=spec.vocabulary['classes'][0],
      first=spec.sizes['first_pitch'],
      rest=symbols.index('rest') if 'rest' in symbols else 0,
      beat=beat,
      **options,
    )
    check_widths(0, hidden=model.hidden)  # Without hidden layers it is linear.
    return model

  def read(self, batch):
    """Symbols are the roots [B, S] of S quarters, given the melody.

    Quarters without a chord are masked; see `roots`.
    """
    melody = batch['voices'][..., 0]
    given = melody.reshape(len(melody), -1, self.beat)
    roots = self.roots(batch)
    return Steps(jnp.maximum(roots, 0), given, roots >= 0)

  def roots(self, batch) -> jax.Array:
    """[B, S] pitch class of the chord below each quarter's first step.

    It is estimated from the lower voices; -1 if they rest, and for quarters
    that begin at `length` [B] or later, if the examples have it: an encoder may
    pad windows with holds, which would continue the last chord.
    """
    voices = jnp.swapaxes(batch['voices'], 1, 2)  # Time is the last axis.
    classes = active_notes(voices, self.first)[:, 1:, :: self.beat]
    table = jnp.asarray(self.pitches)[1:, None]
    active = jnp.take_along_axis(table[None], classes[..., None], -1)[..., 0]
    roots = chord_root(jnp.moveaxis(active, 1, -1))
    if 'length' not in batch:
      return roots
    begins = jnp.arange(roots.shape[1]) * self.beat
    return jnp.where(begins < batch['length'][:, None], roots, -1)

  def start(self, batch):
    """There is no carry."""
    del batch
    return ()

  @nn.compact
  def __call__(self, symbols, given, carry=(), keys=None):
    """[B, S, 12] logits or [B, S, 1] values, 0 for C."""
    del symbols, keys
    seen = View(self.view, self.classes, self.first)(
      given.reshape(len(given), -1)
    )
    rows = seen.reshape(*given.shape[:2], -1)
    for number, width in enumerate(self.hidden):
      rows = nn.relu(nn.Dense(width, name=f'hidden_{number}')(rows))
    outputs = PITCH_CLASSES if self.head == 'softmax' else 1
    return nn.Dense(outputs, name='output')(rows), carry

  def log_prob(self, outputs, symbols):
    """{'root': [B, S]} nats; see zoo.layers.heads."""
    if self.head != 'softmax':
      symbols = symbols[..., None].astype(jnp.float32)
    return {'root': HEADS[self.head].log_prob(outputs, symbols)}

  def likeliest(self, outputs, symbols=None):
    """The most likely root [B, S], or the pitch class nearest to the value."""
    del symbols
    return self.draw(outputs, None, 0)

  def events(self, symbols):
    """A chord begins every quarter."""
    return jnp.ones(symbols.shape, bool)

  def draw(self, outputs, keys, temperature):
    """Roots [B, S]; values are not sampled."""
    head = HEADS[self.head]
    if self.head != 'softmax':
      return head.draw(outputs[..., 0]).astype(jnp.int32) % PITCH_CLASSES
    if temperature == 0:
      return head.draw(outputs)
    shape = outputs.shape[1:-1]
    uniforms = jax.vmap(lambda key: jax.random.uniform(key, shape))(keys)
    return head.draw(outputs, uniforms, temperature)

  def write(self, batch, symbols):
    """The batch with the roots in the last voice; the middle voices rest."""
    lowest = self.pitches[-1][self.first]
    bass = self.first + (symbols - lowest) % PITCH_CLASSES
    steps = batch['voices'].shape[1]
    struck = jnp.arange(steps) % self.beat == 0
    bass = jnp.where(struck, jnp.repeat(bass, self.beat, 1), 0)
    voices = jnp.full_like(batch['voices'], self.rest)
    voices = voices.at[..., 0].set(batch['voices'][..., 0])
    return {**batch, 'voices': voices.at[..., -1].set(bass)}
