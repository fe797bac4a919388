"""Predicts each step of a melody from all steps before it.

  p(x) = prod_t p(x_t | x_<t),  with a stack of LSTM and a softmax

Source: Eck and Schmidhuber 2002; Briot, Hadjeres and Pachet, arXiv 1709.01620,
who call sampling from it iterative feedforward.
"""

from typing import Any

from flax import linen as nn
import jax
import jax.numpy as jnp

from zoo.contracts import HOLD, Spec, Tree, UserError
from zoo.layers.heads import draw_class
from zoo.layers.metrics import log_prob_of
from zoo.layers.projection import Symbols
from zoo.layers.recurrent import Stack
from zoo.layers.views import active_notes
from zoo.models.sizes import check_dropout, check_widths
from zoo.questions import Autoregressive, Steps

_FIRST_PITCH = 2  # The class of the lowest pitch; 0 holds, 1 is a note-off.


class MelodyRnn(nn.Module, Autoregressive):
  """Predicts each token of melodies [B, T] of K classes.

  Its memory is the active note before the last token, and the carry of the
  stack.

  Attributes:
    classes: K, of the encoder.
    steps_per_bar: of the encoder; windows begin with a bar.
    hidden: LSTM cells of each layer.
    dropout: share of each layer's outputs that is zeroed in training.
    metre: whether it also reads each step's metric position and the active
      note, one-hot; otherwise the network has to count and to remember.
  """

  reads = ('tokens',)

  classes: int
  steps_per_bar: int
  hidden: tuple[int, ...] = (128, 128)
  dropout: float = 0.0
  metre: bool = False

  field = 'tokens'
  streams = ('token',)
  context = 0
  uniforms = 1

  @classmethod
  def from_spec(cls, spec: Spec, **options: Any) -> 'MelodyRnn':
    """The network over the tokens that `spec` describes.

    Raises:
      UserError: an encoder without tokens in bars, or a width or share out of
        range.
    """
    if 'tokens' not in spec.fields or 'steps_per_bar' not in spec.sizes:
      raise UserError(
        f"model 'melody_rnn' reads tokens in bars, and encoder "
        f"'{spec.encoder}' gives none: take the encoder melody."
      )
    model = cls(spec.sizes['classes'], spec.sizes['steps_per_bar'], **options)
    check_widths(hidden=model.hidden)
    check_dropout(dropout=model.dropout)
    return model

  def setup(self):
    self.stack = Stack(self.hidden, dropout=self.dropout)
    self.output = nn.Dense(self.classes)

  def read(self, batch: Tree) -> Steps:
    tokens = batch['tokens'].astype(jnp.int32)
    return Steps(
      tokens, self.given(tokens, batch), jnp.ones(tokens.shape, bool)
    )

  def given(self, symbols: jax.Array, batch: Tree) -> Any:
    """The metric position [B, T] if it is read, else ()."""
    del batch
    place = jnp.arange(symbols.shape[1]) % self.steps_per_bar
    return jnp.broadcast_to(place, symbols.shape) if self.metre else ()

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
    last, memory = carry
    given = jax.tree.map(lambda x: x[:, None], given)
    logits, memory = self._predict(last[:, None], given, memory)
    logits = logits[:, 0]
    legal = logits if allowed is None else jnp.where(allowed, logits, -jnp.inf)
    token = draw_class(legal, uniforms[:, 0], temperature[0])
    return token, log_prob_of(logits, token), memory

  def _predict(self, past, given, memory, keys=None):
    """Logits [B, T, K] of the token after each of past [B, T]; the memory."""
    active, carry = memory
    read = past[..., None]
    if self.metre:
      known = jnp.where(past == self.classes, HOLD, past)
      known = jnp.concatenate([active[:, None], known], 1)
      now = active_notes(known, _FIRST_PITCH)[:, 1:]
      read = jnp.stack([past, now, given], -1)
      active = now[:, -1]
    outputs, carry = self.stack(Symbols(read, self._rows()), carry, keys=keys)
    return self.output(outputs), (active, carry)

  def _rows(self):
    """The number of classes of each input symbol."""
    metre = (self.classes, self.steps_per_bar) if self.metre else ()
    return (self.classes, *metre)
