"""The decoder of MusicVAE: an LSTM that generates symbols from codes.

The sequence is divided into S segments of equal length, each with its own code.
In each segment the initial state of the LSTM is computed from the code, and
every step is conditioned on the code; from the previous segment it receives
only the last symbol. With one segment this is the published flat decoder; with
the outputs of a conductor as codes it is the core decoder of the published
hierarchical one.

A symbol is a class, or a set of drums: 2 ** n combinations of n drums.

Source: Roberts et al., ICML 2018, arXiv 1803.05428, section 3; scheduled
sampling: Bengio et al. 2015, arXiv 1506.03099.
"""

from collections.abc import Sequence
from typing import Any

from flax import linen as nn
import jax
from jax import lax
import jax.numpy as jnp
import numpy as np

from zoo.layers.cells import dense_product, lookup
from zoo.layers.dropout import fold
from zoo.layers.latent import HIDE, OWN, WRITE
from zoo.layers.projection import Symbols, gates_at, project_parts
from zoo.layers.recurrent import Stack, layers_of, step


class Decoder(nn.Module):
  """p(x | codes) of sequences of T symbols; K stands for 'none'.

  Attributes:
    classes: K.
    steps: T.
    steps_per_beat: how long the embedding of a beat lasts.
    segments: S, which divides T.
    features: H of each layer.
    beat_embedding: if 0, a step is conditioned on its segment's code; otherwise
      on an embedding of its beat, of this size, computed from the code, and on
      its place in the segment.
    drums: n, if symbols are sets of n drums: each is read as n + 1 bits, and
      has a logit of its own plus those of its drums. 0 for classes.
    dropout: share of each layer's outputs that is zeroed in training.
    dtype: of the matrix products; parameters are float32.
  """

  classes: int
  steps: int
  steps_per_beat: int
  segments: int
  features: tuple[int, ...]
  beat_embedding: int = 0
  drums: int = 0
  dropout: float = 0.0
  dtype: str = 'float32'

  def setup(self):
    narrow = nn.initializers.normal(0.001)
    # c and h of every layer.
    self.first_state = nn.Dense(2 * sum(self.features), kernel_init=narrow)
    if self.beat_embedding:
      beats = self._length // self.steps_per_beat
      self.beats = nn.Dense(beats * self.beat_embedding)
    self.writer = Stack(self.features, dropout=self.dropout, dtype=self.dtype)
    self.output = nn.Dense(
      self.classes, dtype=self.dtype, dot_general=dense_product
    )
    if self.drums:
      self.drum_output = nn.Dense(
        self.drums + 1,
        use_bias=False,
        dtype=self.dtype,
        dot_general=dense_product,
      )

  @property
  def _length(self):
    """Steps of a segment."""
    return self.steps // self.segments

  def __call__(
    self, codes, tokens, keys=None, own_share: Any = 0.0, hidden: Any = 0.0
  ):
    """Logits [B, T, K], teacher-forced on the previous symbols.

    With scheduled sampling each input is, with probability `own_share`, a
    symbol that the model sampled at the previous step from these inputs so
    far; otherwise the true one. Gradients do not pass through sampled symbols,
    so decoding these inputs gives the same gradient as decoding step by step.

    Args:
      codes: [B, S, D].
      tokens: [B, T] integers.
      keys: [B] random keys for dropout and the shares below, or None.
      own_share: probability that an input is the model's own symbol.
      hidden: share of the inputs that is hidden (word dropout).
    """
    tokens = tokens.astype(jnp.int32)
    if keys is not None and not (
      isinstance(own_share, float) and own_share == 0
    ):
      tokens = self.write(codes, fold(keys, OWN), 1.0, tokens, own_share)
      tokens = lax.stop_gradient(tokens)
    inputs = shift(tokens, self.classes)
    if keys is not None and hidden:
      inputs = hide(inputs, fold(keys, HIDE), hidden, self.classes)
    inputs = inputs.reshape(-1, self._length)
    carry, condition = self._condition(codes.reshape(-1, codes.shape[-1]))
    states, _ = self.writer(
      [read_symbols(inputs, self.classes, self.drums), *condition],
      carry,
      keys=self._of_segments(fold(keys, WRITE)),
    )
    logits = self.output(states)
    if self.drums:
      bits = drum_bits(jnp.arange(self.classes), self.drums)
      together = self.drum_output(states)
      logits = logits + dense_product(together, bits.T.astype(together.dtype))
    logits = logits.astype(jnp.float32)
    return logits.reshape(len(codes), self.steps, self.classes)

  def write(self, codes, keys, temperature, truth=None, probability=1.0):
    """Generates step by step, each step reading the previous symbol.

    Args:
      codes: [B, S, D].
      keys: [B] random keys; row i depends only on keys[i] and codes[i].
      temperature: divides the logits; 0 takes the most likely symbol.
      truth: [B, T]; each symbol is then replaced by the true one, except with
        probability `probability`.
      probability: see `truth`.

    Returns:
      [B, T] int32, the symbols, each of which is the next input.
    """
    count, segments, _ = codes.shape
    carry, condition = self._condition(codes.reshape(-1, codes.shape[-1]))
    layers = layers_of(self.writer.variables['params'], self.dtype)
    rows, *kernels = (
      layers[0][f'input_kernel_{n}'] for n in range(len(condition) + 1)
    )
    if self.drums:
      bits = drum_bits(jnp.arange(self.classes), self.drums)
      rows = jnp.asarray(bits, rows.dtype) @ rows
    parts = project_parts(kernels, layers[0]['bias'], condition, self._length)
    uniforms = [
      jax.vmap(lambda key: jax.random.uniform(key, (self.steps,)))(some)
      for some in (fold(keys, 0), fold(keys, 1))
    ]
    kernel, bias = self._output_of()

    def by_segment(rows):
      """[B, T] as [S, T / S, B]."""
      return jnp.moveaxis(rows.reshape(count, segments, -1), 0, -1)

    # Parts that differ between segments are scanned; others stay outside.
    own = [part for part in parts if part.shape[1] > 1]
    shared = [part for part in parts if part.shape[1] == 1]
    own = [
      jnp.moveaxis(part.reshape(len(part), count, segments, -1), 2, 0)
      for part in own
    ]
    carry = jax.tree.map(
      lambda x: jnp.moveaxis(x.reshape(count, segments, -1), 1, 0), carry
    )

    def segment(token, now):
      carry, own, draws, coins, truth = now

      def one(before, now):
        (token, carry), (number, draw, coin, truth) = before, now
        gates = gates_at(_sorted([*own, *shared]), number, self._length)
        state, carry = step(layers, gates + lookup(rows, token), carry)
        logits = state.astype(self.dtype) @ kernel + bias
        token = draw_tokens(draw, logits.astype(jnp.float32), temperature)
        if truth is not None:
          token = jnp.where(coin < probability, token, truth)
        return (token, tuple(carry)), token

      steps = jnp.arange(self._length), draws, coins, truth
      (token, _), tokens = lax.scan(one, (token, tuple(carry)), steps)
      return token, tokens

    none = jnp.full((count,), self.classes, jnp.int32)
    given = None if truth is None else by_segment(truth)
    _, tokens = lax.scan(
      segment, none, (carry, own, *map(by_segment, uniforms), given)
    )
    return tokens.reshape(self.steps, count).T

  def _condition(self, codes):
    """The initial carry for codes [N, D], and inputs other than symbols."""
    state = jnp.tanh(self.first_state(codes))
    edges = [sum(self.features[:n]) * 2 for n in range(1, len(self.features))]
    carry = [
      tuple(jnp.split(part, 2, -1)) for part in jnp.split(state, edges, -1)
    ]
    if not self.beat_embedding:
      return carry, [codes[:, None]]
    beats = self._length // self.steps_per_beat
    beats = jnp.tanh(self.beats(codes)).reshape(codes.shape[0], beats, -1)
    # A learned bias for each step of a segment.
    place = Symbols(jnp.arange(self._length)[None], self._length)
    return carry, [beats, place]

  def _output_of(self):
    """Kernel [H, K] and bias [K] of the logits, in `dtype`."""

    def params(layer):
      return jax.tree.map(
        lambda x: x.astype(self.dtype), layer.variables['params']
      )

    output = params(self.output)
    kernel = output['kernel']
    if self.drums:
      bits = drum_bits(jnp.arange(self.classes), self.drums)
      kernel = kernel + params(self.drum_output)['kernel'] @ bits.T.astype(
        self.dtype
      )
    return kernel, output['bias']

  def _of_segments(self, keys):
    """Keys [B] as keys [B * S], one per segment."""
    if keys is None or self.segments == 1:
      return keys
    split = jax.vmap(lambda key: jax.random.split(key, self.segments))
    return split(keys).reshape(-1)


def shift(tokens: jax.Array, none: int) -> jax.Array:
  """The inputs at each step of [B, T]: `none`, then all but the last."""
  tokens = tokens.astype(jnp.int32)
  first = jnp.full_like(tokens[:, :1], none)
  return jnp.concatenate([first, tokens[:, :-1]], 1)


def hide(tokens, keys, share, none):
  """Replaces a share of the tokens [B, T] by `none`."""

  def hidden(key):
    return jax.random.bernoulli(key, share, tokens.shape[1:])

  return jnp.where(jax.vmap(hidden)(keys), none, tokens)


def read_symbols(tokens, classes: int, drums: int):
  """Symbols [B, S(, P)] as an input of a recurrent layer."""
  if not drums:
    return Symbols(tokens, classes)
  bits = drum_bits(tokens, drums).astype(jnp.float32)
  return bits.reshape(*tokens.shape[:2], -1)


def drum_bits(tokens, drums: int):
  """[..., n + 1] bool: the drums in each set [...], then silence.

  For numbers of 2 ** n and more ('none'), all bits are 0.
  """
  bits = (tokens[..., None] >> np.arange(drums)) & 1 > 0
  silence = (tokens == 0)[..., None]
  known = (tokens < 2**drums)[..., None]
  return jnp.concatenate([bits, silence], -1) & known


def draw_tokens(draws, logits, temperature):
  """One token from each row of logits.

  Args:
    draws: [B] uniform in [0, 1), one number per token.
    logits: [B, K].
    temperature: divides the logits; 0 takes the most likely token.

  Returns:
    [B] int32.
  """
  if temperature == 0:
    return jnp.argmax(logits, -1).astype(jnp.int32)
  weights = jnp.exp((logits - logits.max(-1, keepdims=True)) / temperature)
  # The cumulative distribution, as a product: XLA's cumsum is slow on a CPU.
  below = np.triu(np.ones((logits.shape[-1],) * 2, np.float32))
  mass = jnp.matmul(weights, below, precision='highest')
  token = jnp.sum(mass <= draws[:, None] * mass[:, -1:], -1)
  return jnp.minimum(token, logits.shape[-1] - 1).astype(jnp.int32)


def _sorted(parts: Sequence[jax.Array]) -> list[jax.Array]:
  """Parts in the order of `project_parts`: fewer steps first."""
  return sorted(parts, key=lambda part: part.shape)
