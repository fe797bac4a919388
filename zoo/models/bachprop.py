"""BachProp: the next note of any polyphony, its dT, then T, then P.

  H1 = cell(x), H2 = cell(x, H1), H3 = cell(x, H2), H4 = cell(H3)
  Pr(dT' | past) by H1;  Pr(T' | past, dT') by H1, H2, dT';
  Pr(P' | past, dT', T') by H1..H4, dT', T'

x is the note before, ' is the next. The talk's ladder changes the cell only:
feedforward (the last three notes instead of a memory), RNN, LSTM, GRU.

Source: Colombo, Brea & Gerstner, arXiv 1812.06669; layers, skips and heads as
in its release.
"""

from typing import Any, Literal, NamedTuple

from flax import linen as nn
import jax
import jax.numpy as jnp

from zoo.contracts import Spec, UserError
from zoo.layers import cells
from zoo.layers.active_notes import (
  Sounding,
  Words,
  described,
  hear,
  later,
  silence,
  ticks,
  words_of,
)
from zoo.layers.dropout import dropout, fold
from zoo.layers.projection import Symbols
from zoo.layers.recurrent import (
  GRU,
  LSTM,
  RNN,
  FanIn,
  Feedforward,
)
from zoo.models.sizes import check_dropout, check_widths

STREAMS = ('after', 'length', 'pitch')  # dT, T and P, the columns of a note.

Cell = Literal['feedforward', 'rnn', 'lstm', 'gru']
Heads = Literal['residual', 'linear', 'rectified']

_CELLS: dict[str, Any] = {
  'feedforward': Feedforward,
  'rnn': RNN,
  'lstm': LSTM,
  'gru': GRU,
}
_SEEN = 3  # Notes that the feedforward network sees.


def bachprop(
  spec: Spec,
  *,
  cell: Cell = 'gru',
  hidden: tuple[int, ...] = (128, 128, 128, 128),
  heads: Heads = 'residual',
  head_hidden: int = 192,
  dropout: float = 0.0,
  input_dropout: float = 0.0,
  fan_in: FanIn = 'rows',
  sounding: bool = False,
) -> 'BachProp':
  """The network over the notes that `spec` describes.

  Args:
    spec: of the encoder notes.
    cell: what the layers are made of.
    hidden: H of each layer, from the lowest; three or more.
    heads: residual, a linear layer plus one with hidden units between (ours);
      linear; rectified, linear and ReLU before the softmax, as the release.
    head_hidden: hidden units of a residual head.
    dropout: share of every layer's outputs that is zeroed in training.
    input_dropout: share of the notes that no layer is told in training.
    fan_in: what the first weights by which the cells read notes are drawn for:
      all rows of their matrix, or the three symbols of a note.
    sounding: whether the heads are told what sounds, what has ended, and where
      in the bar the music stands (ours).

  Raises:
    UserError: another encoder, too few layers, or a width or share out of
      range.
  """
  if spec.encoder != 'notes':
    raise UserError(
      f"model 'bachprop' reads notes, and encoder '{spec.encoder}' gives none: "
      'take the encoder notes.'
    )
  check_widths(3, hidden=hidden, head_hidden=head_hidden)
  check_dropout(dropout=dropout, input_dropout=input_dropout)
  return BachProp(
    classes=tuple(spec.sizes[name] for name in STREAMS),
    cell=cell,
    hidden=hidden,
    heads=heads,
    head_hidden=head_hidden,
    dropout=dropout,
    input_dropout=input_dropout,
    fan_in=fan_in,
    words=words_of(spec) if sounding else None,
  )


class Read(NamedTuple):
  """What the network knows after each of some notes.

  Attributes:
    layers: the states [B, T, H] of every layer.
    standing: how things stand, if the model keeps it; otherwise None.
  """

  layers: list[jax.Array]
  standing: Sounding | None


class BachProp(nn.Module):
  """The network; `classes` counts dT, T and P, the last of each the tag.

  With `words`, what the classes mean, it keeps account of what sounds. The
  other attributes are options of `bachprop`. A note is [3] integers; a tag row
  stands before the first note of a piece and behind the last.
  """

  classes: tuple[int, ...]
  cell: Cell = 'gru'
  hidden: tuple[int, ...] = (128, 128, 128, 128)
  heads: Heads = 'residual'
  head_hidden: int = 192
  dropout: float = 0.0
  input_dropout: float = 0.0
  fan_in: FanIn = 'rows'
  words: Words | None = None

  def setup(self):
    layer = _CELLS[self.cell]
    self.layers = [
      layer(features, fan_in=self.fan_in) for features in self.hidden
    ]
    head = {
      'hidden': self.head_hidden if self.heads == 'residual' else 0,
      'rectified': self.heads == 'rectified',
    }
    self.after, self.length, self.pitch = (
      _Head(classes, **head) for classes in self.classes
    )

  def __call__(
    self,
    past: jax.Array,
    following: jax.Array,
    carry: Any,
    keys: jax.Array | None = None,
  ) -> tuple[tuple[jax.Array, ...], Any]:
    """Reads notes, and foretells the one after each.

    Args:
      past: [B, T, 3] notes.
      following: [B, T, 3], the note after each.
      carry: of `begin`, or of the notes before.
      keys: [B] random keys for dropout, or None.

    Returns:
      logits of dT, T and P, [B, T, K] each; the carry.
    """
    states, carry = self.read(past, carry, keys)
    logits = tuple(
      self.foretell(stream, states, following) for stream in range(len(STREAMS))
    )
    return logits, carry

  def read(
    self, past: jax.Array, carry: Any, keys: jax.Array | None = None
  ) -> tuple[Read, Any]:
    """What is known after each of `past`, and a carry."""
    ends = jnp.asarray(self.classes) - 1
    fresh = jnp.all(past == ends, -1)
    standing = None
    if self.words:
      carry, before = carry
      standing, heard = hear(past, fresh, before, self.words)
    if self.cell == 'feedforward':
      seen, memory = _last_notes(past, carry, fresh, ends)
      carry = ((),) * len(self.layers)
    else:
      seen, memory = past[..., None, :], None
    if keys is not None and self.input_dropout:
      # A class that is none adds nothing; see Symbols.
      hidden = _chosen(
        fold(keys, len(self.hidden)), past.shape[1], self.input_dropout
      )
      seen = jnp.where(hidden[..., None, None], ends + 1, seen)
    notes = Symbols(
      seen.reshape(*past.shape[:2], -1), self.classes * seen.shape[2]
    )
    states: list[jax.Array] = []
    carries = []
    for number, layer in enumerate(self.layers):
      # The last layer reads the one below alone.
      inputs: list[Any] = [notes] if number < len(self.layers) - 1 else []
      inputs += states[-1:]
      state, last = layer(inputs, carry[number], fresh=fresh)
      carries.append(last)
      states.append(dropout(state, fold(keys, number), self.dropout))
    carry = tuple(carries) if memory is None else memory
    carry = (carry, heard) if self.words else carry
    return Read(states, standing), carry

  def foretell(
    self, stream: int, read: Read, following: jax.Array
  ) -> jax.Array:
    """Logits [B, T, K] of one column of the notes [B, T, 3] that follow.

    Of `following` the columns before it are read.
    """
    reads = (read.layers[:1], read.layers[:2], read.layers)[stream]
    known = [
      jax.nn.one_hot(following[..., place], self.classes[place])
      for place in range(stream)
    ]
    head = (self.after, self.length, self.pitch)[stream]
    if read.standing is None or self.words is None:
      return head(jnp.concatenate([*reads, *known], -1))
    there = read.standing
    if stream:
      there = later(there, ticks(self.words.after, following[..., 0]))
    told = [described(there, self.words)]
    if stream == len(STREAMS) - 1:
      rolls = there.ends > 0, there.before == 0
      told += [roll.astype(jnp.float32) for roll in rolls]
    return head(jnp.concatenate([*reads, *known, *told], -1))

  def begin(self, count: int) -> Any:
    """The carry before the first note, of `count` pieces."""
    carry: Any = tuple(jnp.zeros((count, size)) for size in self.hidden)
    if self.cell == 'feedforward':
      ends = jnp.asarray(self.classes, jnp.int32) - 1
      carry = jnp.broadcast_to(ends, (count, _SEEN - 1, len(STREAMS)))
    elif self.cell == 'lstm':
      carry = tuple((state, state) for state in carry)
    return (carry, silence(count, self.words)) if self.words else carry


class _Head(nn.Module):
  """Logits: linear, plus a layer of hidden units if there are any.

  A linear layer cannot tell which T goes with which state of the memory; the
  hidden units multiply what they read, the linear part learns fast.
  """

  classes: int
  hidden: int
  rectified: bool

  @nn.compact
  def __call__(self, inputs):
    dense = {'dot_general': cells.dense_product}
    logits = nn.Dense(self.classes, **dense, name='linear')(inputs)
    if self.hidden:
      units = nn.relu(nn.Dense(self.hidden, **dense, name='hidden')(inputs))
      logits += nn.Dense(
        self.classes, use_bias=False, **dense, name='residual'
      )(units)
    return nn.relu(logits) if self.rectified else logits


def _chosen(keys, steps, share):
  """[B, T] bool, true in a share of them."""
  draw = jax.vmap(lambda key: jax.random.bernoulli(key, share, (steps,)))
  return draw(keys)


def _last_notes(past, before, fresh, ends):
  """The last notes at each step, newest first: [B, T, 3 notes, 3].

  Args:
    past: [B, T, 3].
    before: [B, 2, 3], the notes before these, oldest first.
    fresh: [B, T], where `past` is the tag that a piece begins with; what was
      before it is a tag, too.
    ends: [3], the tag.

  Returns:
    the notes, and [B, 2, 3] for the next steps.
  """
  steps = past.shape[1]
  row = jnp.concatenate([before, past], 1)
  born = jnp.concatenate([jnp.all(before == ends, -1), fresh], 1)
  seen, hidden = [past], jnp.zeros_like(fresh)
  for back in range(1, _SEEN):
    first = _SEEN - 1 - back
    # Hidden behind a tag that stands between.
    hidden = hidden | born[:, first + 1 : first + 1 + steps]
    note = row[:, first : first + steps]
    seen.append(jnp.where(hidden[..., None], ends, note))
  return jnp.stack(seen, 2), row[:, steps:]
