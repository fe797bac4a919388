"""Accompanies a given voice: from the soprano to alto, tenor and bass.

Three network types for the same task: MiniBach's hidden layer over all steps at
once (Hadjeres and Briot 2017, in arXiv 1709.01620, chapter 6), a recurrent
network that reads the soprano up to each step, and a bidirectional one that
reads all of it (Schuster and Paliwal 1997).
"""

from typing import Literal

from flax import linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import HOLD, Spec, UserError
from zoo.layers.dropout import dropout, fold
from zoo.layers.heads import HEADS
from zoo.layers.recurrent import Stack
from zoo.layers.views import Kind, View, voice_names
from zoo.models.sizes import check_dropout, check_widths
from zoo.questions import Conditional, Steps

_NEVER = -1e9  # Logits of classes that a voice does not have.
_MARKS = ('fermata', 'beat', 'key')  # Streams of metadata, one-hot.


class Counterpoint(nn.Module, Conditional):
  """Reads the first voice of `voices` [B, T, V] and writes the other V - 1.

  Attributes:
    counts: classes of each voice.
    first: the lowest pitch's class.
    mark_classes: of fermata, beat and key.
    form: feedforward reads and predicts all steps at once; recurrent reads the
      soprano up to the step, bidirectional all of it.
    hidden: width of each hidden layer: of ReLU, or of LSTM in each direction.
    head: softmax over the classes of a voice; or sigmoid, a binary
      cross-entropy for each class, as in MiniBach.
    view: representation of the first voice; see zoo.layers.views.
    features: size of an embedding, if the view is one.
    marks: whether it also reads fermata, beat and key.
    dropout: share of each hidden layer that is zeroed in training.
  """

  reads = ('voices',)

  counts: tuple[int, ...]
  first: int
  mark_classes: tuple[int, ...]
  form: Literal['feedforward', 'recurrent', 'bidirectional'] = 'feedforward'
  hidden: tuple[int, ...] = (200,)
  head: Literal['softmax', 'sigmoid'] = 'softmax'
  view: Kind = 'one_hot'
  features: int = 20
  marks: bool = False
  dropout: float = 0.0

  context = None

  @classmethod
  def from_spec(cls, spec: Spec, **options) -> 'Counterpoint':
    """The network for the voices of the encoder `voices`.

    Raises:
      UserError: fewer than two voices, or a width or share out of range.
    """
    if spec.sizes.get('voices', 0) < 2:
      raise UserError(
        f"model counterpoint needs two voices, and the encoder '{spec.encoder}'"
        " has fewer: take the encoder 'voices'."
      )
    model = cls(
      counts=tuple(spec.vocabulary['classes']),
      first=spec.sizes['first_pitch'],
      mark_classes=tuple(spec.fields[name].classes for name in _MARKS),
      **options,
    )
    check_widths(0, hidden=model.hidden)  # Without hidden layers it is linear.
    if model.view == 'embedding':
      check_widths(features=model.features)
    check_dropout(dropout=model.dropout)
    return model

  @property
  def streams(self) -> tuple[str, ...]:  # type: ignore[override]
    """Names of the predicted voices."""
    return voice_names(len(self.counts))[1:]

  def read(self, batch):
    """Symbols [B, T, V - 1]; the first voice, and marks, are given."""
    voices = batch['voices']
    given = {'voice': voices[..., 0]}
    if self.marks:
      given |= {name: batch[name] for name in _MARKS}
    steps = jnp.arange(voices.shape[1])
    return Steps(voices[..., 1:], given, steps < batch['length'][:, None])

  def start(self, batch):
    """There is no carry."""
    del batch
    return ()

  @nn.compact
  def __call__(self, symbols, given, carry=(), keys=None):
    """Logits [B, T, V - 1, K] of the other voices.

    K is the maximum number of classes of a voice; the missing classes of others
    have a very low logit.
    """
    del symbols  # The predicted voices are independent given the first.
    view = View(self.view, self.counts[0], self.first, self.features)
    seen = view(given['voice'])
    if self.marks:
      streams = [
        jax.nn.one_hot(given[name], classes)
        for name, classes in zip(_MARKS, self.mark_classes, strict=True)
      ]
      seen = jnp.concatenate([seen, *streams], -1)
    batch, steps, _ = seen.shape
    written = self.counts[1:]
    if self.form == 'feedforward':
      rows = seen.reshape(batch, -1)
      for number, width in enumerate(self.hidden):
        rows = nn.relu(nn.Dense(width, name=f'hidden_{number}')(rows))
        rows = dropout(rows, fold(keys, number), self.dropout)
      logits = nn.Dense(steps * sum(written), name='output')(rows)
      logits = logits.reshape(batch, steps, -1)
    else:
      rows, _ = Stack(
        self.hidden,
        bidirectional=self.form == 'bidirectional',
        dropout=self.dropout,
        name='stack',
      )(seen, keys=keys)
      logits = nn.Dense(sum(written), name='output')(rows)
    return _by_voice(logits, written), carry

  def log_prob(self, outputs, symbols):
    """{voice: [B, T]} nats."""
    return self._by_name(HEADS[self.head].log_prob(outputs, symbols))

  def bound(self, outputs, symbols):
    """{voice: [B, T]}, the negative error of the head."""
    return self._by_name(-HEADS[self.head].error(outputs, symbols))

  def likeliest(self, outputs, symbols=None):
    """The most likely classes [B, T, V - 1]."""
    del symbols
    return HEADS[self.head].draw(outputs)

  def events(self, symbols):
    """Notes and rests that begin."""
    return symbols != HOLD

  def draw(self, outputs, keys, temperature):
    """Classes [B, T, V - 1], sampled independently."""
    shape = outputs.shape[1:-1]
    uniforms = jax.vmap(lambda key: jax.random.uniform(key, shape))(keys)
    return HEADS[self.head].draw(outputs, uniforms, temperature)

  def write(self, batch, symbols):
    """The batch with the voices below its first one replaced."""
    first = batch['voices'][..., :1]
    return {**batch, 'voices': jnp.concatenate([first, symbols], -1)}

  def _by_name(self, values):
    return dict(zip(self.streams, jnp.moveaxis(values, -1, 0), strict=True))


def _by_voice(logits, counts):
  """[..., sum of counts] as [..., V, max of counts], padded."""
  parts = jnp.split(logits, np.cumsum(counts)[:-1], axis=-1)
  none = [(0, 0)] * (logits.ndim - 1)
  return jnp.stack(
    [
      jnp.pad(
        part,
        [*none, (0, max(counts) - part.shape[-1])],
        constant_values=_NEVER,
      )
      for part in parts
    ],
    -2,
  )
