"""Projects the inputs of recurrent layers to their gates before the scan.

Inputs that do not depend on the carry are projected for all steps at once;
inputs that change slowly (a latent code, the embedding of a beat) only as often
as they change; symbols select rows of the input matrix instead of multiplying
one-hot vectors.
"""

from collections.abc import Sequence
import functools
from typing import NamedTuple

import jax
from jax import lax
import jax.numpy as jnp
import numpy as np

from zoo.layers import cells


class Symbols(NamedTuple):
  """Categorical inputs, each of which selects a row of the input matrix.

  Attributes:
    ids: [B, S] or, for P symbols per step, [B, S, P] integers. An id of
      `classes` or more adds nothing, like a zero input: it serves as 'start'
      and 'hidden'.
    classes: K, with separate K rows for each of the P places; or a tuple with
      the K of each place.
  """

  ids: jax.Array
  classes: int | tuple[int, ...]

  @property
  def rows(self) -> tuple[int, ...]:
    """K of each place."""
    if isinstance(self.classes, tuple):
      return self.classes
    places = self.ids.shape[2] if self.ids.ndim == 3 else 1
    return (self.classes,) * places


def project(
  kernels: Sequence[jax.Array],
  bias: jax.Array,
  inputs: Sequence[jax.Array | Symbols],
  steps: int,
) -> jax.Array:
  """The part of the gates that does not depend on the carry.

  Args:
    kernels: one [D, G] (dense) or [P * K, G] (symbols) for each input.
    bias: [G].
    inputs: each [B, S, D] or Symbols [B, S(, P)]. S divides T: each of the S
      steps is repeated T / S times. B may be 1.
    steps: T.

  Returns:
    [T, B, G] gates.
  """
  gates, *rest = project_parts(kernels, bias, inputs, steps)
  for part in rest:
    gates = cells.repeat(gates, part.shape[0] // gates.shape[0]) + part
  return cells.repeat(gates, steps // gates.shape[0])


def project_parts(
  kernels: Sequence[jax.Array],
  bias: jax.Array,
  inputs: Sequence[jax.Array | Symbols],
  steps: int,
) -> list[jax.Array]:
  """The terms of `project` before they are repeated: [S, B, G] each.

  For a scan that reads a step with `gates_at`: a code that is the same at all
  steps is then stored once instead of T times. Arguments are those of
  `project`; parts with fewer steps come first, so that the gradient of one is a
  sum over that of the next.

  Raises:
    ValueError: the length of an input does not divide `steps`.
  """
  parts = [bias[None, None]]
  for kernel, values in zip(kernels, inputs, strict=True):
    if isinstance(values, Symbols):
      part = _pick(kernel, values)
    else:
      values = jnp.swapaxes(values, 0, 1).astype(kernel.dtype)
      part = cells.dense_product(values, kernel)
    if steps % part.shape[0]:
      raise ValueError(f'{part.shape[0]} inputs do not divide {steps} steps.')
    parts.append(part)
  return sorted(parts, key=lambda part: part.shape)


def gates_at(
  parts: Sequence[jax.Array], step: jax.Array, steps: int
) -> jax.Array:
  """Step `step` of the `steps` of `project`, from its parts: [B, G]."""

  def read(part):
    if len(part) == 1:
      return part[0]
    return lax.dynamic_index_in_dim(
      part, step // (steps // len(part)), keepdims=False
    )

  gates, *rest = map(read, parts)
  return functools.reduce(jnp.add, rest, gates)


def _pick(kernel, symbols):
  ids = jnp.swapaxes(symbols.ids, 0, 1).astype(jnp.int32)
  ids = ids[..., None] if ids.ndim == 2 else ids
  # Flat ids, and a barrier between the rows and the reshape: the gradient is
  # then XLA's fast scatter of whole rows, without a copy.
  tables = jnp.split(kernel, np.cumsum(symbols.rows)[:-1])
  rows = lax.optimization_barrier(
    sum(
      cells.lookup(table, ids[..., place].reshape(-1))
      for place, table in enumerate(tables)
    )
  )
  return rows.reshape(*ids.shape[:2], -1)
