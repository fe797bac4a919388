"""MusicVAE: a recurrent variational autoencoder of melodies.

A bidirectional LSTM reads a melody into a normal distribution over z; an
autoregressive LSTM writes the melody again, conditioned on z. Two forms:

  flat: as published. The last state of both directions gives mu and sigma;
    z sets the decoder's first state and is joined to every input.
  beatwise: ours, between the paper's flat and hierarchical forms. The encoder
    reads a beat a step and mu and sigma read all beats; each beat of the
    decoder is conditioned on its own embedding, tanh(W z).

With flat, latent 256, encoder (512,) and decoder (256, 256) this is Magenta's
cat-mel_2bar_small; with 512, (2048,) and (2048,) * 3 its cat-mel_2bar_big.

Source: Roberts, Engel, Raffel, Hawthorne, Eck, ICML 2018, arXiv 1803.05428;
sizes and first values as in magenta/models/music_vae.
"""

from typing import Literal

from flax import linen as nn
import jax
from jax import lax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Latent, Spec, UserError
from zoo.layers import metrics
from zoo.layers.cells import dense_product, lookup
from zoo.layers.dropout import fold
from zoo.layers.latent import HIDE, MASK, OWN, READ, WRITE
from zoo.layers.projection import Symbols, gates_at, project_parts
from zoo.layers.recurrent import Stack, layers_of, step
from zoo.models.sizes import check_dropout, check_widths


class MusicVae(nn.Module, Latent):
  """MusicVAE over the field `tokens` [B, T] of 0..K-1.

  The decoder reads the token before; K stands for 'none': at the first step,
  and where a token is hidden. Outputs are logits [B, T, K].

  Attributes:
    classes: K.
    steps: T.
    steps_per_beat: steps that the beatwise encoder reads at once.
    form: see above.
    latent: Z.
    encoder: H of each layer, each way.
    decoder: H of each layer.
    beat_embedding: size of a beat's embedding; the flat form has none.
    dropout: share of each layer's outputs that is zeroed in training.
    dtype: of the matrix products; parameters are float32.
  """

  reads = ('tokens',)

  classes: int
  steps: int
  steps_per_beat: int
  form: Literal['flat', 'beatwise'] = 'flat'
  latent: int = 256
  encoder: tuple[int, ...] = (512,)
  decoder: tuple[int, ...] = (256, 256)
  beat_embedding: int = 64
  dropout: float = 0.0
  dtype: Literal['float32', 'bfloat16'] = 'float32'

  gaussian = True
  autoregressive = True

  @classmethod
  def from_spec(cls, spec: Spec, **options) -> 'MusicVae':
    """The model of the melodies that `spec` describes.

    Raises:
      UserError: the encoder writes no tokens on a grid of beats, or an option
        is out of range.
    """
    if 'tokens' not in spec.fields or 'steps_per_beat' not in spec.sizes:
      raise UserError(
        "The model 'music_vae' reads tokens on a grid of beats, and the "
        f"encoder '{spec.encoder}' writes none: choose encoder/name=melody."
      )
    sizes = spec.sizes
    return cls(
      classes=sizes['classes'],
      steps=sizes['steps'],
      steps_per_beat=sizes['steps_per_beat'],
      **options,
    )

  def __post_init__(self):
    super().__post_init__()
    if self.steps % self.steps_per_beat:
      raise UserError(
        f'{self.steps} steps are no whole number of beats of '
        f'{self.steps_per_beat}: choose another metre or number of bars.'
      )
    check_widths(latent=self.latent, encoder=self.encoder, decoder=self.decoder)
    if self.form == 'beatwise':
      check_widths(beat_embedding=self.beat_embedding)
    check_dropout(dropout=self.dropout)

  def setup(self):
    narrow = nn.initializers.normal(0.001)
    self.reader = Stack(
      self.encoder, bidirectional=True, dropout=self.dropout, dtype=self.dtype
    )
    # mu, and sigma before its softplus.
    self.posterior = nn.Dense(2 * self.latent, kernel_init=narrow)
    # c and h of every layer.
    self.first_state = nn.Dense(2 * sum(self.decoder), kernel_init=narrow)
    if self.form == 'beatwise':
      self.beats = nn.Dense(self._beats * self.beat_embedding)
    self.writer = Stack(self.decoder, dropout=self.dropout, dtype=self.dtype)
    self.output = nn.Dense(
      self.classes, dtype=self.dtype, dot_general=dense_product
    )

  @property
  def _beats(self):
    return self.steps // self.steps_per_beat

  def __call__(self, batch):
    """Encodes and decodes z = mu: logits [B, T, K], mu and sigma [B, Z]."""
    mu, sigma = self.encode(batch)
    return self.decode(mu, batch), mu, sigma

  def prior(self, keys):
    """z [B, Z] from N(0, 1), one of the keys [B] an example."""
    return jax.vmap(lambda key: jax.random.normal(key, (self.latent,)))(keys)

  def shift(self, tokens):
    """The decoder's inputs [B, T]: 'none', then each token but the last."""
    tokens = tokens.astype(jnp.int32)
    none = jnp.full_like(tokens[:, :1], self.classes)
    return jnp.concatenate([none, tokens[:, :-1]], 1)

  def encode(self, batch, keys=None, hidden=0.0):
    """q(z | x), a normal with a diagonal covariance: mu, sigma [B, Z].

    Args:
      batch: {'tokens': [B, T] integers}.
      keys: [B] random keys for dropout and hidden tokens, or None.
      hidden: share of the tokens that is hidden where keys are given.
    """
    tokens = batch['tokens'].astype(jnp.int32)
    if keys is not None and hidden:
      tokens = _hide(tokens, fold(keys, MASK), hidden, self.classes)
    keys = fold(keys, READ)
    if self.form == 'beatwise':
      tokens = tokens.reshape(-1, self._beats, self.steps_per_beat)
    states, _ = self.reader(Symbols(tokens, self.classes), keys=keys)
    if self.form == 'beatwise':
      features = states.reshape(states.shape[0], -1)
    else:
      # The last step of each direction.
      ways = jnp.split(states, 2, -1)
      features = jnp.concatenate([ways[0][:, -1], ways[1][:, 0]], -1)
    mu, sigma = jnp.split(self.posterior(features), 2, -1)
    # Softplus underflows to 0 below -104, and the KL needs its logarithm.
    return mu, jnp.maximum(nn.softplus(sigma), 1e-10)

  def decode(self, z, batch, keys=None, own_share=0.0, hidden=0.0):
    """p(x | z) with the tokens before each step given (teacher forcing).

    With scheduled sampling each input is, with probability `own_share`, a
    token that the model drew at the step before, having read these inputs so
    far; else the true token. A gradient does not pass through what was drawn,
    so decoding these inputs gives the same gradient as decoding step by step.

    Args:
      z: [B, Z].
      batch: {'tokens': [B, T] integers}.
      keys: [B] random keys for dropout and the shares below, or None.
      own_share: probability that an input is the model's own token.
      hidden: share of the inputs that is hidden (word dropout).

    Returns:
      logits: [B, T, K].

    Source: scheduled sampling: Bengio et al. 2015, arXiv 1506.03099.
    """
    tokens = batch['tokens'].astype(jnp.int32)
    if keys is not None and not (
      isinstance(own_share, float) and own_share == 0
    ):
      tokens = self._unroll(z, fold(keys, OWN), 1.0, tokens, own_share)
      tokens = lax.stop_gradient(tokens)
    inputs = self.shift(tokens)
    if keys is not None and hidden:
      inputs = _hide(inputs, fold(keys, HIDE), hidden, self.classes)
    carry, condition = self._condition(z)
    states, _ = self.writer(
      [Symbols(inputs, self.classes), *condition],
      carry,
      keys=fold(keys, WRITE),
    )
    return self.output(states).astype(jnp.float32)

  def log_prob(self, outputs, batch):
    """{'tokens': [B, T]} in nats."""
    tokens = batch['tokens'].astype(jnp.int32)
    return {'tokens': metrics.log_prob_of(outputs, tokens)}

  def logits(self, outputs):
    """{'tokens': [B, T, K]}."""
    return {'tokens': outputs}

  def generate(self, z, keys, temperature=0.0, threshold=0.5):
    """Writes melodies from z, each step reading what the last one wrote.

    Args:
      z: [B, Z].
      keys: [B] random keys; melody i depends on keys[i] and z[i] alone.
      temperature: divides the logits; 0 takes the likeliest token.
      threshold: of bits, which there are none of.

    Returns:
      {'tokens': [B, T] int32}.
    """
    del threshold
    return {'tokens': self._unroll(z, keys, temperature)}

  def _condition(self, z):
    """The decoder's first carry, and its inputs beside the tokens.

    A form that lets a conductor write the embeddings of z (the paper's
    hierarchical decoder) differs from these two here and in `encode`.
    """
    state = jnp.tanh(self.first_state(z))
    edges = [sum(self.decoder[:n]) * 2 for n in range(1, len(self.decoder))]
    carry = [
      tuple(jnp.split(part, 2, -1)) for part in jnp.split(state, edges, -1)
    ]
    if self.form == 'flat':
      return carry, [z[:, None]]
    beats = jnp.tanh(self.beats(z)).reshape(z.shape[0], self._beats, -1)
    # A learned bias for each step: where in the window the melody stands.
    place = Symbols(jnp.arange(self.steps)[None], self.steps)
    return carry, [beats, place]

  def _unroll(self, z, keys, temperature, truth=None, probability=1.0):
    """Decodes step by step; with `truth` [B, T], passes its token on instead
    of the model's own but for a share of `probability`.

    Returns:
      tokens: [B, T] int32 that the steps pass on.
    """
    carry, condition = self._condition(z)
    layers = layers_of(self.writer.variables['params'], self.dtype)
    rows, *kernels = (
      layers[0][f'input_kernel_{n}'] for n in range(len(condition) + 1)
    )
    parts = project_parts(kernels, layers[0]['bias'], condition, self.steps)
    output = jax.tree.map(
      lambda x: x.astype(self.dtype), self.output.variables['params']
    )
    draws, coins = (
      jax.vmap(lambda key: jax.random.uniform(key, (self.steps,)))(some).T
      for some in (fold(keys, 0), fold(keys, 1))
    )
    truth = None if truth is None else truth.T

    def write(before, now):
      (token, carry), (number, draw, coin, truth) = before, now
      gates = gates_at(parts, number, self.steps) + lookup(rows, token)
      state, carry = step(layers, gates, carry)
      logits = state.astype(self.dtype) @ output['kernel'] + output['bias']
      token = draw_tokens(draw, logits.astype(jnp.float32), temperature)
      if truth is not None:
        token = jnp.where(coin < probability, token, truth)
      return (token, tuple(carry)), token

    none = jnp.full(z.shape[:1], self.classes, jnp.int32)
    _, tokens = lax.scan(
      write,
      (none, tuple(carry)),
      (jnp.arange(self.steps), draws, coins, truth),
    )
    return tokens.T


def _hide(tokens, keys, share, none):
  """A share of the tokens [B, T] becomes `none`."""

  def hidden(key):
    return jax.random.bernoulli(key, share, tokens.shape[1:])

  return jnp.where(jax.vmap(hidden)(keys), none, tokens)


def draw_tokens(draws, logits, temperature):
  """One token from each row of logits.

  Args:
    draws: [B] uniform in [0, 1); one number a token is all the chance needed.
    logits: [B, K].
    temperature: divides the logits; 0 takes the likeliest token.

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
