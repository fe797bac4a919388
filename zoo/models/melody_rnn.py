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
    hidden: LSTM cells of each layer.
    dropout: share of each layer's outputs that is zeroed in training.
  """

  classes: int
  hidden: tuple[int, ...] = (128, 128)
  dropout: float = 0.0

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
    outputs, _ = self.stack(Symbols(before, self.classes), keys=keys)
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
    zeros = [jnp.zeros((len(draws), width)) for width in self.hidden]
    given = jnp.full(draws.shape, -1).at[:, 0].set(first)

    def write(before: Any, now: Any) -> Any:
      token, carry = before
      chance, given = now
      rows = jnp.take(kernel, token, 0, mode='fill', fill_value=0)
      outputs, carry = step(layers, rows + bias, carry)
      logits = outputs @ output['kernel'] + output['bias']
      token = draw_tokens(chance, logits, temperature)
      token = jnp.where(given >= 0, given, token)
      return (token, carry), token

    none = jnp.full(len(draws), self.classes, jnp.int32)
    carry = tuple((zero, zero) for zero in zeros)
    _, tokens = lax.scan(write, (none, carry), (draws.T, given.T))
    return tokens.T
