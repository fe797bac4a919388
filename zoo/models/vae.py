"""The variational autoencoder with dense layers.

A multilayer perceptron encodes an example as a normal distribution over z, and
another decodes it from z. With two dimensions the whole latent space is a plane
that can be drawn: --mode=map.

Source: Kingma & Welling 2014, arXiv 1312.6114 (appendix C, with 500 hidden
units and tanh); initial weights: Glorot & Bengio 2010.
"""

from collections.abc import Sequence
from typing import Literal, Self

from flax import linen as nn
import jax
import jax.numpy as jnp

from zoo.contracts import Spec
from zoo.layers.dropout import dropout, fold
from zoo.layers.latent import MASK, READ, WRITE
from zoo.layers.reconstruction import corrupt
from zoo.layers.visible import Visible, visible_of
from zoo.models.sizes import check_dropout, check_widths
from zoo.questions import Latent


class Vae(nn.Module, Latent):
  """A VAE over rows [B, D] of a field; outputs are logits [B, D].

  Tokens have a softmax per step; bits and gray levels are Bernoulli.

  Attributes:
    visible: the field that is read as rows.
    latent: Z.
    widths: H of the encoder's hidden layers; the decoder has them in reverse.
    activation: of the hidden layers.
    dropout: share of each hidden layer that is zeroed in training.
  """

  visible: Visible
  latent: int = 2
  widths: tuple[int, ...] = (500,)
  activation: Literal['tanh', 'relu'] = 'tanh'
  dropout: float = 0.0

  gaussian = True
  autoregressive = False

  @classmethod
  def from_spec(cls, spec: Spec, **options) -> Self:
    """The model that reads what `spec` describes.

    Raises:
      UserError: a field that is not a row of values, or an option out of range.
    """
    return cls(visible=visible_of(spec), **options)

  def __post_init__(self):
    super().__post_init__()
    check_widths(latent=self.latent, widths=self.widths)
    check_dropout(dropout=self.dropout)

  def setup(self):
    first = nn.initializers.glorot_uniform()
    self.reader = [nn.Dense(width, kernel_init=first) for width in self.widths]
    # mu, and the logarithm of sigma^2.
    self.posterior = nn.Dense(2 * self.latent, kernel_init=first)
    self.writer = [
      nn.Dense(width, kernel_init=first) for width in reversed(self.widths)
    ]
    self.output = nn.Dense(self.visible.size, kernel_init=first)

  def __call__(self, batch):
    """Encodes and decodes z = mu: logits [B, D], mu and sigma [B, Z]."""
    mu, sigma = self.encode(batch)
    return self.decode(mu, batch), mu, sigma

  def prior(self, keys):
    """z [B, Z] from N(0, 1), one of the keys [B] per example."""
    return jax.vmap(lambda key: jax.random.normal(key, (self.latent,)))(keys)

  def encode(self, batch, keys=None, hidden=0.0):
    """q(z | x), a normal with a diagonal covariance: mu, sigma [B, Z].

    Args:
      batch: {field: [B, ...]}.
      keys: [B] random keys for dropout and hidden values, or None.
      hidden: share of the values that is zeroed if keys are given.
    """
    rows = self.visible.read(batch)
    if keys is not None:
      rows = corrupt(rows, fold(keys, MASK), hidden)
    state = self._layers(self.reader, rows, fold(keys, READ))
    mu, log_variance = jnp.split(self.posterior(state), 2, -1)
    return mu, deviation(log_variance)

  def decode(self, z, batch=None, keys=None, own_share=0.0, hidden=0.0):
    """Logits [B, D] from a code [B, Z]; `keys` [B] are for dropout."""
    del batch, own_share, hidden  # not autoregressive
    return self.output(self._layers(self.writer, z, fold(keys, WRITE)))

  def log_prob(self, outputs, batch):
    """{field: [B, D]}, or [B, T] for tokens, in nats."""
    return {self.visible.field: self.visible.log_prob(outputs, batch)}

  def logits(self, outputs):
    """{field: [B, ...]}; for tokens with a last axis K."""
    return {self.visible.field: self.visible.shaped(outputs)}

  def generate(self, z, keys, temperature=0.0, threshold=0.5):
    """{field: [B, ...]} from codes [B, Z]; see Visible.generate."""
    return self.visible.generate(self.decode(z), keys, temperature, threshold)

  def _layers(self, layers: Sequence[nn.Module], rows, keys):
    """Applies hidden layers with activation and dropout."""
    activate = getattr(nn, self.activation)
    for number, layer in enumerate(layers):
      rows = dropout(activate(layer(rows)), fold(keys, number), self.dropout)
    return rows


def deviation(log_variance: jax.Array) -> jax.Array:
  """sigma from log sigma^2, clipped so that sigma^2 and its log are finite."""
  return jnp.exp(0.5 * jnp.clip(log_variance, -40.0, 40.0))
