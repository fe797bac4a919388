"""The numbers of `jax.random`, with one key per example, faster on a CPU.

With one key per example and one number per unit, random numbers take most of
the time of a Gibbs sweep. On a CPU jax lowers its generator to a loop over
rounds that passes through memory each time; unrolled, XLA fuses it with the
consumer of the numbers, which is twice as fast. The bits are the same.

Source: Salmon, Moraes, Dror & Shaw, SC 2011 (Threefry-2x32, 20 rounds); the
order of the counters is that of jax with `jax_threefry_partitionable`.
"""

import math

import jax
from jax import lax
import jax.numpy as jnp

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA


def uniform(keys: jax.Array, shape: tuple[int, ...]) -> jax.Array:
  """Equal to `jax.vmap(lambda key: jax.random.uniform(key, shape))(keys)`.

  Args:
    keys: [B] random keys of jax's default kind.
    shape: of the numbers per key, fewer than 2^32.

  Returns:
    [B, *shape] float32 in [0, 1), in steps of 2^-23.
  """
  bits = _bits(jax.random.key_data(keys), math.prod(shape))
  # 23 bits as the mantissa of a number in [1, 2).
  floats = lax.bitcast_convert_type(
    (bits >> 9) | jnp.uint32(0x3F800000), jnp.float32
  )
  return (floats - 1).reshape(len(keys), *shape)


def _bits(data, count):
  """Keys [B, 2] uint32 to [B, count] uint32."""
  first, second = data[:, :1], data[:, 1:]
  schedule = (first, second, first ^ second ^ jnp.uint32(_PARITY))
  low = jnp.arange(count, dtype=jnp.uint32)[None]
  left, right = schedule[0], low + schedule[1]  # the high counter is 0
  for turn in range(5):
    for distance in _ROTATIONS[turn % 2]:
      left = left + right
      right = (right << distance) | (right >> (32 - distance))
      right = left ^ right
    left = left + schedule[(turn + 1) % 3]
    right = right + schedule[(turn + 2) % 3] + jnp.uint32(turn + 1)
  return left ^ right
