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

from zoo.layers.recurrent import Stack, Symbols, layers_of, step
from zoo.models.music_vae import draw_tokens


class MelodyRnn(nn.Module):
  """Reads tokens [B, T] of K classes; the next one's chances at each step.

  Attributes:
    classes: K, of the encoder.
    steps_per_bar: of the encoder; windows begin with a bar.
    hidden: LSTM cells of each layer.
    dropout: share of each layer's outputs that is zeroed in training.
    metre: whether each step's place in its bar is read too, one-hot; without
      it the network has to count.
  """

  classes: int
  steps_per_bar: int
  hidden: tuple[int, ...] = (128, 128)
  dropout: float = 0.0
  metre: bool = False

  def setup(self):
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
    read = Symbols(before, self.classes)
    if self.metre:
      places = jnp.arange(tokens.shape[1]) % self.steps_per_bar
      places = jnp.broadcast_to(places, before.shape)
      read = Symbols(
        jnp.stack([before, places], -1), (self.classes, self.steps_per_bar)
      )
    outputs, _ = self.stack(read, keys=keys)
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
    output = params['output']
    steps = draws.shape[1]
    notes, places = kernel[: self.classes], kernel[self.classes :]
    beats = jnp.zeros((steps, kernel.shape[1]))
    if self.metre:
      beats = places[jnp.arange(steps) % self.steps_per_bar]
    zeros = [jnp.zeros((len(draws), width)) for width in self.hidden]
    given = jnp.full(draws.shape, -1).at[:, 0].set(first)

    def write(before: Any, now: Any) -> Any:
      token, carry = before
      chance, given, beat = now
      rows = jnp.take(notes, token, 0, mode='fill', fill_value=0)
      outputs, carry = step(layers, rows + beat + bias, carry)
      logits = outputs @ output['kernel'] + output['bias']
      token = draw_tokens(chance, logits, temperature)
      token = jnp.where(given >= 0, given, token)
      return (token, carry), token

    none = jnp.full(len(draws), self.classes, jnp.int32)
    carry = tuple((zero, zero) for zero in zeros)
    _, tokens = lax.scan(write, (none, carry), (draws.T, given.T, beats))
    return tokens.T
