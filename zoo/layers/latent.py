"""Arithmetic in a latent space: paths, averages, attributes, a fitted prior.

The keys of an example are folded by purpose, with one number for each, both in
the loss and in the models: two purposes never share randomness.

Source: Roberts et al. 2018, arXiv 1803.05428 (section 4.1); slerp: Shoemake
1985, used for latent codes by White 2016, arXiv 1609.04468.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
from jax import lax
import jax.numpy as jnp

# NOISE samples z from q(z | x); HIDE hides inputs of the decoder, OWN samples
# the symbols that it reads instead of the true ones; READ and WRITE are dropout
# in the encoder and the decoder; MASK hides inputs of the encoder.
NOISE, HIDE, OWN, READ, WRITE, MASK = range(6)


class Mixture(NamedTuple):
  """A Gaussian mixture with one covariance for all components.

  Attributes:
    weights: [C], with sum 1.
    centres: [C, Z].
    scale: [Z, Z] lower triangular; scale scale^T is the covariance.
  """

  weights: jax.Array
  centres: jax.Array
  scale: jax.Array


def sample_normal(
  keys: jax.Array, mean: jax.Array, scale: jax.Array
) -> jax.Array:
  """z [B, Z] from N(mean, scale^2), one of the keys [B] per example."""
  draw = jax.vmap(lambda key: jax.random.normal(key, mean.shape[1:]))
  return mean + scale * draw(keys)


def lerp(a: jax.Array, b: jax.Array, share: jax.Array) -> jax.Array:
  """The straight line from a (share 0) to b (share 1): [..., Z]."""
  share = jnp.asarray(share)[..., None]
  return (1 - share) * a + share * b


def slerp(a: jax.Array, b: jax.Array, share: jax.Array) -> jax.Array:
  """Spherical linear interpolation from a to b (Shoemake 1985).

  Args:
    a, b: [..., Z], of any length. If they are parallel or opposite, or one is
      zero, there is no unique great circle: the path is the straight line.
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
    turned: whether to scale the mean to the codes' mean length, unless it is
      nearly zero: for two codes of equal length it is then the middle of their
      slerp.
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
    side: number of rows, and of codes per row.

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
  """Principal components of codes: [Z, Z], one per row.

  Args:
    codes: [N, Z].

  Returns:
    The directions by decreasing variance, each with the length of one standard
    deviation; the largest component of each is positive.
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
    [Z], the mean of the top quartile minus that of the bottom quartile. Values
    equal to a quartile's edge belong to it; if both edges are equal (an
    attribute that most examples lack), the top is everything above it; 0 if
    there is nothing above.
  """
  ordered = jnp.sort(values)
  quarter = max(len(values) // 4, 1)
  low, high = ordered[quarter - 1], ordered[-quarter]
  bottom = values <= low
  top = jnp.where(high > low, values >= high, values > low)

  def mean(some):
    return some @ codes / jnp.maximum(jnp.sum(some), 1)

  return jnp.where(jnp.any(top), mean(top) - mean(bottom), 0)


def fit_mixture(
  key: jax.Array, codes: jax.Array, components: int, rounds: int = 20
) -> Mixture:
  """Fits a Gaussian mixture: k-means, then the covariance within clusters.

  Args:
    key: selects the initial centers among the codes.
    codes: [N, Z].
    components: C; components beyond N have no weight.
    rounds: of Lloyd's algorithm; an empty cluster keeps its center.

  Returns:
    The mixture.

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
  """Gradient descent on codes [n, Z], with a fixed decoder.

  Briot et al. call it input manipulation; it is activation maximization with
  a target instead of a unit.

  Args:
    distance: codes [n, Z] -> a sum of independent terms, one per code.
    z: the initial codes.
    rate: step size.
    iterations: number of steps.

  Source: Sun 2015, DeepHear (harmony); Briot, Hadjeres & Pachet 2017, arXiv
  1709.01620 (section 6).
  """

  def step(z, _):
    return z - rate * jax.grad(distance)(z), None

  return lax.scan(step, z, None, length=iterations)[0]
