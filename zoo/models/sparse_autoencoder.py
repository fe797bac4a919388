"""A sparse convolutional autoencoder with three encoder layers and one decoder.

  a_1 = relu(x * K_1),  a_2 = relu(a_1 * K_2),  z = a_2 * K_3,
  x' = sigmoid(s(z) *^T D + d)

s makes the code sparse. Winner-take-all keeps the largest unit of each map,
then, in each square block of positions, the largest remaining unit of all maps;
alternatively s is a sigmoid, and the loss keeps its mean activation small
(loss/sparsity).

Source: Kazakci, Cherti & Kegl, Digits that are not, 2016, arXiv 1606.04345;
winner-take-all: Makhzani & Frey 2015, arXiv 1409.2752.
"""

from typing import Literal, Self

from flax import linen as nn
import jax
import jax.numpy as jnp

from zoo.contracts import Spec, UserError
from zoo.layers import convolution
from zoo.layers.dropout import fold
from zoo.layers.latent import MASK
from zoo.layers.reconstruction import corrupt
from zoo.layers.visible import Visible, visible_of
from zoo.models.sizes import check_widths
from zoo.questions import Latent


class SparseAutoencoder(nn.Module, Latent):
  """Pictures or rolls [B, h, w] through maps of few active units.

  A code is the output of the third layer, [B, Z] for all maps; `decode` makes
  it sparse.

  Attributes:
    visible: the field that is read.
    size: its (h, w).
    maps: C of every layer.
    width: of the square filters of the encoder.
    padding: SAME keeps the size; VALID, as published, loses width - 1 per
      layer.
    code: how the code is made sparse.
    block: side of a block of positions with one winner.
    head: of `log_prob`: gaussian, the negative squared error of the sigmoid, as
      published; bernoulli, a binary cross-entropy of every value.
  """

  visible: Visible
  size: tuple[int, int]
  maps: int = 32
  width: int = 3
  padding: Literal['SAME', 'VALID'] = 'SAME'
  code: Literal['winners', 'sigmoid'] = 'winners'
  block: int = 4
  head: Literal['gaussian', 'bernoulli'] = 'gaussian'

  gaussian = False
  autoregressive = False
  layers = 3

  @classmethod
  def from_spec(cls, spec: Spec, **options) -> Self:
    """The autoencoder of what `spec` describes.

    Raises:
      UserError: tokens, filters that leave no position, or a number below 1.
    """
    visible = visible_of(spec)
    if visible.classes or (
      'height' not in spec.sizes and len(visible.shape) < 2
    ):
      raise UserError(
        f"model 'sparse_autoencoder' reads pictures and rolls, and encoder "
        f"'{spec.encoder}' gives neither: take image or piano_roll."
      )
    if 'height' in spec.sizes:
      size = spec.sizes['height'], spec.sizes['width']
    else:
      size = visible.shape[0], visible.shape[1]
    return cls(visible=visible, size=size, **options)

  def __post_init__(self):
    super().__post_init__()
    check_widths(maps=self.maps, width=self.width, block=self.block)
    if self.width % 2 == 0:
      raise UserError(f'model/width is {self.width}: give an odd number.')
    if any(self.size) and min(self.places) < 1:
      raise UserError(
        f'model/width={self.width} is too large for {self.size[0]} x '
        f'{self.size[1]} with VALID: give a smaller width, or SAME.'
      )

  @property
  def places(self) -> tuple[int, int]:
    """Rows and columns of the code's maps."""
    lost = self.layers * (self.width - 1) if self.padding == 'VALID' else 0
    return self.size[0] - lost, self.size[1] - lost

  @property
  def latent(self) -> int:  # type: ignore[override]
    """Z, the size of the code."""
    return self.places[0] * self.places[1] * self.maps

  @property
  def winners(self) -> int:
    """The number of blocks, each with one winner; 0 without winners."""
    if self.code != 'winners':
      return 0
    return -(-self.places[0] // self.block) * -(-self.places[1] // self.block)

  @property
  def unbounded(self) -> str:
    """Why `activations` may leave 0..1; '' if they do not."""
    return '' if self.code == 'sigmoid' else 'model/code=winners does not'

  def setup(self):
    first = nn.initializers.glorot_uniform()
    zeros = nn.initializers.zeros
    shapes = [(self.width, self.width, 1, self.maps)]
    shapes += 2 * [(self.width, self.width, self.maps, self.maps)]
    self.kernels = [
      self.param(f'kernel_{k}', first, shape) for k, shape in enumerate(shapes)
    ]
    self.biases = [
      self.param(f'bias_{k}', zeros, (self.maps,)) for k in range(self.layers)
    ]
    # As wide as the receptive field of a unit of the code.
    seen = self.layers * (self.width - 1) + 1
    self.feature = self.param('feature', first, (seen, seen, self.maps))
    self.visible_bias = self.param('visible_bias', zeros, ())

  def __call__(self, batch):
    """Logits [B, D] of the reconstructed batch."""
    return self.decode(self.encode(batch)[0])

  def prior(self, keys):
    """z [B, Z] from U(-1, 1); its winners are the sparse code."""
    draw = jax.vmap(lambda key: jax.random.uniform(key, (self.latent,)))
    return 2 * draw(keys) - 1

  def encode(self, batch, keys=None, hidden=0.0):
    """The code [B, Z], not yet sparse, and no scale."""
    rows = self.visible.read(batch)
    if keys is not None:
      rows = corrupt(rows, fold(keys, MASK), hidden)
    maps = rows.reshape(-1, *self.size, 1)
    for place, (kernel, bias) in enumerate(
      zip(self.kernels, self.biases, strict=True)
    ):
      edge = self.width // 2 if self.padding == 'SAME' else 0
      maps = convolution.plane(maps, kernel, edge) + bias
      if place < self.layers - 1:
        maps = nn.relu(maps)
    return maps.reshape(len(rows), -1), None

  def sparse(self, z):
    """Codes [B, Z] made sparse: [B, h', w', C]."""
    maps = z.reshape(-1, *self.places, self.maps)
    if self.code == 'sigmoid':
      return nn.sigmoid(maps)
    return jnp.where(winners(maps, self.block), maps, 0)

  def activations(self, batch, keys=None, hidden=0.0):
    """The sparse code only, [[B, Z]]."""
    z, _ = self.encode(batch, keys, hidden)
    return [self.sparse(z).reshape(len(z), -1)]

  def decode(self, z, batch=None, keys=None, own_share=0.0, hidden=0.0):
    """Logits [B, D] from codes [B, Z]; other arguments are not needed."""
    del batch, keys, own_share, hidden
    edge = self.feature.shape[0] // 2 if self.padding == 'SAME' else 0
    rows = convolution.spread(self.sparse(z), self.feature, edge)
    return rows.reshape(len(z), -1) + self.visible_bias

  def log_prob(self, outputs, batch):
    """{field: [B, D]}; see `head`."""
    rows = self.visible.read(batch)
    if self.head == 'gaussian':
      found = -jnp.square(nn.sigmoid(outputs) - rows)
    else:
      found = rows * outputs - nn.softplus(outputs)
    return {self.visible.field: found}

  def logits(self, outputs):
    """{field: [B, ...]}."""
    shape = self.visible.shape
    return {self.visible.field: outputs.reshape(len(outputs), *shape)}

  def generate(self, z, keys, temperature=0.0, threshold=0.5):
    """{field: [B, ...]} from codes [B, Z]; `length` [B] is always T."""
    logits = self.decode(z)
    if isinstance(temperature, int | float) and temperature == 0:
      return self.visible.write(logits, threshold)
    return self.visible.draw(logits / temperature, keys)

  def features(self):
    """The decoder filter of each map, [C, k, k]."""
    return jnp.moveaxis(self.feature, -1, 0)


def winners(maps: jax.Array, block: int) -> jax.Array:
  """Which units of [B, h, w, C] are winners: [B, h, w, C] bool.

  One in each block of block x block positions (fewer at the edge): the largest
  of the units that are the maximum of their map, or, if a block has none of
  these, its largest unit. Among equals the first wins.
  """
  count, height, width, channels = maps.shape
  flat = maps.reshape(count, -1, channels)
  best = jnp.argmax(flat, 1)
  top = jax.nn.one_hot(best, height * width, axis=1, dtype=bool)
  top = top.reshape(maps.shape)
  rows, columns = -(-height // block), -(-width // block)
  pad = (
    (0, 0),
    (0, rows * block - height),
    (0, columns * block - width),
    (0, 0),
  )

  def blocks(values, fill):
    padded = jnp.pad(values, pad, constant_values=fill)
    parts = padded.reshape(count, rows, block, columns, block, channels)
    return jnp.moveaxis(parts, 3, 2).reshape(count, rows, columns, -1)

  values, first = blocks(maps, -jnp.inf), blocks(top, False)
  # Maxima of maps first, then other units by size.
  kept = jnp.where(first, values, -jnp.inf)
  some = jnp.any(first, -1, keepdims=True)
  place = jnp.argmax(jnp.where(some, kept, values), -1)
  chosen = jax.nn.one_hot(place, values.shape[-1], dtype=bool)
  parts = chosen.reshape(count, rows, columns, block, block, channels)
  whole = jnp.moveaxis(parts, 2, 3).reshape(
    count, rows * block, columns * block, channels
  )
  return whole[:, :height, :width]
