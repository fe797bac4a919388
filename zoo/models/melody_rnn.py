"""A melody one step at a time, each from all those before it.

  p(x) = prod_t p(x_t | x_<t),  by a stack of LSTM and a softmax

What is drawn is read again: the course calls it iterative feedforward. Source:
Eck and Schmidhuber 2002; Briot, Hadjeres and Pachet, arXiv 1709.01620.
"""

from typing import Any

from flax import linen as nn
import jax
from jax import lax
import jax.numpy as jnp
import numpy as np

from zoo.layers import cells
from zoo.layers.projection import Symbols
from zoo.layers.recurrent import Stack, layers_of, step
from zoo.layers.views import active_notes
from zoo.models.music_vae import draw_tokens
from zoo.models.sizes import check_dropout, check_widths

_FIRST_PITCH = 2  # The class of the lowest pitch; 0 holds, 1 is a note-off.


class MelodyRnn(nn.Module):
  """Reads tokens [B, T] of K classes; the next one's chances at each step.

  Attributes:
    classes: K, of the encoder.
    steps_per_bar: of the encoder; windows begin with a bar.
    hidden: LSTM cells of each layer.
    dropout: share of each layer's outputs that is zeroed in training.
    context: whether each step's place in its bar and the pitch that sounds are
      read too, each one-hot; else the network has to count and to remember.
  """

  classes: int
  steps_per_bar: int
  hidden: tuple[int, ...] = (128, 128)
  dropout: float = 0.0
  context: bool = False

  def setup(self):
    check_widths(hidden=self.hidden)
    check_dropout(dropout=self.dropout)
    self.stack = Stack(self.hidden, dropout=self.dropout)
    self.output = nn.Dense(self.classes)

  def __call__(
    self, tokens: jax.Array, keys: jax.Array | None = None
  ) -> jax.Array:
    """Logits [B, T, K] of each token [B, T] from those before it.

    Args:
      tokens: [B, T] integer classes; the last is not read.
      keys: [B] random keys for dropout, or None.
    """
    # The class K adds nothing: it stands before the first token.
    before = jnp.pad(
      tokens[:, :-1], ((0, 0), (1, 0)), constant_values=self.classes
    )
    read = before[..., None]
    if self.context:
      heard = jnp.pad(
        active_notes(tokens[:, :-1], _FIRST_PITCH), ((0, 0), (1, 0))
      )
      place = jnp.arange(tokens.shape[1]) % self.steps_per_bar
      place = jnp.broadcast_to(place, before.shape)
      read = jnp.stack([before, heard, place], -1)
    outputs, _ = self.stack(Symbols(read, self._rows()), keys=keys)
    return self.output(outputs)

  def generate(
    self, draws: jax.Array, first: jax.Array, temperature: float
  ) -> jax.Array:
    """Writes melodies, each from its first token.

    Args:
      draws: [B, T] uniform numbers, all the chance there is.
      first: [B] tokens; -1 where the model draws the first one too.
      temperature: divides the logits; 0 takes the likeliest token.

    Returns:
      [B, T] int32 tokens.
    """
    params = self.variables['params']
    layers = layers_of(params['stack'])
    kernel, bias = layers[0]['input_kernel_0'], layers[0]['bias']
    tables = jnp.split(kernel, np.cumsum(self._rows())[:-1])
    output = params['output']
    count, steps = draws.shape
    given = jnp.full(draws.shape, -1).at[:, 0].set(first)

    def write(before: Any, now: Any) -> Any:
      token, heard, carry = before
      chance, given, place = now
      read = (token, heard, jnp.full(count, place))
      rows = sum(
        cells.lookup(table, ids)
        for table, ids in zip(tables, read, strict=False)
      )
      outputs, carry = step(layers, rows + bias, carry)
      logits = outputs @ output['kernel'] + output['bias']
      token = draw_tokens(chance, logits, temperature)
      token = jnp.where(given >= 0, given, token)
      struck = jnp.where(token >= _FIRST_PITCH, token, 0)
      heard = jnp.where(token == 0, heard, struck)
      return (token, heard, carry), token

    none = jnp.full(count, self.classes, jnp.int32)
    carry = tuple((jnp.zeros((count, width)),) * 2 for width in self.hidden)
    places = jnp.arange(steps) % self.steps_per_bar
    silence = jnp.zeros(count, jnp.int32)
    _, tokens = lax.scan(
      write, (none, silence, carry), (draws.T, given.T, places)
    )
    return tokens.T

  def _rows(self):
    """How many classes each of the symbols that are read has."""
    context = (self.classes, self.steps_per_bar) if self.context else ()
    return (self.classes, *context)
