"""What a piece is like, as numbers with a gradient: form, keys and metre.

Of rolls [..., T, P], 1 where a pitch sounds, or anything between:

  similarity  [W, W], the cosine of every two windows of a few steps
  tonality    [N, 24], how the pitch classes of longer windows correlate with
              the profile of each major and minor key
  metre       [bar], onsets a bar at each of its steps, where an onset is
              relu(v_t - v_{t-1})

The constraints of C-RBM: a sample is like a template if these are.

Source: Lattner, Grachten & Widmer 2016, arXiv 1612.04742; key profiles:
Krumhansl & Kessler 1982.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

NAMES = ('self-similarity', 'tonality', 'metre')

_SMALL = 1e-6  # Keeps the length of a silent window off 0.
_MAJOR = (
  6.35,
  2.23,
  3.48,
  2.33,
  4.38,
  4.09,
  2.52,
  5.19,
  2.39,
  3.66,
  2.29,
  2.88,
)
_MINOR = (
  6.33,
  2.68,
  3.52,
  5.38,
  2.60,
  3.53,
  2.54,
  4.75,
  3.98,
  2.69,
  3.34,
  3.17,
)


class Grid(NamedTuple):
  """What the steps and columns of a roll are.

  Attributes:
    pitches: MIDI pitch of each column.
    bar: steps of a bar.
    window: steps whose similarity is compared.
    span: steps of which a key is estimated; half of them from one to the next.
  """

  pitches: tuple[int, ...]
  bar: int
  window: int
  span: int


class Traits(NamedTuple):
  """The three of a piece, or of many: leaves [..., W, W], [..., N, 24], ..."""

  similarity: jax.Array
  tonality: jax.Array
  metre: jax.Array


def traits(roll: jax.Array, grid: Grid) -> Traits:
  """Similarity, tonality and metre of rolls [..., T, P]."""
  return Traits(
    similarity(roll, grid.window), tonality(roll, grid), metre(roll, grid.bar)
  )


def errors(found: Traits, wanted: Traits) -> jax.Array:
  """Mean squared error of each: [..., 3]."""

  def error(one, other, axes):
    return jnp.mean(jnp.square(one - other), axes)

  return jnp.stack(
    [
      error(found.similarity, wanted.similarity, (-2, -1)),
      error(found.tonality, wanted.tonality, (-2, -1)),
      error(found.metre, wanted.metre, -1),
    ],
    -1,
  )


def similarity(roll: jax.Array, window: int) -> jax.Array:
  """Cosines [..., W, W] of all windows of rolls [..., T, P], one step apart."""
  count = roll.shape[-2] - window + 1
  products = roll @ jnp.swapaxes(roll, -1, -2)
  # Of windows: sums along the diagonal of the products of steps.
  total = sum(
    products[..., d : d + count, d : d + count] for d in range(window)
  )
  squares = jnp.diagonal(total, axis1=-2, axis2=-1)
  length = jnp.sqrt(squares + _SMALL)
  return total / (length[..., :, None] * length[..., None, :])


def tonality(roll: jax.Array, grid: Grid) -> jax.Array:
  """Correlations [..., N, 24] with the keys; 12 major ones from C, 12 minor."""
  span, hop = grid.span, max(grid.span // 2, 1)
  classes = np.eye(12, dtype=np.float32)[np.asarray(grid.pitches) % 12]
  steps = roll @ classes
  starts = range(0, max(roll.shape[-2] - span, 0) + 1, hop)
  windows = jnp.stack(
    [jnp.sum(steps[..., s : s + span, :], -2) for s in starts], -2
  )
  return _normal(windows) @ _profiles().T


def metre(roll: jax.Array, bar: int) -> jax.Array:
  """Onsets a bar at each of its steps: [..., bar]."""
  before = jnp.pad(
    roll[..., :-1, :], [(0, 0)] * (roll.ndim - 2) + [(1, 0), (0, 0)]
  )
  onsets = jnp.sum(jax.nn.relu(roll - before), -1)
  bars = -(-onsets.shape[-1] // bar)
  rest = [(0, 0)] * (onsets.ndim - 1) + [(0, bars * bar - onsets.shape[-1])]
  return jnp.mean(
    jnp.pad(onsets, rest).reshape(*onsets.shape[:-1], bars, bar), -2
  )


def _profiles():
  """[24, 12], each of mean 0 and length 1."""
  rows = np.stack([np.roll(p, k) for p in (_MAJOR, _MINOR) for k in range(12)])
  rows = rows - rows.mean(1, keepdims=True)
  length = np.sqrt(np.square(rows).sum(1, keepdims=True))
  return np.float32(rows / length)


def _normal(values):
  """Values [..., D] of mean 0 and length 1, or near 0 where all are equal."""
  values = values - jnp.mean(values, -1, keepdims=True)
  length = jnp.sqrt(jnp.sum(jnp.square(values), -1, keepdims=True) + _SMALL)
  return values / length
