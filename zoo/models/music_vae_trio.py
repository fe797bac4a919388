"""MusicVAE of trios: melody, bass and drums.

Two forms:

  hierarchical: as published (hierdec-trio_16bar). One encoder reads the three
    symbols of a step together; a conductor outputs an embedding of each of U
    segments, and three decoders, one per stream, start every segment from it.
  barwise: a separate barwise MusicVae for each stream, so that z has a slice
    for each bar and stream (ours). Dependencies between streams are only in the
    distribution of z: sample from the one fitted to the training set
    (sample/prior=mixture), not from N(0, 1).

A part of the form barwise has the same parameters as a run of music_vae, under
its name: drums may start from a run of musicvae_drums_barwise.

With hierarchical, latent 512, encoder (2048, 2048), conductor and decoder
(1024, 1024) this is Magenta's hierdec-trio_16bar.

Source: Roberts et al., ICML 2018, arXiv 1803.05428, section 4; sizes and
initialization as in magenta/models/music_vae.
"""

from typing import Literal

from flax import linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Spec, UserError
from zoo.layers import metrics
from zoo.layers.dropout import fold
from zoo.layers.latent import MASK, READ
from zoo.layers.projection import Symbols
from zoo.layers.recurrent import Stack
from zoo.models.music_vae import Conductor, MusicVae, last_states
from zoo.models.music_vae_decoder import Decoder, hide
from zoo.models.sizes import check_dropout, check_widths
from zoo.questions import Latent

STREAMS = ('melody', 'bass', 'drums')
_FIRST = 8  # Keys of a stream are folded by this and the following numbers.


class MusicVaeTrio(nn.Module, Latent):
  """MusicVAE over the fields `melody`, `bass` and `drums`, [B, T] each.

  Outputs are {stream: logits [B, T, K]}.

  Attributes:
    classes: K of each stream.
    steps: T.
    steps_per_beat, steps_per_bar: of the grid.
    drums: the number of drums of which the classes of `drums` are sets.
    form: see above.
    latent: Z; for barwise, a multiple of the bars times the sum of the shares.
    shares: for barwise, how z is divided among the streams: in this ratio.
    encoder, decoder, conductor: H of each layer; in the form barwise for every
      stream, without a conductor.
    segments: U, in the form hierarchical.
    beat_embedding, bar_embedding, dropout, dtype: as in MusicVae.
  """

  reads = ('melody',)

  classes: tuple[int, ...]
  steps: int
  steps_per_beat: int
  steps_per_bar: int
  drums: int
  form: Literal['barwise', 'hierarchical'] = 'barwise'
  latent: int = 768
  shares: tuple[int, ...] = (1, 1, 1)
  encoder: tuple[int, ...] = (128,)
  decoder: tuple[int, ...] = (256,)
  conductor: tuple[int, ...] = (256,)
  segments: int = 16
  beat_embedding: int = 64
  bar_embedding: int = 256
  dropout: float = 0.0
  dtype: Literal['float32', 'bfloat16'] = 'float32'

  gaussian = True
  autoregressive = True

  @classmethod
  def from_spec(cls, spec: Spec, **options) -> 'MusicVaeTrio':
    """The model of the trios that `spec` describes.

    Raises:
      UserError: the encoder does not write the three streams, or an option is
        out of range.
    """
    if not set(STREAMS) <= spec.fields.keys():
      raise UserError(
        "The model 'music_vae_trio' reads melody, bass and drums, and the "
        f"encoder '{spec.encoder}' does not write them: choose "
        'encoder/name=trio.'
      )
    sizes = spec.sizes
    return cls(
      classes=tuple(spec.fields[stream].classes for stream in STREAMS),
      steps=sizes['steps'],
      steps_per_beat=sizes['steps_per_beat'],
      steps_per_bar=sizes['steps_per_bar'],
      drums=len(spec.vocabulary.get('drums', ())),
      **options,
    )

  def __post_init__(self):
    super().__post_init__()
    check_widths(latent=self.latent, encoder=self.encoder, decoder=self.decoder)
    check_dropout(dropout=self.dropout)
    if self.form == 'barwise':
      self._check_shares()
    if self.form == 'hierarchical':
      check_widths(conductor=self.conductor)
      if self.segments < 1 or self.steps % self.segments:
        raise UserError(
          f'model/segments is {self.segments}, which does not divide the '
          f'{self.steps} steps of a window: take another number.'
        )

  def _check_shares(self):
    check_widths(shares=self.shares)
    if len(self.shares) != len(STREAMS):
      raise UserError(
        f'model/shares has {len(self.shares)} numbers, and there are three '
        'streams (melody, bass, drums): give one for each.'
      )
    slices = sum(self.shares) * (self.steps // self.steps_per_bar)
    if self.latent % slices:
      raise UserError(
        f'model/latent is {self.latent}, and the form barwise divides it among '
        f'bars and streams, in {slices} shares: take a multiple of that.'
      )

  def setup(self):
    if self.form == 'barwise':
      self.parts = {
        stream: self._part(stream, classes, share)
        for stream, classes, share in zip(
          STREAMS, self.classes, self.shares, strict=True
        )
      }
      return
    narrow = nn.initializers.normal(0.001)
    self.reader = Stack(
      self.encoder, bidirectional=True, dropout=self.dropout, dtype=self.dtype
    )
    self.posterior = nn.Dense(2 * self.latent, kernel_init=narrow)
    self.conducting = Conductor(self.segments, self.conductor, self.dtype)
    self.cores = {
      stream: Decoder(
        classes,
        self.steps,
        self.steps_per_beat,
        self.segments,
        self.decoder,
        dropout=self.dropout,
        dtype=self.dtype,
      )
      for stream, classes in zip(STREAMS, self.classes, strict=True)
    }

  def _part(self, stream, classes, share):
    return MusicVae(
      classes,
      self.steps,
      self.steps_per_beat,
      self.steps_per_bar,
      self.drums if stream == 'drums' else 0,
      form='barwise',
      latent=self.latent * share // sum(self.shares),
      encoder=self.encoder,
      decoder=self.decoder,
      beat_embedding=self.beat_embedding,
      bar_embedding=self.bar_embedding,
      dropout=self.dropout,
      dtype=self.dtype,
    )

  def __call__(self, batch):
    """Encodes and decodes z = mu: logits, mu and sigma [B, Z]."""
    mu, sigma = self.encode(batch)
    return self.decode(mu, batch), mu, sigma

  def prior(self, keys):
    """z [B, Z] from N(0, 1), one of the keys [B] per example."""
    return jax.vmap(lambda key: jax.random.normal(key, (self.latent,)))(keys)

  def encode(self, batch, keys=None, hidden=0.0):
    """q(z | x), a normal with a diagonal covariance: mu, sigma [B, Z].

    Args:
      batch: {stream: [B, T] integers}.
      keys: [B] random keys for dropout and hidden symbols, or None.
      hidden: share of each stream that is hidden if keys are given.
    """
    if self.form == 'barwise':
      found = [
        part.encode({'tokens': batch[stream]}, own, hidden)
        for (stream, part), own in self._with_keys(self.parts, keys)
      ]
      mu, sigma = zip(*found, strict=True)
      return jnp.concatenate(mu, -1), jnp.concatenate(sigma, -1)
    rows = []
    for (stream, classes), own in self._with_keys(
      dict(zip(STREAMS, self.classes, strict=True)), keys
    ):
      tokens = batch[stream].astype(jnp.int32)
      if keys is not None and hidden:
        tokens = hide(tokens, fold(own, MASK), hidden, classes)
      rows.append(tokens)
    inputs = Symbols(jnp.stack(rows, -1), self.classes)
    states, _ = self.reader(inputs, keys=fold(keys, READ))
    mu, sigma = jnp.split(self.posterior(last_states(states)), 2, -1)
    # Softplus underflows to 0 below -104, and the KL needs its logarithm.
    return mu, jnp.maximum(nn.softplus(sigma), 1e-10)

  def decode(self, z, batch, keys=None, own_share=0.0, hidden=0.0):
    """p(x | z), each stream teacher-forced on its own previous symbols.

    Args:
      z: [B, Z].
      batch: {stream: [B, T] integers}.
      keys, own_share, hidden: as in MusicVae, for every stream.

    Returns:
      {stream: logits [B, T, K]}.
    """
    if self.form == 'barwise':
      return {
        stream: part.decode(own_z, {'tokens': batch[stream]}, *given)
        for stream, part, own_z, *given in self._own(z, keys, own_share, hidden)
      }
    codes = self.conducting(z)
    return {
      stream: core(codes, batch[stream], own, own_share, hidden)
      for (stream, core), own in self._with_keys(self.cores, keys)
    }

  def log_prob(self, outputs, batch):
    """{stream: [B, T]} in nats."""
    return {
      stream: metrics.log_prob_of(logits, batch[stream].astype(jnp.int32))
      for stream, logits in outputs.items()
    }

  def logits(self, outputs):
    """{stream: [B, T, K]}."""
    return outputs

  def generate(self, z, keys, temperature=0.0, threshold=0.5):
    """Generates trios from z, each step reading the previous symbol.

    Args:
      z: [B, Z].
      keys: [B] random keys; trio i depends only on keys[i] and z[i].
      temperature: divides the logits; 0 takes the most likely symbols.
      threshold: not needed, since there are no bits.

    Returns:
      {stream: [B, T] int32}.
    """
    del threshold
    if self.form == 'barwise':
      return {
        stream: part.generate(own_z, own, temperature)['tokens']
        for stream, part, own_z, own in self._own(z, keys)
      }
    codes = self.conducting(z)
    return {
      stream: core.write(codes, own, temperature)
      for (stream, core), own in self._with_keys(self.cores, keys)
    }

  def _own(self, z, keys, *shared):
    """Yields (stream, part, its share of z, its keys, *shared)."""
    edges = np.cumsum([part.latent for part in self.parts.values()])[:-1]
    each = self._with_keys(self.parts, keys)
    for ((stream, part), own), own_z in zip(
      each, jnp.split(z, edges, -1), strict=True
    ):
      yield stream, part, own_z, own, *shared

  def _with_keys(self, by_stream, keys):
    """Yields (stream, value), and the keys of the stream."""
    for place, stream in enumerate(STREAMS):
      yield (stream, by_stream[stream]), fold(keys, _FIRST + place)
