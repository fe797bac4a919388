"""Errors, sparsity and corruption for the losses of layered networks.

Rows [B, D] of values from 0 to 1 are compared with logits [B, D].
"""

from typing import Any

import jax
import jax.numpy as jnp

from zoo.contracts import UserError
from zoo.training import parallel

_EDGE = 1e-6  # Keeps mean activations off 0 and 1, where the KL is infinite.


def binary_cross_entropy(logits: jax.Array, rows: jax.Array) -> jax.Array:
  """-sum x log y + (1 - x) log (1 - y), y = sigmoid(logits): [B] nats."""
  # = softplus(l) - x l, which does not overflow.
  return jnp.sum(jax.nn.softplus(logits) - rows * logits, -1)


def squared_error(predicted: jax.Array, rows: jax.Array) -> jax.Array:
  """sum (y - x)^2 over each row: [B]."""
  return jnp.sum(jnp.square(predicted - rows), -1)


def sparsity(codes: Any, target: float) -> jax.Array:
  """sum_j KL(target || mean activation of unit j), a scalar (nats).

  Args:
    codes: arrays [B, H] of activations from 0 to 1; the mean is over the whole
      batch, on all devices.
    target: rho, the target mean activation.

  Source: Ng, CS294A lecture notes, Sparse autoencoder.
  """
  total = jnp.float32(0)
  for code in codes:
    mean = jnp.clip(parallel.mean(jnp.mean(code, 0)), _EDGE, 1 - _EDGE)
    # rho log rho / rho_j + (1 - rho) log (1 - rho) / (1 - rho_j)
    up = target * jnp.log(target / mean)
    down = (1 - target) * jnp.log((1 - target) / (1 - mean))
    total += jnp.sum(up + down)
  return total


def check_share(**shares: float) -> None:
  """Raises UserError unless each share is from 0 to 1.

  Args:
    **shares: {option of the loss: a share}.
  """
  for name, share in shares.items():
    if not 0 <= share <= 1:
      raise UserError(f'loss/{name} must be a share, 0..1, not {share}.')


def check_sparsity(unbounded: str, weight: float, target: float) -> None:
  """Raises UserError if the divergence of `sparsity` is undefined.

  Args:
    unbounded: why activations may leave 0..1; '' if they do not.
    weight: of the divergence; 0 for none.
    target: rho, the target mean activation.
  """
  # A mean above 1 would be clipped, and have no gradient.
  if weight and unbounded:
    raise UserError(
      f'loss/sparsity needs mean activations from 0 to 1, but {unbounded}.'
    )
  if weight and not 0 < target < 1:
    raise UserError(
      f'loss/sparsity needs a loss/target between 0 and 1, not {target}.'
    )


def corrupt(rows: jax.Array, keys: jax.Array, rate: float) -> jax.Array:
  """Zeroes a share of each row (masking noise, Vincent et al. 2008)."""
  if not rate:
    return rows

  def kept(key):
    return jax.random.bernoulli(key, 1 - rate, rows.shape[1:])

  return jnp.where(jax.vmap(kept)(keys), rows, 0)
