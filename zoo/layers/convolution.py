"""Convolutions over time as matrix products, which a CPU computes fastest.

Windows of an odd width are centred, and what lies outside is zeros ('SAME').
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


def _windows(steps, width):
  """The W steps about each, side by side: [..., T, W P]."""
  length, half = steps.shape[-2], width // 2
  pad = [(0, 0)] * (steps.ndim - 2) + [(half, half), (0, 0)]
  padded = jnp.pad(steps, pad)
  parts = [padded[..., d : d + length, :] for d in range(width)]
  return jnp.concatenate(parts, -1)
