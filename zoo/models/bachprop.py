"""BachProp: predicts the next note of any polyphony: dT, then T, then P.

  H1 = cell(x), H2 = cell(x, H1), H3 = cell(x, H2), H4 = cell(H3)
  Pr(dT' | past) by H1;  Pr(T' | past, dT') by H1, H2, dT';
  Pr(P' | past, dT', T') by H1..H4, dT', T'

x is the previous note, and ' marks the next. BachProp's slides compare only
cells: feedforward (the last three notes instead of a memory), RNN, LSTM, GRU.

Source: Colombo, Brea & Gerstner, arXiv 1812.06669; layers, skips and heads as
in its release.
"""

from typing import Any, Literal, NamedTuple

from flax import linen as nn
import jax
import jax.numpy as jnp

from zoo.contracts import Spec, Tree, UserError
from zoo.layers import active_notes, cells
from zoo.layers.active_notes import ActiveNotes, Vocabulary
from zoo.layers.dropout import dropout, fold
from zoo.layers.heads import draw_class
from zoo.layers.metrics import log_prob_of
from zoo.layers.projection import Symbols
from zoo.layers.recurrent import (
  GRU,
  LSTM,
  RNN,
  FanIn,
  Feedforward,
)
from zoo.models.sizes import check_dropout, check_widths
from zoo.questions import Autoregressive, Steps

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


class States(NamedTuple):
  """The states of the network after each note.

  Attributes:
    layers: the states [B, T, H] of every layer.
    active: the active notes if the heads read them, else None.
  """

  layers: list[jax.Array]
  active: ActiveNotes | None


class BachProp(nn.Module, Autoregressive):
  """The network over notes [B, T, 3], classes of dT, T and P.

  The last class of each is the end token: a row of three precedes the first
  note of a piece and follows the last.

  Attributes:
    classes: of dT, T and P, with the end token.
    vocabulary: the values of the classes; None if `active_notes` is false.
    cell: of the layers.
    hidden: H of each layer, from the lowest; three or more.
    heads: residual, a linear layer plus one with hidden units (ours); linear;
      rectified, linear and ReLU before the softmax, as in the release.
    head_hidden: hidden units of a residual head.
    dropout: share of every layer's outputs that is zeroed in training.
    input_dropout: share of the notes that no layer reads in training.
    fan_in: of the initial weights with which the cells read notes: all rows of
      their matrix, or the three symbols of a note.
    active_notes: whether the heads also receive the active notes, those that
      have just ended, and the metric position (ours).
  """

  reads = ('notes',)

  classes: tuple[int, ...]
  vocabulary: Vocabulary | None
  cell: Cell = 'gru'
  hidden: tuple[int, ...] = (128, 128, 128, 128)
  heads: Heads = 'residual'
  head_hidden: int = 192
  dropout: float = 0.0
  input_dropout: float = 0.0
  fan_in: FanIn = 'rows'
  active_notes: bool = False

  field = 'notes'
  streams = STREAMS
  context = 0
  uniforms = len(STREAMS)

  @classmethod
  def from_spec(cls, spec: Spec, **options: Any) -> 'BachProp':
    """The network over the notes that `spec` describes.

    Raises:
      UserError: another encoder, too few layers, or a width or share out of
        range.
    """
    if spec.encoder != 'notes':
      raise UserError(
        f"model 'bachprop' reads notes, and encoder '{spec.encoder}' gives "
        'none: take the encoder notes.'
      )
    reads = options.get('active_notes', cls.active_notes)
    model = cls(
      classes=tuple(spec.sizes[name] for name in STREAMS),
      vocabulary=active_notes.vocabulary_of(spec) if reads else None,
      **options,
    )
    check_widths(3, hidden=model.hidden, head_hidden=model.head_hidden)
    check_dropout(dropout=model.dropout, input_dropout=model.input_dropout)
    return model

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

  def read(self, batch: Tree) -> Steps:
    """The first of notes [B, 1 + T, 3] is the one before the first step.

    With `there` [B, 1 + T] in the batch, only true rows count.
    """
    notes = batch['notes']
    mask = batch.get('there', jnp.ones(notes.shape[:2], bool))
    return Steps(notes[:, 1:], (), mask[:, 1:])

  def given(self, symbols: jax.Array, batch: Tree) -> Tree:
    del symbols, batch
    return ()

  def begin(self, count: int) -> tuple[jax.Array, Any]:
    last = jnp.broadcast_to(self._ends, (count, len(STREAMS)))
    memory: Any = tuple(jnp.zeros((count, size)) for size in self.hidden)
    if self.cell == 'feedforward':
      memory = jnp.broadcast_to(self._ends, (count, _SEEN - 1, len(STREAMS)))
    elif self.cell == 'lstm':
      memory = tuple((state, state) for state in memory)
    if self.vocabulary:
      memory = memory, active_notes.silence(count, self.vocabulary)
    return last, memory

  def start(self, batch: Tree) -> tuple[jax.Array, Any]:
    _, memory = self.begin(len(batch['notes']))
    rows = batch['notes'].reshape(len(batch['notes']), -1, len(STREAMS))
    return rows[:, 0].astype(jnp.int32), memory

  def __call__(self, symbols, given, carry, keys=None):
    """Logits of dT, T and P, [B, T, K] each, and the carry.

    See zoo.questions.
    """
    del given
    last, memory = carry
    past = jnp.concatenate([last[:, None], symbols[:, :-1]], 1)
    states, memory = self.listen(past, memory, keys)
    logits = tuple(
      self.predict(stream, states, symbols) for stream in range(len(STREAMS))
    )
    return logits, (symbols[:, -1].astype(jnp.int32), memory)

  def log_prob(self, outputs, symbols):
    return {
      name: log_prob_of(logits, symbols[..., place])
      for place, (name, logits) in enumerate(zip(STREAMS, outputs, strict=True))
    }

  def likeliest(self, outputs, symbols):
    del symbols  # The logits are already conditioned on the true dT and T.
    return jnp.stack([jnp.argmax(one, -1) for one in outputs], -1)

  def events(self, symbols):
    return ~self.ended(symbols)

  def ended(self, symbols):
    return jnp.all(symbols == self._ends, -1)

  def sample_step(self, carry, given, uniforms, temperature, allowed=None):
    del given
    last, memory = carry
    states, memory = self.listen(last[:, None], memory)
    note = jnp.broadcast_to(self._ends, last.shape)
    log_prob = jnp.zeros(len(last))
    for stream in range(len(STREAMS)):
      logits = self.predict(stream, states, note[:, None])[:, 0]
      legal = logits
      if stream:  # Only dT decides whether a piece ends.
        legal = logits.at[:, -1].set(-jnp.inf)
      elif allowed is not None:
        legal = jnp.where(allowed, logits, -jnp.inf)
      value = draw_class(legal, uniforms[:, stream], temperature[stream])
      if stream:
        value = jnp.where(note[:, 0] == self._ends[0], note[:, stream], value)
      note = note.at[:, stream].set(value)
      log_prob += log_prob_of(logits, value)
    return note, log_prob, memory

  @property
  def _ends(self):
    return jnp.asarray(self.classes, jnp.int32) - 1

  def listen(
    self, past: jax.Array, memory: Any, keys: jax.Array | None = None
  ) -> tuple[States, Any]:
    """The states after each of the notes `past` [B, T, 3], and the memory.

    The end token of the previous piece resets the memory.
    """
    ends = self._ends
    fresh = jnp.all(past == ends, -1)
    active = None
    if self.vocabulary:
      memory, before = memory
      active, after = active_notes.follow(past, fresh, before, self.vocabulary)
    if self.cell == 'feedforward':
      seen, row = _last_notes(past, memory, fresh, ends)
      memory = ((),) * len(self.layers)
    else:
      seen, row = past[..., None, :], None
    if keys is not None and self.input_dropout:
      # A class of K or more adds nothing; see Symbols.
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
      # The last layer reads only the one below.
      inputs: list[Any] = [notes] if number < len(self.layers) - 1 else []
      inputs += states[-1:]
      state, last = layer(inputs, memory[number], fresh=fresh)
      carries.append(last)
      states.append(dropout(state, fold(keys, number), self.dropout))
    memory = tuple(carries) if row is None else row
    memory = (memory, after) if self.vocabulary else memory
    return States(states, active), memory

  def predict(
    self, stream: int, states: States, following: jax.Array
  ) -> jax.Array:
    """Logits [B, T, K] of one column of the following notes [B, T, 3].

    They are conditioned on the earlier columns of `following`.
    """
    layers = states.layers
    reads = (layers[:1], layers[:2], layers)[stream]
    known = [
      jax.nn.one_hot(following[..., place], self.classes[place])
      for place in range(stream)
    ]
    head = (self.after, self.length, self.pitch)[stream]
    now = states.active
    if now is None or self.vocabulary is None:
      return head(jnp.concatenate([*reads, *known], -1))
    if stream:
      by = active_notes.ticks(self.vocabulary.after, following[..., 0])
      now = active_notes.later(now, by)
    features = [active_notes.features(now, self.vocabulary)]
    if stream == len(STREAMS) - 1:
      rolls = now.ends > 0, now.before == 0
      features += [roll.astype(jnp.float32) for roll in rolls]
    return head(jnp.concatenate([*reads, *known, *features], -1))


class _Head(nn.Module):
  """Logits from a linear layer, plus a layer of hidden units if there are any.

  The linear part learns fast, but cannot learn interactions such as which T
  follows in which state of the memory; the hidden units can.
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
  """[B, T] bool, each true with probability `share`."""
  draw = jax.vmap(lambda key: jax.random.bernoulli(key, share, (steps,)))
  return draw(keys)


def _last_notes(past, before, fresh, ends):
  """The last notes at each step, newest first: [B, T, 3 notes, 3].

  Args:
    past: [B, T, 3].
    before: [B, 2, 3], the notes before these, oldest first.
    fresh: [B, T], whether `past` is the tag that begins a piece; notes before
      it are replaced by the tag, too.
    ends: [3], the tag.

  Returns:
    The notes, and [B, 2, 3] for the next steps.
  """
  steps = past.shape[1]
  row = jnp.concatenate([before, past], 1)
  born = jnp.concatenate([jnp.all(before == ends, -1), fresh], 1)
  seen, hidden = [past], jnp.zeros_like(fresh)
  for back in range(1, _SEEN):
    first = _SEEN - 1 - back
    # Hidden if there is a tag in between.
    hidden = hidden | born[:, first + 1 : first + 1 + steps]
    note = row[:, first : first + steps]
    seen.append(jnp.where(hidden[..., None], ends, note))
  return jnp.stack(seen, 2), row[:, steps:]
