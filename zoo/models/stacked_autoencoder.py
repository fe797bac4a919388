"""Autoencoders of one layer or many.

  h_0 = x,  h_k = s(h_{k-1} W_k + b_k)             encode
  g_n = z,  g_{k-1} = s(g_k W'_k + c_k)            decode

With tied weights W'_k is the transpose of W_k, as in a stack of restricted
Boltzmann machines, so that either can pretrain the layers one by one. A softmax
layer on the top code makes it a classifier: see zoo.models.stacked_classifier.
Dropout, batch normalization and residual connections are later techniques for
training deep networks.

Source: Hinton & Salakhutdinov 2006; Bengio et al. 2007; tied 5632-1024-256-
64-16 is DeepHear (Sun 2015). Initial weights: Glorot & Bengio 2010, uniform.
"""

from collections.abc import Callable
from typing import Literal, Self

from flax import linen as nn
import jax
import jax.numpy as jnp

from zoo.contracts import Spec, UserError
from zoo.layers.dropout import dropout, fold
from zoo.layers.latent import MASK, READ
from zoo.layers.reconstruction import corrupt
from zoo.layers.visible import Visible, visible_of
from zoo.models.sizes import check_dropout, check_widths
from zoo.questions import Latent
from zoo.training import parallel

Activation = Literal['sigmoid', 'tanh', 'relu']
Pool = Callable[[jax.Array], jax.Array]  # The mean over devices.

_MOMENTUM = 0.9  # Of running batch statistics.
_EPSILON = 1e-5  # Added to variances.


class StackedAutoencoder(nn.Module, Latent):
  """A stack of autoencoders over rows [B, D]; outputs are logits [B, D].

  Attributes:
    visible: the field that is read as rows.
    labels: classes of the field `label`; 0 if there is none.
    widths: H of each layer, from the input to the code.
    tied: whether the decoder's weights are the encoder's, transposed.
    activation: of the hidden layers.
    head: of `log_prob`: bernoulli, a binary cross-entropy of every value;
      gaussian, the negative squared error of the sigmoid; categorical, a
      softmax per step, for tokens.
    prior_code: distribution of codes: uniform, between -1 and 1 (the course's
      autoencoders); bits, 0 or 1 (DeepHear).
    dropout: share of each hidden layer that is zeroed in training.
    batch_norm: whether to normalize each hidden layer before its activation.
    residual: whether a layer as wide as the one below adds its input.
  """

  visible: Visible
  labels: int
  widths: tuple[int, ...] = (200,)
  tied: bool = False
  activation: Activation = 'sigmoid'
  head: Literal['bernoulli', 'gaussian', 'categorical'] = 'bernoulli'
  prior_code: Literal['uniform', 'bits'] = 'uniform'
  dropout: float = 0.0
  batch_norm: bool = False
  residual: bool = False

  gaussian = False
  autoregressive = False

  @classmethod
  def from_spec(cls, spec: Spec, **options) -> Self:
    """The stack that reads what `spec` describes.

    Raises:
      UserError: no layer, a width or share out of range, or a categorical head
        without tokens.
    """
    labels = spec.fields['label'].classes if 'label' in spec.fields else 0
    return cls(visible=visible_of(spec), labels=labels, **options)

  def __post_init__(self):
    super().__post_init__()
    check_widths(widths=self.widths)
    check_dropout(dropout=self.dropout)
    if self.head == 'categorical' and not self.visible.classes:
      raise UserError(
        "model/head='categorical' needs tokens, one class per step: take "
        f"'bernoulli' for '{self.visible.field}'."
      )

  def setup(self):
    below = (self.visible.size, *self.widths[:-1])
    self.layer = [
      Layer(one, above, self.tied, self.activation, self.batch_norm)
      for one, above in zip(below, self.widths, strict=True)
    ]

  @property
  def latent(self) -> int:  # type: ignore[override]
    """Z, the width of the code."""
    return self.widths[-1]

  @property
  def depth(self) -> int:
    """The number of layers."""
    return len(self.widths)

  @property
  def unbounded(self) -> str:
    """Why `activations` may leave 0..1; '' if they do not."""
    if self.activation != 'sigmoid':
      return (
        f'model/activation={self.activation} gives other values: take sigmoid'
      )
    if any(map(self.adds, range(self.depth))):
      return 'model/residual adds up activations: set it to false'
    return ''

  def adds(self, number: int) -> bool:
    """Whether a layer adds its input, so that its outputs may exceed 1."""
    below = (self.visible.size, *self.widths)[number]
    return self.residual and below == self.widths[number]

  def __call__(self, batch):
    """Logits [B, D] of the reconstructed batch."""
    return self.decode(self.encode(batch)[0])

  def prior(self, keys):
    """z [B, Z], from the distribution `prior_code`."""
    shape = (self.latent,)
    if self.prior_code == 'bits':
      flip = jax.vmap(lambda key: jax.random.bernoulli(key, 0.5, shape))
      return flip(keys).astype(jnp.float32)
    spread = jax.vmap(lambda key: jax.random.uniform(key, shape))
    return 2 * spread(keys) - 1

  def encode(self, batch, keys=None, hidden=0.0):
    """The code [B, Z], and no scale.

    Args:
      batch: {field: [B, ...]}.
      keys: [B] random keys for training, with dropout, hidden values and batch
        statistics; or None.
      hidden: share of the values that is zeroed if keys are given.
    """
    return self.activations(batch, keys, hidden)[-1], None

  def activations(self, batch, keys=None, hidden=0.0):
    """Every hidden layer, [h_1, ..., h_n]; for arguments see `encode`."""
    rows = self.visible.read(batch)
    if keys is None:
      return self.encodings(rows)[1:]
    rows = corrupt(rows, fold(keys, MASK), hidden)
    return self.encodings(rows, fold(keys, READ), parallel.mean)[1:]

  def below(self, batch, layer):
    """The input of layer `layer` [B, H]: the values themselves for layer 0."""
    return self.encodings(self.visible.read(batch), upto=layer)[-1]

  def encodings(self, rows, keys=None, pool=None, upto=None):
    """The input and the outputs of layers: [rows, h_1, ..., h_upto].

    Args:
      rows: [B, D].
      keys: [B] random keys for dropout, or None.
      pool: the mean over devices, for normalization by batch statistics in
        training; None for running statistics.
      upto: number of layers; None for all.

    Returns:
      A list of [B, H].
    """
    found = [rows]
    for number, layer in enumerate(self.layer[:upto]):
      state = layer.encode(found[-1], pool)
      if self.adds(number):
        state = state + found[-1]
      found.append(dropout(state, fold(keys, number), self.dropout))
    return found

  def decode(self, z, batch=None, keys=None, own_share=0.0, hidden=0.0):
    """Logits [B, D] from a code [B, Z]; other arguments are not needed."""
    del batch, keys, own_share, hidden
    *upper, bottom = reversed(self.layer)
    for layer in upper:
      z = layer.activate(layer.decode(z))
    return bottom.decode(z)

  def log_prob(self, outputs, batch):
    """{field: [B, D]}, or [B, T] for a categorical head; see `head`."""
    rows = self.visible.read(batch)
    if self.head == 'categorical':
      found = self.visible.log_prob(outputs, batch)
    elif self.head == 'gaussian':
      found = -jnp.square(jax.nn.sigmoid(outputs) - rows)
    else:
      # x log y + (1 - x) log (1 - y), in a form that does not overflow.
      found = rows * outputs - jax.nn.softplus(outputs)
    return {self.visible.field: found}

  def logits(self, outputs):
    """{field: [B, ...]}; for tokens with a last axis K."""
    return {self.visible.field: self.visible.shaped(outputs)}

  def generate(self, z, keys, temperature=0.0, threshold=0.5):
    """{field: [B, ...]} from codes [B, Z]; `length` [B] is always T.

    Args:
      z: [B, Z].
      keys: [B] random keys for sampling.
      temperature: of tokens and bits; 0 takes the most likely values.
      threshold: at temperature 0, probability from which a bit is 1.
    """
    return self.visible.generate(self.decode(z), keys, temperature, threshold)

  def reconstruct(self, encoding, layer, pool=None):
    """One layer as an autoencoder of the outputs of the layer below.

    Args:
      encoding: [B, H] from `below(batch, layer)`.
      layer: its number, from 0.
      pool: see `encodings`.

    Returns:
      Logits of the reconstructed encoding [B, H], and the layer's code.
    """
    one = self.layer[layer]
    code = one.encode(encoding, pool)
    return one.decode(code), code

  def activate(self, logits):
    """The activation of the hidden layers."""
    return self.layer[0].activate(logits)


class Layer(nn.Module):
  """One layer of encoder and decoder.

  Its parameters are kernel, bias, visible_bias (of the decoder) and, if the
  weights are not tied, reverse.

  Attributes:
    below, above: widths of its input and output.
    tied, activation, batch_norm: see StackedAutoencoder.
  """

  below: int
  above: int
  tied: bool
  activation: Activation
  batch_norm: bool

  def setup(self):
    # Glorot and Bengio: four times wider for the sigmoid, whose slope at 0 is
    # a quarter of the hyperbolic tangent's.
    spread = 16.0 if self.activation == 'sigmoid' else 1.0
    first = nn.initializers.variance_scaling(spread, 'fan_avg', 'uniform')
    zeros = nn.initializers.zeros_init()
    self.kernel = self.param('kernel', first, (self.below, self.above))
    self.bias = self.param('bias', zeros, (self.above,))
    self.visible_bias = self.param('visible_bias', zeros, (self.below,))
    if not self.tied:
      self.reverse = self.param('reverse', first, (self.above, self.below))
    if self.batch_norm:
      ones = nn.initializers.ones_init()
      self.scale = self.param('scale', ones, (self.above,))
      self.mean = self.variable('batch_stats', 'mean', jnp.zeros, self.above)
      self.square = self.variable('batch_stats', 'square', jnp.ones, self.above)

  def encode(self, rows, pool=None):
    """[B, below] to [B, above]."""
    logits = rows @ self.kernel
    if self.batch_norm:
      logits = self._normalize(logits, pool)
    return self.activate(logits + self.bias)

  def decode(self, code):
    """[B, above] to logits [B, below]."""
    down = self.kernel.T if self.tied else self.reverse
    return code @ down + self.visible_bias

  def activate(self, logits):
    return getattr(nn, self.activation)(logits)

  def _normalize(self, logits, pool):
    """Batch normalization (Ioffe and Szegedy 2015) over all devices."""
    mean, square = self.mean.value, self.square.value
    if pool is not None:
      now = pool((jnp.mean(logits, 0), jnp.mean(jnp.square(logits), 0)))
      if self.is_mutable_collection('batch_stats'):
        for kept, value in zip((self.mean, self.square), now, strict=True):
          kept.value = _MOMENTUM * kept.value + (1 - _MOMENTUM) * value
      mean, square = now
    deviation = jnp.sqrt(jnp.maximum(square - mean**2, 0) + _EPSILON)
    return self.scale * (logits - mean) / deviation
