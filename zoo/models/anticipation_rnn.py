"""Anticipation-RNN: melodies under unary constraints.

  p(x | c) = prod_t p(x_t | x_<t, o_t),  o_t from c_T, ..., c_t

An LSTM reads the constraints from right to left; another generates the melody
from left to right, given the outputs of the first. So each step knows the
constraints that are still to come, and sampling takes one pass: its time does
not depend on the number of constraints.

Source: Hadjeres and Nielsen, arXiv 1709.06404.
"""

from collections.abc import Mapping
from typing import Any, Literal

from flax import linen as nn
import jax
from jax import lax
import jax.numpy as jnp

from zoo.contracts import HOLD, Spec, Tree, UserError
from zoo.layers.dropout import dropout, fold
from zoo.layers.heads import draw_class
from zoo.layers.metrics import log_prob_of
from zoo.layers.projection import Symbols
from zoo.layers.recurrent import LSTM, Stack
from zoo.layers.views import active_notes
from zoo.models.sizes import check_dropout, check_widths
from zoo.questions import Autoregressive, Steps

_FIRST_PITCH = 2  # The class of the lowest pitch; 0 holds, 1 is a note-off.
_FARTHEST = 31  # Larger distances to the next constraint are not distinguished.

# Sizes of the published form; see
# https://github.com/Ghadjeres/Anticipation-RNN.
_NOTE_FEATURES, _PLACE_FEATURES, _RELU = 20, 2, 256


class AnticipationRnn(nn.Module, Autoregressive):
  """Predicts each token of melodies [B, T] of K classes under constraints.

  A batch may hold `constraints` [B, T], a class per step, or K for none; and
  `asked` [B, T], the steps that count. Without them there are no constraints
  and all steps count.

  Forms: `published` is the paper's: the melody's LSTM reads the last token and
  o_t. `skip` also reads the metric position, the active note and this step's
  constraint, and adds a learned weight to the constraint's logit. `next` also
  reads the next constraint and its distance.

  Attributes:
    classes: K, of the encoder.
    steps_per_bar, steps_per_beat: of the encoder; windows begin with a bar.
    hidden: cells of each layer of the LSTM over the melody.
    constraint_hidden: cells of each layer of the LSTM over constraints.
    form: see above.
    dropout: share of each layer's outputs that is zeroed in training; in the
      published form also of the embeddings.
  """

  reads = ('tokens',)

  classes: int
  steps_per_bar: int
  steps_per_beat: int
  hidden: tuple[int, ...] = (128, 128)
  constraint_hidden: tuple[int, ...] = (128, 128)
  form: Literal['published', 'skip', 'next'] = 'next'
  dropout: float = 0.0

  field = 'tokens'
  streams = ('token',)
  context = None  # It reads the constraints of the whole example.
  uniforms = 1

  @classmethod
  def from_spec(cls, spec: Spec, **options: Any) -> 'AnticipationRnn':
    """The network over the tokens that `spec` describes.

    Raises:
      UserError: an encoder without tokens in bars, or a width or share out of
        range.
    """
    sizes = spec.sizes
    if 'tokens' not in spec.fields or 'steps_per_bar' not in sizes:
      raise UserError(
        f"model 'anticipation_rnn' reads tokens in bars, and encoder "
        f"'{spec.encoder}' gives none: take the encoder melody."
      )
    model = cls(
      sizes['classes'],
      sizes['steps_per_bar'],
      sizes['steps_per_beat'],
      **options,
    )
    check_widths(hidden=model.hidden, constraint_hidden=model.constraint_hidden)
    check_dropout(dropout=model.dropout)
    return model

  def setup(self):
    self.stack = Stack(self.hidden, dropout=self.dropout)
    self.constraint_layers = [
      LSTM(width, reverse=True, name=f'constraint_{number}')
      for number, width in enumerate(self.constraint_hidden)
    ]
    self.output = nn.Dense(self.classes)
    if self.form == 'published':
      # Row K is 'not constrained', row K + 1 is before the first token.
      self.notes = nn.Embed(self.classes + 2, _NOTE_FEATURES)
      self.places = nn.Embed(self.steps_per_beat, _PLACE_FEATURES)
      self.relu = nn.Dense(_RELU)
    else:
      self.trust = self.param('trust', nn.initializers.ones, ())

  def read(self, batch: Tree) -> Steps:
    tokens = batch['tokens'].astype(jnp.int32)
    mask = batch.get('asked', jnp.ones(tokens.shape, bool))
    return Steps(tokens, self.given(tokens, batch), mask)

  def given(self, symbols: jax.Array, batch: Tree) -> dict[str, jax.Array]:
    """Constraints, the next ones, and metric positions, [B, T] each.

    After `prepare` also `ahead` [B, T, H], the outputs of the LSTM over
    constraints.
    """
    if 'prepared' in batch:
      return batch['prepared']
    shape = symbols.shape[:2]
    constraints = jnp.full(shape, self.classes, jnp.int32)
    if 'constraints' in batch:
      constraints = batch['constraints'][:, : shape[1]].astype(jnp.int32)
    following, distance = next_constraints(constraints, self.classes)
    place = jnp.arange(shape[1]) % self.steps_per_bar
    return {
      'constraints': constraints,
      'next': following,
      'distance': distance,
      'place': jnp.broadcast_to(place, shape),
    }

  def prepare(self, batch: Mapping, rows: int, steps: int) -> dict[str, Any]:
    """The batch with what is computed once, before the first step."""
    given = self.given(jnp.zeros((rows, steps), jnp.int32), batch)
    return {**batch, 'prepared': {**given, 'ahead': self._ahead(given)}}

  def begin(self, count: int) -> tuple[jax.Array, Any]:
    zeros = tuple((jnp.zeros((count, width)),) * 2 for width in self.hidden)
    # The class K, before the first token, adds nothing.
    last = jnp.full(count, self.classes, jnp.int32)
    return last, (jnp.zeros(count, jnp.int32), zeros)

  def start(self, batch: Tree) -> tuple[jax.Array, Any]:
    return self.begin(len(batch['tokens']))

  def __call__(self, symbols, given, carry, keys=None):
    """Logits [B, T, K] of tokens [B, T], and the carry; see zoo.questions."""
    last, memory = carry
    if 'ahead' not in given:
      given = {**given, 'ahead': self._ahead(given, fold(keys, 1))}
    past = jnp.concatenate([last[:, None], symbols[:, :-1]], 1)
    logits, memory = self._predict(past, given, memory, keys)
    return logits, (symbols[:, -1], memory)

  def log_prob(self, outputs, symbols):
    return {'token': log_prob_of(outputs, symbols)}

  def likeliest(self, outputs, symbols):
    del symbols
    return jnp.argmax(outputs, -1)

  def events(self, symbols):
    return symbols != HOLD

  def sample_step(self, carry, given, uniforms, temperature, allowed=None):
    if 'ahead' not in given:
      raise ValueError('sample_step needs a batch from `prepare`')
    last, memory = carry
    given = jax.tree.map(lambda x: x[:, None], given)
    logits, memory = self._predict(last[:, None], given, memory)
    logits = logits[:, 0]
    legal = logits if allowed is None else jnp.where(allowed, logits, -jnp.inf)
    token = draw_class(legal, uniforms[:, 0], temperature[0])
    return token, log_prob_of(logits, token), memory

  def _ahead(self, given, keys=None):
    """[B, T, H] an encoding of the constraints from each step on."""
    constraints, place = given['constraints'], given['place']
    if self.form == 'published':
      beat = place % self.steps_per_beat
      outputs: Any = jnp.concatenate(
        [self._embedded(constraints, keys), self.places(beat)], -1
      )
    else:
      ids = jnp.stack([constraints, place], -1)
      outputs = Symbols(ids, (self.classes, self.steps_per_bar))
    for number, layer in enumerate(self.constraint_layers):
      outputs, _ = layer(outputs)
      outputs = dropout(outputs, fold(keys, number), self.dropout)
    return outputs

  def _embedded(self, classes, keys):
    """[B, T, 20] of the table that notes and constraints share."""
    return dropout(self.notes(classes), fold(keys, 101), self.dropout)

  def _predict(self, past, given, memory, keys=None):
    """Logits [B, T, K] of what follows each of past [B, T], and the memory."""
    active, carry = memory
    if self.form == 'published':
      begun = jnp.where(past == self.classes, past + 1, past)
      inputs = self._embedded(begun, fold(keys, 2)), given['ahead']
      outputs, carry = self.stack(inputs, carry, keys=keys)
      return self.output(nn.relu(self.relu(outputs))), (active, carry)
    known = jnp.where(past == self.classes, HOLD, past)
    known = jnp.concatenate([active[:, None], known], 1)
    now = active_notes(known, _FIRST_PITCH)[:, 1:]
    constraints = given['constraints']
    read = [past, now, given['place'], constraints]
    rows = [self.classes, self.classes, self.steps_per_bar, self.classes]
    if self.form == 'next':
      read += [given['next'], given['distance']]
      rows += [self.classes, _FARTHEST + 1]
    symbols = Symbols(jnp.stack(read, -1), tuple(rows))
    outputs, carry = self.stack((symbols, given['ahead']), carry, keys=keys)
    asked = jax.nn.one_hot(constraints, self.classes)
    return self.output(outputs) + self.trust * asked, (now[:, -1], carry)


def next_constraints(
  constraints: jax.Array, classes: int
) -> tuple[jax.Array, jax.Array]:
  """The first constraint after each step, and its distance.

  Args:
    constraints: [B, T] classes; `classes` for none.
    classes: K.

  Returns:
    [B, T] classes, K if none follows; and [B, T] distances in steps minus one,
    at most 30, or 32 if none follows.
  """
  steps = constraints.shape[1]
  place = jnp.where(constraints < classes, jnp.arange(steps), steps)
  after = jnp.pad(place[:, 1:], ((0, 0), (0, 1)), constant_values=steps)
  where = lax.cummin(after, axis=1, reverse=True)
  found = jnp.take_along_axis(constraints, jnp.minimum(where, steps - 1), 1)
  away = jnp.minimum(where - jnp.arange(steps), _FARTHEST) - 1
  none = where == steps
  return (
    jnp.where(none, classes, found),
    jnp.where(none, _FARTHEST + 1, away),
  )
