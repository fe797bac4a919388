"""folk-rnn: an LSTM over tunes in ABC, token by token.

  p(x) = prod_t p(x_t | x_<t)

As options, it also reads the position in the bar and the tune, and the token
that followed the previous occurrence of the last tokens (ours): tunes repeat
themselves, and within minutes a network of this size learns neither to count
nor to copy.

Source: Sturm et al. 2016, arXiv 1604.08723; layers and initial weights as in
its release.
"""

from typing import Any

from flax import linen as nn
import jax
import jax.numpy as jnp

from zoo.contracts import Spec, Tree, UserError
from zoo.layers import abc_grammar, token_match
from zoo.layers.abc_grammar import Place, Table
from zoo.layers.dropout import dropout, fold
from zoo.layers.heads import draw_class
from zoo.layers.metrics import log_prob_of
from zoo.layers.projection import Symbols
from zoo.layers.recurrent import LSTM
from zoo.layers.token_match import Past
from zoo.models.sizes import check_dropout, check_widths
from zoo.questions import Autoregressive, Steps


class FolkRnn(nn.Module, Autoregressive):
  """Predicts each token of tunes [B, T] of K classes, the last of them the end.

  Attributes:
    table: the tables of the tokens.
    hidden: LSTM cells of each layer.
    dropout: share of each layer's outputs that is zeroed in training.
    place: whether to read the state of abc_grammar.
    reach: maximum distance of matches of the last tokens; 0 for no matches.
    nearest: minimum distance of a match, in tokens: closer ones make samples
      loop.
  """

  reads = ('text',)

  table: Table
  hidden: tuple[int, ...] = (512, 512, 512)
  dropout: float = 0.0
  place: bool = False
  reach: int = 0
  nearest: int = 24

  field = 'text'
  streams = ('token',)
  context = 0
  uniforms = 1

  @classmethod
  def from_spec(cls, spec: Spec, **options: Any) -> 'FolkRnn':
    """The network over the tokens that `spec` describes.

    Raises:
      UserError: another encoder, or a number out of range.
    """
    if spec.encoder not in ('abc_text', 'abc_keys'):
      raise UserError(
        f"model 'folk_rnn' reads ABC, and encoder '{spec.encoder}' gives none: "
        'take the encoder abc_text or abc_keys.'
      )
    model = cls(abc_grammar.table_of(spec), **options)
    check_widths(hidden=model.hidden)
    check_dropout(dropout=model.dropout)
    if model.nearest < 1 or not (
      model.reach == 0 or model.reach > model.nearest
    ):
      raise UserError(
        'model/nearest must be at least 1, and model/reach 0 or more than it, '
        f'not {model.nearest} and {model.reach}.'
      )
    return model

  @property
  def classes(self) -> int:
    """K, with the end token."""
    return len(self.table.kind)

  def setup(self):
    self.layers = [LSTM(features) for features in self.hidden]
    self.output = nn.Dense(self.classes)
    if self.reach:
      self.copied = self.param(
        'copied', nn.initializers.zeros, (token_match.LONGEST + 1,)
      )

  def read(self, batch: Tree) -> Steps:
    """The first of tokens [B, 1 + T] is the one before the first step.

    With `there` [B, 1 + T] in the batch, only true rows count.
    """
    tokens = batch['text'].astype(jnp.int32)
    mask = batch.get('there', jnp.ones(tokens.shape, bool))
    return Steps(tokens[:, 1:], (), mask[:, 1:])

  def given(self, symbols: jax.Array, batch: Tree) -> Tree:
    del symbols, batch
    return ()

  def begin(self, count: int) -> tuple[jax.Array, Any]:
    last = jnp.full(count, self.classes - 1, jnp.int32)
    carries = tuple((jnp.zeros((count, width)),) * 2 for width in self.hidden)
    past = token_match.nothing(count, self.reach) if self.reach else ()
    return last, (carries, abc_grammar.beginning(self.table, count), past)

  def start(self, batch: Tree) -> tuple[jax.Array, Any]:
    _, memory = self.begin(len(batch['text']))
    rows = batch['text'].reshape(len(batch['text']), -1)
    return rows[:, 0].astype(jnp.int32), memory

  def __call__(self, symbols, given, carry, keys=None):
    """Logits [B, T, K] of tokens [B, T], and the carry; see zoo.questions."""
    del given
    last, memory = carry
    past = jnp.concatenate([last[:, None], symbols[:, :-1]], 1)
    logits, memory = self.predict(past, memory, keys)
    return logits, (symbols[:, -1].astype(jnp.int32), memory)

  def log_prob(self, outputs, symbols):
    return {'token': log_prob_of(outputs, symbols)}

  def likeliest(self, outputs, symbols):
    del symbols
    return jnp.argmax(outputs, -1)

  def events(self, symbols):
    return jnp.asarray(self.table['height'] > 0)[symbols]

  def ended(self, symbols):
    return symbols == self.classes - 1

  def sample_step(self, carry, given, uniforms, temperature, allowed=None):
    del given
    last, memory = carry
    logits, memory = self.predict(last[:, None], memory)
    logits = logits[:, 0]
    legal = logits if allowed is None else jnp.where(allowed, logits, -jnp.inf)
    token = draw_class(legal, uniforms[:, 0], temperature[0])
    return token, log_prob_of(logits, token), memory

  def predict(
    self, past: jax.Array, memory: Any, keys: jax.Array | None = None
  ) -> tuple[jax.Array, tuple[Any, Place, Past | tuple[()]]]:
    """Logits [B, T, K] of the token after each of past [B, T], and the memory.

    The memory is the layers' carries, the state of the grammar, and the past
    that is searched for matches. An end token resets it.
    """
    carries, place, before = memory
    fresh = past == self.classes - 1
    if self.place:
      each, place = abc_grammar.follow(self.table, place, past)
    else:
      _, place = abc_grammar.follow(self.table, place, past)
    read, rows = [past[..., None]], [self.classes]
    follows: Any = None
    length: Any = None
    if self.place:
      read.append(abc_grammar.features(self.table, each))
      rows += abc_grammar.SIZES
    if self.reach:
      follows, length, before = token_match.match(
        before, past, fresh, nearest=self.nearest, least=2
      )
      # A class of K or more adds nothing; see Symbols.
      read.append(jnp.where(follows < 0, self.classes, follows)[..., None])
      read.append(length[..., None])
      rows += [self.classes, token_match.LONGEST + 1]
    states: Any = Symbols(jnp.concatenate(read, -1), tuple(rows))
    after = []
    for number, layer in enumerate(self.layers):
      states, last = layer(states, carries[number], fresh=fresh)
      after.append(last)
      states = dropout(states, fold(keys, number), self.dropout)
    logits = self.output(states)
    if self.reach:
      more = jnp.where(follows < 0, 0, jnp.asarray(self.copied)[length])
      logits += more[..., None] * jax.nn.one_hot(follows, self.classes)
    return logits, (tuple(after), place, before)
