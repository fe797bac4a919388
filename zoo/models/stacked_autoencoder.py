"""Autoencoders of one layer or many, and the classifier that grows on them.

  h_0 = x,  h_k = s(h_{k-1} W_k + b_k)             encode
  g_n = z,  g_{k-1} = s(g_k W'_k + c_k)            decode

With tied weights W'_k is the transpose of W_k: what a stack of restricted
Boltzmann machines has too, so that either can prepare the layers one by one.
A softmax layer on the top code makes it a classifier. Dropout, batch
normalisation and residual layers are the later ways to train depth.

Source: Hinton & Salakhutdinov 2006; Bengio et al. 2007; tied 5632-1024-256-
64-16 is DeepHear (Sun 2015). First weights: Glorot & Bengio 2010, uniform.
"""

from collections.abc import Callable
from typing import Literal

from flax import linen as nn
import jax
import jax.numpy as jnp

from zoo.contracts import Spec, UserError
from zoo.layers.dropout import dropout, fold
from zoo.layers.visible import visible_of
from zoo.models.sizes import check_dropout, check_widths

Activation = Literal['sigmoid', 'tanh', 'relu']
Pool = Callable[[jax.Array], jax.Array]  # The mean over devices.

_MOMENTUM = 0.9  # Of running batch statistics.
_EPSILON = 1e-5  # Keeps a variance from 0.


def stacked_autoencoder(
  spec: Spec,
  *,
  widths: tuple[int, ...] = (200,),
  tied: bool = False,
  activation: Activation = 'sigmoid',
  classifier: bool = False,
  dropout: float = 0.0,
  batch_norm: bool = False,
  residual: bool = False,
) -> 'StackedAutoencoder':
  """The stack that reads what `spec` describes; options as its attributes.

  Args:
    spec: of the encoder; for a classifier it has a field `label`.
    widths: H of each layer, from the input to the code.
    tied: the decoder's weights are the encoder's, transposed.
    activation: of the hidden layers.
    classifier: adds a softmax layer on the code.
    dropout: share of each hidden layer that is zeroed in training.
    batch_norm: normalises each hidden layer before its activation.
    residual: a layer as wide as the one below adds what it reads.

  Raises:
    UserError: no layer, a width or share out of range, or a classifier
      without labels.
  """
  check_widths(widths=widths)
  check_dropout(dropout=dropout)
  if classifier and 'label' not in spec.fields:
    raise UserError(
      f"model/classifier needs labels, and the encoder '{spec.encoder}' has "
      'none: choose another encoder.'
    )
  return StackedAutoencoder(
    visible=visible_of(spec).size,
    widths=widths,
    tied=tied,
    activation=activation,
    labels=spec.fields['label'].classes if classifier else 0,
    dropout=dropout,
    batch_norm=batch_norm,
    residual=residual,
  )


class StackedAutoencoder(nn.Module):
  """A stack of autoencoders over rows [B, D].

  Attributes:
    visible: D.
    labels: classes of the softmax layer; 0 for none.
    The others are options of `stacked_autoencoder`.
  """

  visible: int
  widths: tuple[int, ...]
  labels: int = 0
  tied: bool = False
  activation: Activation = 'sigmoid'
  dropout: float = 0.0
  batch_norm: bool = False
  residual: bool = False

  def setup(self):
    below = (self.visible, *self.widths[:-1])
    self.layer = [
      Layer(one, above, self.tied, self.activation, self.batch_norm)
      for one, above in zip(below, self.widths, strict=True)
    ]
    if self.labels:
      self.classifier = nn.Dense(self.labels)

  @property
  def latent(self) -> int:
    """Z, the width of the code."""
    return self.widths[-1]

  def adds(self, number: int) -> bool:
    """Whether a layer adds what it reads: its encodings may lie above 1."""
    below = (self.visible, *self.widths)[number]
    return self.residual and below == self.widths[number]

  def __call__(self, rows):
    """Logits [B, D] of the rows again, and of the labels where there are."""
    code = self.encode(rows)
    logits = self.decode(code)
    return (logits, self.classifier(code)) if self.labels else logits

  def encode(self, rows, upto=None, keys=None, pool=None):
    """The code, or an encoding on the way to it.

    Args:
      rows: [B, D].
      upto: how many layers; None is all, 0 gives the rows.
      keys: [B] random keys for dropout, or None.
      pool: means over devices; given where the statistics of the batch shall
        normalise it (training), None for the running ones.

    Returns:
      [B, H] of the last of those layers.
    """
    return self.encodings(rows, keys, pool, upto)[-1]

  def encodings(self, rows, keys=None, pool=None, upto=None):
    """Everything on the way: [rows, h_1, ..., h_upto]; see `encode`."""
    found = [rows]
    for number, layer in enumerate(self.layer[:upto]):
      state = layer.encode(found[-1], pool)
      if self.adds(number):
        state = state + found[-1]
      found.append(dropout(state, fold(keys, number), self.dropout))
    return found

  def decode(self, code):
    """Logits [B, D] from a code [B, Z]."""
    *upper, bottom = reversed(self.layer)
    for layer in upper:
      code = layer.activate(layer.decode(code))
    return bottom.decode(code)

  def reconstruct(self, encoding, layer, pool=None):
    """One layer as an autoencoder of what the layers below it write.

    Args:
      encoding: [B, H] as `encode(rows, upto=layer)` gives it.
      layer: its number, from 0.
      pool: see `encode`.

    Returns:
      logits of the encoding again [B, H], and the layer's own code.
    """
    one = self.layer[layer]
    code = one.encode(encoding, pool)
    return one.decode(code), code

  def activate(self, logits):
    """The activation of the hidden layers."""
    return self.layer[0].activate(logits)

  def classify(self, rows, keys=None, pool=None):
    """Logits [B, labels] of rows [B, D]; see `encode`."""
    return self.classifier(self.encode(rows, keys=keys, pool=pool))


class Layer(nn.Module):
  """One layer up and down again; its parameters are named kernel, bias,
  visible_bias (of the way down) and, if the weights are not tied, reverse.

  Attributes:
    below, above: widths of what it reads and writes.
    tied, activation, batch_norm: see `stacked_autoencoder`.
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
      logits = self._normalise(logits, pool)
    return self.activate(logits + self.bias)

  def decode(self, code):
    """[B, above] to logits [B, below]."""
    down = self.kernel.T if self.tied else self.reverse
    return code @ down + self.visible_bias

  def activate(self, logits):
    return getattr(nn, self.activation)(logits)

  def _normalise(self, logits, pool):
    """Batch normalisation (Ioffe and Szegedy 2015) over all devices."""
    mean, square = self.mean.value, self.square.value
    if pool is not None:
      now = pool((jnp.mean(logits, 0), jnp.mean(jnp.square(logits), 0)))
      if self.is_mutable_collection('batch_stats'):
        for kept, value in zip((self.mean, self.square), now, strict=True):
          kept.value = _MOMENTUM * kept.value + (1 - _MOMENTUM) * value
      mean, square = now
    deviation = jnp.sqrt(jnp.maximum(square - mean**2, 0) + _EPSILON)
    return self.scale * (logits - mean) / deviation
