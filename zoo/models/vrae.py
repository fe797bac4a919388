"""VRAE, the variational recurrent autoencoder: plain recurrent networks.

  encoder   h_t = tanh(W x_t + U h_{t-1} + b);  mu and log sigma^2 of the last h
  decoder   h_0 = tanh(W z + b);  h_t = tanh(W p_{t-1} + U h_{t-1} + b)
            p_t = s(W h_t + c), the output probabilities; p_0 = 0

The decoder reads its own probabilities instead of the previous symbols (without
teacher forcing), so that all information about an example must come from z. A
two-dimensional code is a map of the music.

Source: Fabius & van Amersfoort 2014, arXiv 1412.6581, and their code, where the
mean over time of the cross-entropy has a weight of 1 and the divergence of
0.01, which here is loss/beta = 0.01 T.
"""

from typing import Self

from flax import linen as nn
import jax
from jax import lax
import jax.numpy as jnp

from zoo.contracts import Spec, UserError
from zoo.layers.dropout import fold
from zoo.layers.latent import MASK
from zoo.layers.reconstruction import corrupt
from zoo.layers.recurrent import RNN
from zoo.layers.visible import Visible, visible_of
from zoo.models.sizes import check_widths
from zoo.models.vae import deviation
from zoo.questions import Latent


class Vrae(nn.Module, Latent):
  """VRAE over a field of T steps; outputs are logits [B, T * D].

  Attributes:
    visible: the field: tokens [T], one-hot with a softmax, or rolls [T, P] of
      bits.
    latent: Z.
    hidden: H of both networks.
  """

  visible: Visible
  latent: int = 2
  hidden: int = 500

  gaussian = True
  autoregressive = False

  @classmethod
  def from_spec(cls, spec: Spec, **options) -> Self:
    """The model that reads what `spec` describes.

    Raises:
      UserError: a field without steps, or a width out of range.
    """
    return cls(visible=visible_of(spec), **options)

  def __post_init__(self):
    super().__post_init__()
    check_widths(latent=self.latent, hidden=self.hidden)
    if self.visible.kind in ('grey', 'share'):
      raise UserError(
        "The model 'vrae' reads steps, and pictures have none: choose "
        'encoder/name=melody or piano_roll, or model/name=vae.'
      )

  def setup(self):
    narrow = nn.initializers.glorot_uniform()
    self.reader = RNN(self.hidden)
    self.posterior = nn.Dense(2 * self.latent, kernel_init=narrow)
    self.first_state = nn.Dense(self.hidden, kernel_init=narrow)
    width, orthogonal = self.width, nn.initializers.orthogonal()
    self.feedback = self.param('feedback', narrow, (width, self.hidden))
    self.recurrent = self.param('recurrent', orthogonal, (self.hidden,) * 2)
    self.bias = self.param('bias', nn.initializers.zeros, (self.hidden,))
    self.output = self.param('output', narrow, (self.hidden, width))
    self.output_bias = self.param(
      'output_bias', nn.initializers.zeros, (width,)
    )

  @property
  def steps(self) -> int:
    """T, the number of steps."""
    return self.visible.shape[0]

  @property
  def width(self) -> int:
    """D, numbers per step."""
    return self.visible.size // self.steps

  def __call__(self, batch):
    """Encodes and decodes z = mu: logits [B, T * D], mu and sigma [B, Z]."""
    mu, sigma = self.encode(batch)
    return self.decode(mu, batch), mu, sigma

  def prior(self, keys):
    """z [B, Z] from N(0, 1), one of the keys [B] per example."""
    return jax.vmap(lambda key: jax.random.normal(key, (self.latent,)))(keys)

  def encode(self, batch, keys=None, hidden=0.0):
    """q(z | x), a normal with a diagonal covariance: mu, sigma [B, Z].

    Args:
      batch: {field: [B, ...]}.
      keys: [B] random keys for hidden values, or None.
      hidden: share of the values that is zeroed if keys are given.
    """
    rows = self.visible.read(batch)
    if keys is not None:
      rows = corrupt(rows, fold(keys, MASK), hidden)
    _, last = self.reader(rows.reshape(len(rows), self.steps, self.width))
    mu, log_variance = jnp.split(self.posterior(last), 2, -1)
    return mu, deviation(log_variance)

  def decode(self, z, batch=None, keys=None, own_share=0.0, hidden=0.0):
    """Logits [B, T * D] from a code [B, Z]; other arguments are not needed."""
    del batch, keys, own_share, hidden  # it reads its own outputs
    squash = nn.softmax if self.visible.classes else nn.sigmoid

    def step(carry, _):
      state, written = carry
      state = jnp.tanh(
        written @ self.feedback + state @ self.recurrent + self.bias
      )
      logits = state @ self.output + self.output_bias
      return (state, squash(logits)), logits

    state = jnp.tanh(self.first_state(z))
    nothing = jnp.zeros((len(z), self.width), state.dtype)
    _, logits = lax.scan(step, (state, nothing), None, length=self.steps)
    return jnp.swapaxes(logits, 0, 1).reshape(len(z), -1)

  def log_prob(self, outputs, batch):
    """{field: [B, T]} of tokens, [B, T * P] of bits, in nats."""
    return {self.visible.field: self.visible.log_prob(outputs, batch)}

  def logits(self, outputs):
    """{field: [B, T, K]} of tokens, [B, T, P] of bits."""
    return {self.visible.field: self.visible.shaped(outputs)}

  def generate(self, z, keys, temperature=0.0, threshold=0.5):
    """{field: [B, T, ...]} from codes [B, Z]; see Visible.generate."""
    return self.visible.generate(self.decode(z), keys, temperature, threshold)
