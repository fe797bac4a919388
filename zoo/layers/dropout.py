"""Dropout with one key per example, so that no result depends on the batch."""

from typing import overload

import jax
import jax.numpy as jnp


def dropout(
  values: jax.Array, keys: jax.Array | None, rate: float
) -> jax.Array:
  """Zeroes a share of the values and scales up the rest.

  Args:
    values: [B, ...].
    keys: [B] random keys, or None for no dropout.
    rate: share of values that are zeroed.

  Returns:
    [B, ...], with the same expectation as `values`.

  Source: Srivastava et al. 2014 (inverted: scaled in training).
  """
  if keys is None or rate == 0:
    return values

  def kept(key):
    return jax.random.bernoulli(key, 1 - rate, values.shape[1:])

  return jnp.where(jax.vmap(kept)(keys), values / (1 - rate), 0)


@overload
def fold(keys: jax.Array, number: int) -> jax.Array: ...


@overload
def fold(keys: None, number: int) -> None: ...


def fold(keys: jax.Array | None, number: int) -> jax.Array | None:
  """New keys [B] for purpose `number`; None stays None."""
  if keys is None:
    return None
  return jax.vmap(lambda key: jax.random.fold_in(key, number))(keys)
