"""Other voices to a given one: soprano to alto, tenor and bass.

The same task in three forms: MiniBach's one hidden layer over all steps at
once (Hadjeres and Briot 2017, in arXiv 1709.01620, chapter 6), a recurrent
network that reads the soprano up to each step, and a bidirectional one that
reads all of it (Schuster and Paliwal 1997).
"""

from collections.abc import Mapping
from typing import Literal

from flax import linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Spec, UserError
from zoo.layers.dropout import dropout, fold
from zoo.layers.recurrent import Stack
from zoo.layers.views import Kind, View
from zoo.models.sizes import check_dropout, check_widths

Form = Literal['feedforward', 'recurrent', 'bidirectional']

_NEVER = -1e9  # Logits of classes that a voice does not have.
_MARKS = ('fermata', 'beat', 'key')  # Streams of metadata, one-hot.


def counterpoint(
  spec: Spec,
  *,
  form: Form = 'feedforward',
  hidden: tuple[int, ...] = (200,),
  view: Kind = 'one_hot',
  features: int = 20,
  marks: bool = False,
  dropout: float = 0.0,
) -> 'Counterpoint':
  """The network that reads the first voice and writes the others.

  Args:
    spec: of the encoder voices.
    form: feedforward reads and writes all steps at once; recurrent knows the
      soprano up to the step, bidirectional all of it.
    hidden: width of each hidden layer: of ReLU, or of LSTM cells each way.
    view: what is seen of the first voice; see zoo.layers.views.
    features: of each class, where the view is an embedding.
    marks: whether fermata, beat and key are read too.
    dropout: share of each hidden layer that is zeroed in training.

  Raises:
    UserError: the encoder has fewer than two voices, or a width or share is
      out of range.
  """
  if spec.sizes.get('voices', 0) < 2:
    raise UserError(
      f"model counterpoint needs two voices, and the encoder '{spec.encoder}' "
      "has not: take the encoder 'voices'."
    )
  check_widths(0, hidden=hidden)  # A form without hidden layers is linear.
  if view == 'embedding':
    check_widths(features=features)
  check_dropout(dropout=dropout)
  return Counterpoint(
    counts=tuple(spec.vocabulary['classes']),
    first=spec.sizes['first_pitch'],
    marks=tuple(spec.fields[name].classes for name in _MARKS if marks),
    form=form,
    hidden=hidden,
    view=view,
    features=features,
    dropout=dropout,
  )


class Counterpoint(nn.Module):
  """Reads voice 0 of `voices` [B, T, V], writes the other V - 1.

  Attributes:
    counts: classes of each voice.
    first: the lowest pitch's class.
    marks: classes of the streams that are read too.
    The others are options of `counterpoint`.
  """

  counts: tuple[int, ...]
  first: int
  marks: tuple[int, ...] = ()
  form: Form = 'feedforward'
  hidden: tuple[int, ...] = (200,)
  view: Kind = 'one_hot'
  features: int = 20
  dropout: float = 0.0

  @nn.compact
  def __call__(
    self, examples: Mapping[str, jax.Array], keys: jax.Array | None = None
  ) -> jax.Array:
    """Logits [B, T, V - 1, K] of the voices that are not given.

    Args:
      examples: {'voices': [B, T, V]}, of which the first is read; and the
        streams [B, T], where `marks` are read.
      keys: [B] random keys for dropout, or None.

    Returns:
      K is the most classes a voice has; those that one has not are never
      likely.
    """
    view = View(self.view, self.counts[0], self.first, self.features)
    seen = view(examples['voices'][..., 0])
    if self.marks:
      streams = [
        jax.nn.one_hot(examples[name], classes)
        for name, classes in zip(_MARKS, self.marks, strict=True)
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
    return _by_voice(logits, written)


def _by_voice(logits, counts):
  """[..., sum of counts] as [..., V, most of counts]."""
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
