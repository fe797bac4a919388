"""Arithmetic in a latent space: paths, averages, attributes, a fitted prior.

Keys of an example are folded by purpose, one number each, in the loss and in
the models alike: two purposes never share their randomness.

Source: Roberts et al. 2018, arXiv 1803.05428 (section 4.1); slerp: Shoemake
1985, as White 2016, arXiv 1609.04468 uses it for latent codes.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
from jax import lax
import jax.numpy as jnp

# NOISE draws z from q(z | x); HIDE hides what the decoder reads, OWN draws the
# symbols that it reads in place of the true ones; READ and WRITE drop units of
# the encoder and of the decoder; MASK hides what the encoder reads.
NOISE, HIDE, OWN, READ, WRITE, MASK = range(6)


class Mixture(NamedTuple):
  """A Gaussian mixture with one covariance for all components.

  Attributes:
    weights: [C], which sum to 1.
    centres: [C, Z].
    scale: [Z, Z] lower triangular; scale scale^T is the covariance.
  """

  weights: jax.Array
  centres: jax.Array
  scale: jax.Array


def sample_normal(
  keys: jax.Array, mean: jax.Array, scale: jax.Array
) -> jax.Array:
  """z [B, Z] from N(mean, scale^2), one of the keys [B] an example."""
  draw = jax.vmap(lambda key: jax.random.normal(key, mean.shape[1:]))
  return mean + scale * draw(keys)


def lerp(a: jax.Array, b: jax.Array, share: jax.Array) -> jax.Array:
  """The straight line from a (share 0) to b (share 1): [..., Z]."""
  share = jnp.asarray(share)[..., None]
  return (1 - share) * a + share * b


def slerp(a: jax.Array, b: jax.Array, share: jax.Array) -> jax.Array:
  """The path from a to b that turns at an even rate, as on a sphere.

  Args:
    a, b: [..., Z], of any length. Where they are parallel or opposite, or
      one is zero, there is no one great circle: the path is the straight line.
    share: [...], 0 at a and 1 at b.

  Returns:
    [..., Z].
  """
  share = jnp.asarray(share)[..., None]
  lengths = [jnp.linalg.norm(v, axis=-1, keepdims=True) for v in (a, b)]
  units = [
    v / jnp.maximum(length, 1e-12)
    for v, length in zip((a, b), lengths, strict=True)
  ]
  cosine = jnp.sum(units[0] * units[1], -1, keepdims=True)
  omega = jnp.arccos(jnp.clip(cosine, -1, 1))
  sine = jnp.sin(omega)
  turns = (sine > 1e-3) & (lengths[0] > 0) & (lengths[1] > 0)
  safe = jnp.where(turns, sine, 1.0)
  weights = (
    jnp.sin((1 - share) * omega) / safe,
    jnp.sin(share * omega) / safe,
  )
  curved = weights[0] * a + weights[1] * b
  return jnp.where(turns, curved, (1 - share) * a + share * b)


def average(codes: jax.Array, turned: bool = False) -> jax.Array:
  """The mean of codes [N, Z]: [Z].

  Args:
    codes: [N, Z].
    turned: gives the mean the codes' mean length, where its direction is
      clear: of two codes of one length it is then the middle of their slerp.
  """
  mean = jnp.mean(codes, 0)
  if not turned:
    return mean
  length = jnp.mean(jnp.linalg.norm(codes, axis=-1))
  now = jnp.linalg.norm(mean)
  clear = now > 1e-3 * length
  return jnp.where(clear, mean * length / jnp.where(clear, now, 1.0), mean)


def corners(
  codes: jax.Array, path: Callable[..., jax.Array], side: int
) -> jax.Array:
  """A grid of codes between four corners.

  Args:
    codes: [4, Z], the corners row by row.
    path: `lerp` or `slerp`.
    side: codes a row, and rows.

  Returns:
    [side^2, Z], row by row.
  """
  share = jnp.arange(side) / (side - 1)
  left, right = (
    path(codes[above], codes[below], share) for above, below in ((0, 2), (1, 3))
  )
  across = path(left[:, None], right[:, None], jnp.tile(share, (side, 1)))
  return across.reshape(side * side, -1)


def principal_directions(codes: jax.Array) -> jax.Array:
  """Where codes vary most: [Z, Z], row by row, each a standard deviation long.

  Args:
    codes: [N, Z].

  Returns:
    the directions, the widest first; the largest number of each is positive.
  """
  centred = codes - jnp.mean(codes, 0)
  variance, axes = jnp.linalg.eigh(centred.T @ centred / len(codes))
  found = (axes * jnp.sqrt(jnp.maximum(variance, 0))).T[::-1]
  largest = jnp.argmax(jnp.abs(found), 1, keepdims=True)
  return found * jnp.sign(jnp.take_along_axis(found, largest, 1))


def attribute_vector(codes: jax.Array, values: jax.Array) -> jax.Array:
  """The direction in which an attribute grows.

  Args:
    codes: [N, Z].
    values: [N], the attribute of each.

  Returns:
    [Z], the mean of the top quartile minus that of the bottom quartile.
  """
  order = jnp.argsort(values)
  quarter = max(len(values) // 4, 1)
  return average(codes[order[-quarter:]]) - average(codes[order[:quarter]])


def fit_mixture(
  key: jax.Array, codes: jax.Array, components: int, rounds: int = 20
) -> Mixture:
  """Fits a Gaussian mixture: k-means, then the covariance within clusters.

  Args:
    key: picks the first centres among the codes.
    codes: [N, Z].
    components: C; beyond N they have no weight.
    rounds: of Lloyd's algorithm; a cluster that empties keeps its centre.

  Returns:
    the mixture.

  Source: Lloyd 1982.
  """
  count, width = codes.shape
  places = jax.random.permutation(key, count)
  first = codes[places[jnp.arange(components) % count]]

  def assign(centres):
    # |x - c|^2 without |x|^2, which is the same for every c.
    distance = jnp.sum(jnp.square(centres), -1) - 2 * codes @ centres.T
    return jax.nn.one_hot(jnp.argmin(distance, -1), components)

  def refine(_, centres):
    member = assign(centres)
    size = jnp.sum(member, 0)[:, None]
    mean = member.T @ codes / jnp.maximum(size, 1)
    return jnp.where(size > 0, mean, centres)

  centres = lax.fori_loop(0, rounds, refine, first)
  member = assign(centres)
  residual = codes - member @ centres
  # A ridge, for directions that the codes do not use.
  covariance = residual.T @ residual / count + 1e-6 * jnp.eye(width)
  return Mixture(jnp.mean(member, 0), centres, jnp.linalg.cholesky(covariance))


def sample_mixture(keys: jax.Array, mixture: Mixture) -> jax.Array:
  """One draw for each of the keys [n]: [n, Z]."""

  def draw(key):
    which, where = jax.random.split(key)
    centre = jax.random.categorical(which, jnp.log(mixture.weights))
    noise = jax.random.normal(where, mixture.scale.shape[:1])
    return mixture.centres[centre] + mixture.scale @ noise

  return jax.vmap(draw)(keys)


def descend(
  distance: Callable[[jax.Array], jax.Array],
  z: jax.Array,
  rate: float,
  iterations: int,
) -> jax.Array:
  """Gradient descent on codes [n, Z], with the decoder held still.

  Briot et al. call it input manipulation; it is activation maximisation with
  a target in place of a unit.

  Args:
    distance: codes [n, Z] -> a sum over the codes, each by itself.
    z: where to start.
    rate: the step, times the gradient.
    iterations: how many steps.

  Source: Sun 2015, DeepHear (harmony); Briot, Hadjeres & Pachet 2017, arXiv
  1709.01620 (section 6).
  """

  def step(z, _):
    return z - rate * jax.grad(distance)(z), None

  return lax.scan(step, z, None, length=iterations)[0]
