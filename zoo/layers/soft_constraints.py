"""Differentiable properties of a piece: form, keys and metre.

For rolls [..., T, P] of values from 0 to 1, 1 if a pitch is active:

  similarity  [W, W], the cosine similarity of every two windows of a few steps
  tonality    [N, 24], correlation of the pitch classes of longer windows with
              the profile of each major and minor key
  metre       [bar], mean onsets at each step of a bar, where an onset is
              relu(v_t - v_{t-1})

They are the constraints of C-RBM: a sample should have those of its template.

Source: Lattner, Grachten & Widmer 2016, arXiv 1612.04742; key profiles:
Krumhansl & Kessler 1982.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

NAMES = ('self-similarity', 'tonality', 'metre')

_SMALL = 1e-6  # Avoids a length of 0 for a silent window.
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
  """The steps and columns of a roll.

  Attributes:
    pitches: MIDI pitch of each column.
    bar: steps per bar.
    window: steps of the windows for similarity.
    span: steps of the windows for tonality, which are half of that apart.
  """

  pitches: tuple[int, ...]
  bar: int
  window: int
  span: int


class Traits(NamedTuple):
  """The properties of pieces: [..., W, W], [..., N, 24] and [..., bar]."""

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
  """Cosine similarities [..., W, W] of all windows of rolls [..., T, P]."""
  count = roll.shape[-2] - window + 1
  products = roll @ jnp.swapaxes(roll, -1, -2)
  # Products of windows are sums along diagonals of the products of steps.
  total = sum(
    products[..., d : d + count, d : d + count] for d in range(window)
  )
  squares = jnp.diagonal(total, axis1=-2, axis2=-1)
  length = jnp.sqrt(squares + _SMALL)
  return total / (length[..., :, None] * length[..., None, :])


def tonality(roll: jax.Array, grid: Grid) -> jax.Array:
  """Correlations [..., N, 24] with 12 major and 12 minor keys, each from C."""
  span, hop = grid.span, max(grid.span // 2, 1)
  classes = np.eye(12, dtype=np.float32)[np.asarray(grid.pitches) % 12]
  steps = roll @ classes
  starts = range(0, max(roll.shape[-2] - span, 0) + 1, hop)
  windows = jnp.stack(
    [jnp.sum(steps[..., s : s + span, :], -2) for s in starts], -2
  )
  return _normal(windows) @ _profiles().T


def metre(roll: jax.Array, bar: int) -> jax.Array:
  """Mean onsets at each step of a bar: [..., bar]."""
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
  """Values [..., D] with mean 0 and length 1, or near 0 if all are equal."""
  values = values - jnp.mean(values, -1, keepdims=True)
  length = jnp.sqrt(jnp.sum(jnp.square(values), -1, keepdims=True) + _SMALL)
  return values / length
