"""Convolutions as matrix products, which are fastest on a CPU.

`up` and `down` are over time: windows of an odd width are centered, with zeros
as padding ('SAME'). `plane` and `spread` are over pictures.
"""

import jax
import jax.numpy as jnp


def up(steps: jax.Array, kernel: jax.Array) -> jax.Array:
  """sum_{d, p} v_{t + d - W/2, p} K_{d, p, h}: [..., T, P] to [..., T, H].

  Args:
    steps: v, [..., T, P].
    kernel: K, [W, P, H], W odd.
  """
  width, pitches, hidden = kernel.shape
  return _windows(steps, width) @ kernel.reshape(width * pitches, hidden)


def down(hidden: jax.Array, kernel: jax.Array) -> jax.Array:
  """The transpose of `up`: [..., T, H] to [..., T, P]."""
  width, pitches, _ = kernel.shape
  length, half = hidden.shape[-2], width // 2
  parts = hidden @ kernel.reshape(width * pitches, -1).T
  parts = parts.reshape(*hidden.shape[:-1], width, pitches)
  pad = [(0, 0)] * (hidden.ndim - 2) + [(half, half), (0, 0)]
  total = jnp.zeros((*hidden.shape[:-1], pitches))
  # Step t of part d is a share of step t + d - W/2.
  for d in range(width):
    padded = jnp.pad(parts[..., d, :], pad)
    begin = 2 * half - d
    total += padded[..., begin : begin + length, :]
  return total


def plane(maps: jax.Array, kernel: jax.Array, edge: int) -> jax.Array:
  """Correlates [B, h, w, C] with a kernel: [B, h', w', K].

  Args:
    maps: [B, h, w, C].
    kernel: [k, k, C, K].
    edge: padding with zeros on every side; h' = h + 2 edge - k + 1.
  """
  side = kernel.shape[0]
  padded = jnp.pad(maps, ((0, 0), (edge, edge), (edge, edge), (0, 0)))
  high, wide = (size - side + 1 for size in padded.shape[1:3])
  parts = [
    padded[:, i : i + high, j : j + wide]
    for i in range(side)
    for j in range(side)
  ]
  flat = kernel.reshape(-1, kernel.shape[-1])
  return jnp.concatenate(parts, -1) @ flat


def spread(maps: jax.Array, kernel: jax.Array, edge: int) -> jax.Array:
  """Adds a kernel of each map at every position: [B, h, w, C] to [B, h', w'].

  Args:
    maps: [B, h, w, C].
    kernel: [k, k, C], what a unit of each map adds around its position.
    edge: rows and columns cut off on every side; h' = h + k - 1 - 2 edge.
  """
  side = kernel.shape[0]
  parts = maps @ kernel.reshape(side * side, -1).T
  parts = parts.reshape(*maps.shape[:3], side, side)
  for axis in (1, 2):  # rows, then columns
    moved = []
    for place in range(side):
      pad = [(0, 0)] * (parts.ndim - 1)
      pad[axis] = place, side - 1 - place
      moved.append(jnp.pad(parts[:, :, :, place], pad))
    parts = sum(moved[1:], moved[0])
  rest = slice(edge, -edge or None)
  return parts[:, rest, rest]


def _windows(steps, width):
  """The W steps around each, concatenated: [..., T, W P]."""
  length, half = steps.shape[-2], width // 2
  pad = [(0, 0)] * (steps.ndim - 2) + [(half, half), (0, 0)]
  padded = jnp.pad(steps, pad)
  parts = [padded[..., d : d + length, :] for d in range(width)]
  return jnp.concatenate(parts, -1)
