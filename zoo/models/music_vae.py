"""MusicVAE: a recurrent variational autoencoder of melodies and drums.

A bidirectional LSTM encodes a melody as a normal distribution over z; an
autoregressive LSTM decodes it, conditioned on z. Four forms:

  flat: as published. The last states of both directions give mu and sigma; z
    determines the decoder's initial state and is concatenated to every input.
  hierarchical: as published, for long windows. A conductor, an LSTM whose
    initial state is computed from z, outputs an embedding of each of U
    segments; the decoder starts every segment from its embedding, which is
    concatenated to every input. The encoder is that of flat.
  beatwise: between the two (ours). The encoder reads a beat per step, and mu
    and sigma read all beats; each beat of the decoder is conditioned on its own
    embedding, tanh(W z).
  barwise: for long windows (ours). z has a slice for each bar: the encoder is
    that of beatwise, and the states of a bar give its slice; the decoder starts
    every bar from its slice, and is beatwise within it. Encoder head and
    decoder are shared by all bars.

Drums are read as ten bits per step (nine drums, and silence). The decoder of
the published forms reads one of 512 classes; that of our forms reads the bits,
and adds a logit for each drum to those of the combinations that contain it.

With flat, latent 256, encoder (512,) and decoder (256, 256) this is Magenta's
cat-mel_2bar_small, or for drums cat-drums_2bar_small; with 512, (2048,) and
(2048,) * 3 cat-mel_2bar_big; with 512, (2048, 2048) and (2048,) * 3
flat-mel_16bar; and hierarchical with 512, (2048, 2048), conductor and decoder
(1024, 1024) hierdec-mel_16bar.

Source: Roberts, Engel, Raffel, Hawthorne, Eck, ICML 2018, arXiv 1803.05428;
sizes and initialization as in magenta/models/music_vae.
"""

from typing import Literal

from flax import linen as nn
import jax
import jax.numpy as jnp

from zoo.contracts import Spec, UserError
from zoo.layers import metrics
from zoo.layers.dropout import fold
from zoo.layers.latent import MASK, READ
from zoo.layers.recurrent import Stack
from zoo.models.music_vae_decoder import (
  Decoder,
  draw_tokens,
  hide,
  read_symbols,
  shift,
)
from zoo.models.sizes import check_dropout, check_widths
from zoo.questions import Latent

__all__ = ['MusicVae', 'draw_tokens']

Form = Literal['flat', 'beatwise', 'barwise', 'hierarchical']
OURS = ('beatwise', 'barwise')


class MusicVae(nn.Module, Latent):
  """MusicVAE over the field `tokens` [B, T] of 0..K-1.

  The decoder reads the previous token; K stands for 'none', at the first step
  and for hidden tokens. Outputs are logits [B, T, K].

  Attributes:
    classes: K.
    steps: T.
    steps_per_beat: steps that the encoder of our forms reads at once.
    steps_per_bar: steps of a slice of z; 0 for a single bar.
    drums: n, if tokens are sets of n drums; 0 for other tokens.
    form: see above.
    latent: Z; for barwise, a multiple of the number of bars.
    encoder: H of each layer in each direction.
    decoder: H of each layer.
    beat_embedding: size of a beat's embedding, in our forms.
    bar_embedding: size of a bar's embedding, in the form barwise.
    conductor: H of each layer, in the form hierarchical.
    segments: U, in the form hierarchical.
    dropout: share of each layer's outputs that is zeroed in training.
    dtype: of the matrix products; parameters are float32.
  """

  reads = ('tokens',)

  classes: int
  steps: int
  steps_per_beat: int
  steps_per_bar: int
  drums: int
  form: Form = 'flat'
  latent: int = 256
  encoder: tuple[int, ...] = (512,)
  decoder: tuple[int, ...] = (256, 256)
  beat_embedding: int = 64
  bar_embedding: int = 256
  conductor: tuple[int, ...] = (256,)
  segments: int = 16
  dropout: float = 0.0
  dtype: Literal['float32', 'bfloat16'] = 'float32'

  gaussian = True
  autoregressive = True

  @classmethod
  def from_spec(cls, spec: Spec, **options) -> 'MusicVae':
    """The model of the melodies or drums that `spec` describes.

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
      steps_per_bar=sizes.get('steps_per_bar', 0),
      drums=len(spec.vocabulary.get('drums', ())),
      **options,
    )

  def __post_init__(self):
    super().__post_init__()
    if self.steps % self.steps_per_beat:
      raise UserError(
        f'{self.steps} steps are not a whole number of beats of '
        f'{self.steps_per_beat}: choose another metre or number of bars.'
      )
    check_widths(latent=self.latent, encoder=self.encoder, decoder=self.decoder)
    if self.form in OURS:
      check_widths(beat_embedding=self.beat_embedding)
    if self.form == 'barwise':
      check_widths(bar_embedding=self.bar_embedding)
    if self.form == 'hierarchical':
      check_widths(conductor=self.conductor)
    if self.form == 'barwise' and self.latent % self._segments:
      raise UserError(
        f'model/latent is {self.latent}, and the form barwise has a slice of '
        f'it for each of {self._segments} bars: take a multiple of that.'
      )
    if self.segments < 1 or self.steps % self._segments:
      raise UserError(
        f'model/segments is {self.segments}, which does not divide the '
        f'{self.steps} steps of a window: take another number.'
      )
    check_dropout(dropout=self.dropout)

  def setup(self):
    narrow = nn.initializers.normal(0.001)
    self.reader = Stack(
      self.encoder, bidirectional=True, dropout=self.dropout, dtype=self.dtype
    )
    # mu, and sigma before its softplus; for barwise those of one bar.
    local = self._segments if self.form == 'barwise' else 1
    self.posterior = nn.Dense(2 * self.latent // local, kernel_init=narrow)
    if self.form == 'barwise':
      self.bars = nn.Dense(self.bar_embedding)
    if self.form == 'hierarchical':
      self.conducting = Conductor(self.segments, self.conductor, self.dtype)
    self.core = Decoder(
      self.classes,
      self.steps,
      self.steps_per_beat,
      self._segments,
      self.decoder,
      self.beat_embedding if self.form in OURS else 0,
      self.drums if self.form in OURS else 0,
      self.dropout,
      self.dtype,
    )
    # Names its layers as if they were defined here.
    nn.share_scope(self, self.core)

  @property
  def _segments(self):
    """S, the number of segments of the decoder."""
    if self.form == 'barwise':
      return self.steps // (self.steps_per_bar or self.steps)
    return self.segments if self.form == 'hierarchical' else 1

  def __call__(self, batch):
    """Encodes and decodes z = mu: logits [B, T, K], mu and sigma [B, Z]."""
    mu, sigma = self.encode(batch)
    return self.decode(mu, batch), mu, sigma

  def prior(self, keys):
    """z [B, Z] from N(0, 1), one of the keys [B] per example."""
    return jax.vmap(lambda key: jax.random.normal(key, (self.latent,)))(keys)

  def shift(self, tokens):
    """The decoder's inputs [B, T]: 'none', then each token but the last."""
    return shift(tokens, self.classes)

  def encode(self, batch, keys=None, hidden=0.0):
    """q(z | x), a normal with a diagonal covariance: mu, sigma [B, Z].

    Args:
      batch: {'tokens': [B, T] integers}.
      keys: [B] random keys for dropout and hidden tokens, or None.
      hidden: share of the tokens that is hidden if keys are given.
    """
    tokens = batch['tokens'].astype(jnp.int32)
    count = tokens.shape[0]
    if keys is not None and hidden:
      tokens = hide(tokens, fold(keys, MASK), hidden, self.classes)
    keys = fold(keys, READ)
    if self.form in OURS:
      tokens = tokens.reshape(count, -1, self.steps_per_beat)
    inputs = read_symbols(tokens, self.classes, self.drums)
    states, _ = self.reader(inputs, keys=keys)
    if self.form in OURS:
      local = self._segments if self.form == 'barwise' else 1
      features = states.reshape(count, local, -1)
    else:
      features = last_states(states)[:, None]
    mu, sigma = jnp.split(self.posterior(features), 2, -1)
    # Softplus underflows to 0 below -104, and the KL needs its logarithm.
    sigma = jnp.maximum(nn.softplus(sigma), 1e-10)
    return mu.reshape(count, -1), sigma.reshape(count, -1)

  def decode(self, z, batch, keys=None, own_share=0.0, hidden=0.0):
    """p(x | z), teacher-forced on the previous tokens.

    Args:
      z: [B, Z].
      batch: {'tokens': [B, T] integers}.
      keys: [B] random keys for dropout and the shares below, or None.
      own_share: probability that an input is the model's own token (scheduled
        sampling), see Decoder.
      hidden: share of the inputs that is hidden (word dropout).

    Returns:
      logits: [B, T, K].
    """
    tokens = batch['tokens']
    return self.core(self.codes(z), tokens, keys, own_share, hidden)

  def log_prob(self, outputs, batch):
    """{'tokens': [B, T]} in nats."""
    tokens = batch['tokens'].astype(jnp.int32)
    return {'tokens': metrics.log_prob_of(outputs, tokens)}

  def logits(self, outputs):
    """{'tokens': [B, T, K]}."""
    return {'tokens': outputs}

  def generate(self, z, keys, temperature=0.0, threshold=0.5):
    """Generates melodies from z, each step reading the previous token.

    Args:
      z: [B, Z].
      keys: [B] random keys; melody i depends only on keys[i] and z[i].
      temperature: divides the logits; 0 takes the most likely token.
      threshold: not needed, since there are no bits.

    Returns:
      {'tokens': [B, T] int32}.
    """
    del threshold
    return {'tokens': self.core.write(self.codes(z), keys, temperature)}

  def codes(self, z):
    """The decoder's codes [B, S, D], one per segment, from z [B, Z]."""
    if self.form == 'barwise':
      return jnp.tanh(self.bars(z.reshape(z.shape[0], self._segments, -1)))
    if self.form == 'hierarchical':
      return self.conducting(z)
    return z[:, None]


class Conductor(nn.Module):
  """z [B, Z] to embeddings of U segments [B, U, H]; it has no other input.

  Attributes:
    segments: U.
    features: H of each layer.
    dtype: of the products.
  """

  segments: int
  features: tuple[int, ...]
  dtype: str = 'float32'

  @nn.compact
  def __call__(self, z):
    narrow = nn.initializers.normal(0.001)
    state = nn.Dense(2 * sum(self.features), kernel_init=narrow, name='state')(
      z
    )
    edges = [sum(self.features[:n]) * 2 for n in range(1, len(self.features))]
    carry = [
      tuple(jnp.split(part, 2, -1))
      for part in jnp.split(jnp.tanh(state), edges, -1)
    ]
    # Magenta's conductor reads a zero at each step, so it has a weight for it.
    nothing = jnp.zeros((z.shape[0], 1, 1))
    stack = Stack(self.features, dtype=self.dtype, name='layers')
    return stack(nothing, carry, steps=self.segments)[0]


def last_states(states: jax.Array) -> jax.Array:
  """The last states of both directions: [B, T, 2H] to [B, 2H]."""
  ways = jnp.split(states, 2, -1)
  return jnp.concatenate([ways[0][:, -1], ways[1][:, 0]], -1)
