"""Generative adversarial networks: generator and discriminator in one module.

A generator turns noise z into an example; a discriminator scores how real an
example looks. Their parameters are the sub-trees `generator` and
`discriminator`, so that an optimizer can update each separately.

Both are multi-layer perceptrons, as in the first adversarial networks. For
melodies the generator outputs a distribution over K classes at each step, all
steps at once, and the discriminator reads each step through an embedding of
its class, so that it accepts soft classes as well as hard ones.

Source: Goodfellow et al. 2014, arXiv 1406.2661; soft classes for the
discriminator: Gulrajani et al. 2017, arXiv 1704.00028; straight-through
Gumbel: Jang et al. 2017, arXiv 1611.01144.
"""

from typing import Literal

from flax import linen as nn
import jax
from jax import lax
import jax.numpy as jnp

from zoo.contracts import Spec, UserError
from zoo.layers.dropout import fold
from zoo.models.sizes import check_widths
from zoo.questions import Adversary

_SLOPE = 0.2  # Of leaky ReLU, so that no unit dies.


class _Players(nn.Module, Adversary):
  """The base class of GANs of perceptrons without conditions."""

  def __post_init__(self):
    super().__post_init__()
    check_widths(latent=self.latent)
    check_widths(
      0,  # Hidden layers are optional.
      generator_layers=self.generator_layers,
      discriminator_layers=self.discriminator_layers,
    )

  def __call__(self, batch, keys):
    """Scores and features of generated examples."""
    made = self.generate(self.prior(keys), batch, keys)
    return self.discriminate(made, batch)

  def prior(self, keys):
    """z [B, Z] from N(0, 1) or U(-1, 1), one of the keys [B] per example."""
    size = (self.latent,)
    if self.noise == 'normal':
      return jax.vmap(lambda key: jax.random.normal(key, size))(keys)
    return jax.vmap(
      lambda key: jax.random.uniform(key, size, minval=-1, maxval=1)
    )(keys)

  def discriminate(self, examples, batch):
    """Scores [B], logits that the examples are real; features [B, H]."""
    del batch  # no conditions
    return self.discriminator(examples)


class Gan(_Players):
  """A GAN over melodies: tokens [B, T] of 0..K-1.

  Both networks work with `examples` [B, T, K], a distribution over classes at
  each step.

  Attributes:
    classes: K.
    steps: T.
    latent: Z.
    noise: distribution of z: N(0, 1) or U(-1, 1).
    generator_layers: sizes of the generator's hidden layers.
    discriminator_layers: sizes of the discriminator's hidden layers.
    embedding: size of the embedding of a step in the discriminator, and of a
      step before the generator's logits.
    profile: length in steps of stretches, such as bars, for which the
      discriminator also receives counts of each class; 0 for none.
    relaxation: the generator's output in training: the `softmax` of its logits,
      or `straight_through`: the most likely class, with the gradient of the
      softmax.
    gumbel: whether to add Gumbel noise to the logits first, so that a class is
      sampled; otherwise z is the only noise.
    sharpness: multiplies the logits before the softmax, whose temperature is
      its inverse.
  """

  reads = ('tokens',)

  classes: int
  steps: int
  latent: int = 64
  noise: Literal['normal', 'uniform'] = 'normal'
  generator_layers: tuple[int, ...] = (512, 512)
  discriminator_layers: tuple[int, ...] = (512, 512)
  embedding: int = 32
  profile: int = 0
  relaxation: Literal['softmax', 'straight_through'] = 'softmax'
  gumbel: bool = False
  sharpness: float = 1.0

  @classmethod
  def from_spec(cls, spec: Spec, **options) -> 'Gan':
    """The GAN over the melodies that `spec` describes.

    Raises:
      UserError: the encoder writes no tokens in windows of equal length, or an
        option is out of range.
    """
    field = spec.fields.get('tokens')
    if field is None or not field.classes:
      raise UserError(
        "The model 'gan' makes melodies of tokens, and the encoder "
        f"'{spec.encoder}' writes none: choose encoder/name=melody."
      )
    return cls(classes=field.classes, steps=field.shape[0], **options)

  def __post_init__(self):
    super().__post_init__()
    check_widths(embedding=self.embedding)
    if self.profile < 0 or (self.profile and self.steps % self.profile):
      raise UserError(
        f'model/profile must divide the {self.steps} steps, or be 0, not '
        f'{self.profile}.'
      )

  def setup(self):
    self.generator = StepwiseWriter(
      self.generator_layers, self.steps, self.embedding, self.classes
    )
    self.discriminator = StepwiseReader(
      self.discriminator_layers, self.embedding, self.profile
    )

  def generate(self, z, batch, keys):
    """Examples [B, T, K] as the discriminator reads them, from z [B, Z].

    Args:
      z: [B, Z].
      batch: not needed.
      keys: [B] random keys of the Gumbel noise.
    """
    del batch
    logits = self.generator(z)
    if self.gumbel:
      logits = logits + self._gumbel(keys)
    soft = nn.softmax(self.sharpness * logits)
    if self.relaxation == 'softmax':
      return soft
    hard = nn.one_hot(jnp.argmax(soft, -1), self.classes)
    return soft + lax.stop_gradient(hard - soft)

  def real(self, batch):
    """The examples [B, T, K] of a batch with `tokens` [B, T]."""
    return nn.one_hot(batch['tokens'], self.classes)

  def write(self, z, keys, temperature=0.0, batch=None):
    """Writes melodies from z.

    Args:
      z: [B, Z].
      keys: [B] random keys; melody i depends only on keys[i] and z[i].
      temperature: divides the logits; 0 takes the most likely class.
      batch: not needed.

    Returns:
      {'tokens': [B, T] int32}.
    """
    del batch
    logits = self.generator(z)
    if temperature > 0:
      # The argmax of logits with Gumbel noise is a sample from their softmax.
      logits = logits / temperature + self._gumbel(keys)
    return {'tokens': jnp.argmax(logits, -1).astype(jnp.int32)}

  def _gumbel(self, keys):
    shape = self.steps, self.classes
    return jax.vmap(lambda key: jax.random.gumbel(key, shape))(fold(keys, 1))


class VectorGan(_Players):
  """A GAN over vectors: the field `x` [B, N] of a batch.

  Attributes:
    size: N.
    latent: Z.
    noise: distribution of z: N(0, 1) or U(-1, 1).
    generator_layers: sizes of the generator's hidden layers.
    discriminator_layers: sizes of the discriminator's hidden layers.
  """

  size: int
  latent: int = 2
  noise: Literal['normal', 'uniform'] = 'normal'
  generator_layers: tuple[int, ...] = (64, 64)
  discriminator_layers: tuple[int, ...] = (64, 64)

  @classmethod
  def from_spec(cls, spec: Spec, **options) -> 'VectorGan':
    """The GAN over the vectors that `spec` describes.

    Raises:
      UserError: the encoder writes no vectors, or an option is out of range.
    """
    field = spec.fields.get('x')
    if field is None or len(field.shape) != 1:
      raise UserError(
        "The model 'vector_gan' makes vectors, the field 'x', and the encoder "
        f"'{spec.encoder}' writes none: see studies/ring.py."
      )
    return cls(size=field.shape[0], **options)

  def setup(self):
    self.generator = Perceptron((*self.generator_layers, self.size))
    self.discriminator = Scorer(self.discriminator_layers)

  def generate(self, z, batch, keys):
    """Examples [B, N] from z [B, Z], without other noise."""
    del batch, keys
    return self.generator(z)

  def real(self, batch):
    """The examples [B, N] of a batch."""
    return batch['x']

  def write(self, z, keys, temperature=0.0, batch=None):
    """{'x': [B, N]} from z [B, Z]; `temperature` applies to classes only."""
    del keys, temperature, batch
    return {'x': self.generator(z)}


class Perceptron(nn.Module):
  """Dense layers with leaky ReLU between them: [B, ...] to [B, N].

  Attributes:
    sizes: of each layer; the last is N.
  """

  sizes: tuple[int, ...]

  @nn.compact
  def __call__(self, x):
    for number, size in enumerate(self.sizes):
      if number:
        x = nn.leaky_relu(x, _SLOPE)
      x = nn.Dense(size, name=f'layer{number}')(x)
    return x


class Scorer(nn.Module):
  """x [B, N] to a score [B], and the features [B, H] of its last layer."""

  sizes: tuple[int, ...]

  @nn.compact
  def __call__(self, x):
    features = nn.leaky_relu(Perceptron(self.sizes, name='layers')(x), _SLOPE)
    return nn.Dense(1, name='score')(features)[:, 0], features


class StepwiseWriter(nn.Module):
  """z [B, Z] to logits [B, T, K], by way of E numbers per step."""

  sizes: tuple[int, ...]
  steps: int
  embedding: int
  classes: int

  @nn.compact
  def __call__(self, z):
    sizes = (*self.sizes, self.steps * self.embedding)
    steps = nn.leaky_relu(Perceptron(sizes, name='layers')(z), _SLOPE)
    steps = steps.reshape(-1, self.steps, self.embedding)
    return nn.Dense(self.classes, name='output')(steps)


class StepwiseReader(nn.Module):
  """Classes [B, T, K], hard or soft, to a score [B] and features [B, H]."""

  sizes: tuple[int, ...]
  embedding: int
  profile: int

  @nn.compact
  def __call__(self, examples):
    count, _, classes = examples.shape
    steps = nn.Dense(self.embedding, use_bias=False, name='embedding')(examples)
    flat = steps.reshape(count, -1)
    if self.profile:
      stretches = examples.reshape(count, -1, self.profile, classes)
      often = jnp.sum(stretches, 2).reshape(count, -1)
      flat = jnp.concatenate([flat, often], -1)
    return Scorer(self.sizes, name='scorer')(flat)
