"""Unit selection: melodies concatenated from existing bars.

Two networks score a candidate for the next bar. Relevance: an LSTM over the
codes of the bars so far predicts a code, which is compared with the candidate's
own code. Concatenation: a note-level LSTM computes the probability of the
candidate's notes after the notes so far.

  score = relevance cos(query, code) + concatenation log p(notes | past)

Source: Bretan, Weinberg and Heck 2016, arXiv 1612.03789; the memory over bars,
the one-hot input in addition to bags, and codes learned by a softmax over the
batch's bars are ours.
"""

from typing import Any

from flax import linen as nn
import jax
import jax.numpy as jnp

from zoo import unit_bags
from zoo.contracts import HOLD, Spec, Tree, UserError
from zoo.layers.dropout import dropout, fold
from zoo.layers.metrics import log_prob_of
from zoo.layers.recurrent import LSTM
from zoo.models.melody_rnn import MelodyRnn
from zoo.models.sizes import check_dropout, check_widths
from zoo.questions import Autoregressive, Ranker, Steps


class UnitSelection(nn.Module, Autoregressive, Ranker):
  """Codes and queries of bars, and a melody_rnn over their notes.

  Attributes:
    classes: K, of the encoder.
    steps_per_bar: T, of the encoder.
    lowest: MIDI pitch of class 2.
    code: Z, size of a code.
    tower: width of the hidden layer that reads a bar.
    memory: LSTM cells over bars; 0 for the previous bar only, as published.
    hidden: LSTM cells of each layer over notes.
    dropout: share of the towers' inputs that is zeroed in training.
    reads_tokens: whether the towers also read a bar's tokens.
  """

  reads = ('tokens',)

  classes: int
  steps_per_bar: int
  lowest: int
  code: int = 128
  tower: int = 256
  memory: int = 256
  hidden: tuple[int, ...] = (128,)
  dropout: float = 0.2
  reads_tokens: bool = True

  field = 'tokens'
  streams = ('token',)
  context = 0
  uniforms = 1

  @classmethod
  def from_spec(cls, spec: Spec, **options: Any) -> 'UnitSelection':
    """The networks over the bars that `spec` describes.

    Raises:
      UserError: an encoder without bars, or a width or share out of range.
    """
    if 'units' not in spec.sizes:
      raise UserError(
        "model 'unit_selection' reads runs of bars, and encoder "
        f"'{spec.encoder}' gives none: take the encoder units."
      )
    sizes = spec.sizes['classes'], spec.sizes['steps_per_bar']
    model = cls(*sizes, spec.tables['pitches'][2], **options)
    check_widths(code=model.code, tower=model.tower, hidden=model.hidden)
    if model.memory:
      check_widths(memory=model.memory)
    check_dropout(dropout=model.dropout)
    return model

  def setup(self):
    self.notes = MelodyRnn(
      self.classes, self.steps_per_bar, self.hidden, metre=True
    )
    self.towers = [
      (nn.Dense(self.tower), nn.Dense(self.code)) for _ in range(2)
    ]
    if self.memory:
      self.past = LSTM(self.memory)
      self.expected = nn.Dense(self.code)
    self.sharpness = self.param('sharpness', nn.initializers.constant(2.3), ())

  # Which bar comes next?

  def units(self, batch: Tree) -> tuple[jax.Array, jax.Array]:
    tokens = batch['tokens'].astype(jnp.int32)
    units = tokens.reshape(len(tokens), -1, self.steps_per_bar)
    place = jnp.arange(units.shape[1]) * self.steps_per_bar
    return units, place < batch['length'][:, None]

  def describe(self, units: jax.Array, keys: Any = None) -> jax.Array:
    return _unit(self._tower(0, units, fold(keys, 0)))

  def expect(
    self, units: jax.Array, carry: Tree, keys: Any = None
  ) -> tuple[jax.Array, Tree]:
    found = self._tower(1, units, fold(keys, 1))
    if not self.memory:
      return _unit(found), carry
    outputs, carry = self.past(found, carry)
    return _unit(found + self.expected(outputs)), carry

  def forget(self, count: int) -> Tree:
    return (jnp.zeros((count, self.memory)),) * 2 if self.memory else ()

  def compare(self, queries: jax.Array, codes: jax.Array) -> jax.Array:
    return jnp.exp(self.sharpness) * queries @ codes.T

  def all_parts(self, units: jax.Array) -> None:
    """Initializes the parameters of both networks; units [B, U, T]."""
    codes = self.describe(units)
    self.expect(units, self.forget(len(units)))
    self.compare(codes[:, 0], codes[:, 0])
    tokens = units.reshape(len(units), -1)
    self(tokens, self.given(tokens, {}), self.begin(len(tokens)))

  def _tower(self, which, units, keys):
    """Codes or queries [..., Z] of bars [..., T]."""
    pitches = self.classes - 2
    bags = unit_bags.bag(jnp, units, self.lowest, pitches)
    read = [jnp.log1p(bags)]
    if self.reads_tokens:
      tokens = jax.nn.one_hot(units, self.classes)
      read.append(tokens.reshape(*units.shape[:-1], -1))
    hidden, output = self.towers[which]
    inputs = dropout(jnp.concatenate(read, -1), keys, self.dropout)
    return output(nn.relu(hidden(inputs)))

  # Which note comes next?

  def read(self, batch: Tree) -> Steps:
    tokens = batch['tokens'].astype(jnp.int32)
    inside = jnp.arange(tokens.shape[1]) < batch['length'][:, None]
    return Steps(tokens, self.given(tokens, batch), inside)

  def given(self, symbols: jax.Array, batch: Tree) -> Any:
    del batch
    place = jnp.arange(symbols.shape[1]) % self.steps_per_bar
    return jnp.broadcast_to(place, symbols.shape)

  def begin(self, count: int) -> tuple[jax.Array, Any]:
    sizes = self.classes, self.steps_per_bar, self.hidden
    return MelodyRnn(*sizes, metre=True, parent=None).begin(count)

  def start(self, batch: Tree) -> tuple[jax.Array, Any]:
    return self.begin(len(batch['tokens']))

  def __call__(self, symbols, given, carry, keys=None):
    return self.notes(symbols, given, carry, keys)

  def log_prob(self, outputs, symbols):
    return {'token': log_prob_of(outputs, symbols)}

  def likeliest(self, outputs, symbols):
    del symbols
    return jnp.argmax(outputs, -1)

  def events(self, symbols):
    return symbols != HOLD

  def sample_step(self, carry, given, uniforms, temperature, allowed=None):
    return self.notes.sample_step(carry, given, uniforms, temperature, allowed)


def _unit(vectors):
  """Vectors [..., Z] scaled to length 1."""
  norm = jnp.sum(jnp.square(vectors), -1, keepdims=True)
  return vectors * jax.lax.rsqrt(norm + 1e-8)
