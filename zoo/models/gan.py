"""Generative adversarial networks: two players in one module.

A generator turns noise z into an example; a discriminator scores how real an
example looks. Their parameters are the sub-trees `generator` and
`discriminator`, so that an optimizer moves each by its own rule and turn.

Both are multi-layer perceptrons, as in the first adversarial networks. For
melodies the generator writes a distribution over K classes at each step, all
steps at once, and the discriminator reads each step through an embedding of
its class, so that it takes a soft class as well as a hard one.

Source: Goodfellow et al. 2014, arXiv 1406.2661; soft classes for the
discriminator: Gulrajani et al. 2017, arXiv 1704.00028; straight-through
Gumbel: Jang et al. 2017, arXiv 1611.01144.
"""

from typing import Literal

from flax import linen as nn
import jax
from jax import lax
import jax.numpy as jnp

from zoo.contracts import UserError
from zoo.layers.dropout import fold
from zoo.models.sizes import check_widths

_SLOPE = 0.2  # Of leaky rectifiers, so that no unit of a player dies.


class Gan(nn.Module):
  """A GAN over melodies: tokens [B, T] of 0..K-1.

  What the players pass on and read is `examples`: [B, T, K], a distribution
  over classes at each step.

  Attributes:
    classes: K.
    steps: T.
    latent: Z.
    prior: what z is drawn from: N(0, 1) or U(-1, 1).
    generator_layers: sizes of the generator's hidden layers.
    discriminator_layers: sizes of the discriminator's hidden layers.
    embedding: size of a step's class before the discriminator's layers, and
      of what the generator tells of a step before its classes.
    profile: steps of a stretch, such as a bar, of which the discriminator is
      also told how often each class occurs in it; 0 for none.
    relaxation: what the generator passes on in training: the `softmax` of its
      logits, or `straight_through`: the likeliest class alone, with the
      gradient of the softmax.
    gumbel: adds Gumbel noise to the logits first, so that a class is drawn;
      otherwise z is all the noise there is.
    sharpness: multiplies the logits before the softmax, whose temperature is
      its inverse.
  """

  classes: int
  steps: int
  latent: int = 64
  prior: Literal['normal', 'uniform'] = 'normal'
  generator_layers: tuple[int, ...] = (512, 512)
  discriminator_layers: tuple[int, ...] = (512, 512)
  embedding: int = 32
  profile: int = 0
  relaxation: Literal['softmax', 'straight_through'] = 'softmax'
  gumbel: bool = False
  sharpness: float = 1.0

  def setup(self):
    if self.profile < 0 or (self.profile and self.steps % self.profile):
      raise UserError(
        f'model/profile must divide the {self.steps} steps, or be 0, not '
        f'{self.profile}.'
      )
    check_widths(latent=self.latent, embedding=self.embedding)
    _check_players(self)
    self.generator = StepwiseWriter(
      self.generator_layers, self.steps, self.embedding, self.classes
    )
    self.discriminator = StepwiseReader(
      self.discriminator_layers, self.embedding, self.profile
    )

  def __call__(self, keys):
    """The discriminator's view of what the generator makes: draws both."""
    return self.discriminate(self.imagine(self.draw(keys), keys))

  def draw(self, keys):
    """z [B, Z] from the prior, one of the keys [B] an example."""
    return draw_prior(keys, self.latent, self.prior)

  def imagine(self, z, keys):
    """Examples [B, T, K] as the discriminator is shown them, from z [B, Z].

    Args:
      z: [B, Z].
      keys: [B] random keys of the Gumbel noise.
    """
    logits = self.generator(z)
    if self.gumbel:
      logits = logits + self._noise(keys)
    soft = nn.softmax(self.sharpness * logits)
    if self.relaxation == 'softmax':
      return soft
    hard = nn.one_hot(jnp.argmax(soft, -1), self.classes)
    return soft + lax.stop_gradient(hard - soft)

  def present(self, batch):
    """The examples [B, T, K] of a batch with `tokens` [B, T]."""
    return nn.one_hot(batch['tokens'], self.classes)

  def discriminate(self, examples):
    """Scores [B] (logits that the examples are real) and features [B, H]."""
    return self.discriminator(examples)

  def generate(self, z, keys, temperature=0.0):
    """Writes melodies from z.

    Args:
      z: [B, Z].
      keys: [B] random keys; melody i depends on keys[i] and z[i] alone.
      temperature: divides the logits; 0 takes the likeliest class.

    Returns:
      {'tokens': [B, T] int32}.
    """
    logits = self.generator(z)
    if temperature > 0:
      # The largest of logits with Gumbel noise is a draw from their softmax.
      logits = logits / temperature + self._noise(keys)
    return {'tokens': jnp.argmax(logits, -1).astype(jnp.int32)}

  def _noise(self, keys):
    shape = self.steps, self.classes
    return jax.vmap(lambda key: jax.random.gumbel(key, shape))(fold(keys, 1))


class VectorGan(nn.Module):
  """A GAN over vectors: the field `x` [B, N] of a batch.

  Attributes:
    size: N.
    latent: Z.
    prior: what z is drawn from.
    generator_layers: sizes of the generator's hidden layers.
    discriminator_layers: sizes of the discriminator's hidden layers.
  """

  size: int
  latent: int = 2
  prior: Literal['normal', 'uniform'] = 'normal'
  generator_layers: tuple[int, ...] = (64, 64)
  discriminator_layers: tuple[int, ...] = (64, 64)

  def setup(self):
    check_widths(latent=self.latent)
    _check_players(self)
    self.generator = Perceptron((*self.generator_layers, self.size))
    self.discriminator = Scorer(self.discriminator_layers)

  def __call__(self, keys):
    """The discriminator's view of what the generator makes: draws both."""
    return self.discriminate(self.imagine(self.draw(keys), keys))

  def draw(self, keys):
    """z [B, Z] from the prior, one of the keys [B] an example."""
    return draw_prior(keys, self.latent, self.prior)

  def imagine(self, z, keys):
    """Examples [B, N] from z [B, Z]; there is no noise but z."""
    del keys
    return self.generator(z)

  def present(self, batch):
    """The examples [B, N] of a batch."""
    return batch['x']

  def discriminate(self, examples):
    """Scores [B] (logits that the examples are real) and features [B, H]."""
    return self.discriminator(examples)

  def generate(self, z, keys, temperature=0.0):
    """{'x': [B, N]} from z [B, Z]; `temperature` is for classes alone."""
    del temperature
    return {'x': self.imagine(z, keys)}


class Perceptron(nn.Module):
  """Dense layers with leaky rectifiers between them: [B, ...] to [B, N].

  Attributes:
    sizes: of each layer, the last of which is the output.
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
  """x [B, N] to a score [B], and the features [B, H] that it is read from."""

  sizes: tuple[int, ...]

  @nn.compact
  def __call__(self, x):
    features = nn.leaky_relu(Perceptron(self.sizes, name='layers')(x), _SLOPE)
    return nn.Dense(1, name='score')(features)[:, 0], features


class StepwiseWriter(nn.Module):
  """z [B, Z] to logits [B, T, K], by way of E numbers a step."""

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


def _check_players(model):
  """Raises UserError for hidden layers of no width; there may be none."""
  check_widths(
    0,
    generator_layers=model.generator_layers,
    discriminator_layers=model.discriminator_layers,
  )


def draw_prior(keys, size, prior):
  """z [B, size] from N(0, 1) or U(-1, 1), one of the keys [B] an example."""
  if prior == 'normal':
    return jax.vmap(lambda key: jax.random.normal(key, (size,)))(keys)
  return jax.vmap(
    lambda key: jax.random.uniform(key, (size,), minval=-1, maxval=1)
  )(keys)
