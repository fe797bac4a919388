"""Draws samples from any sampler: block by block, the same to the bit.

Samples are always drawn so many at a time, padded, each from its own key: a
sample is then the same whatever the count, one can be made again alone, and
one program is compiled.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import numpy as np

from zoo import config as config_lib
from zoo.contracts import Sampler, UserError

AT_ONCE = 64


def draw(
  sampler: Sampler,
  mode: str,
  params: Any,
  state: Any,
  *,
  seed: int,
  indices: Sequence[int],
  condition: Mapping[str, Any],
  by_row: bool = False,
  at_once: int = AT_ONCE,
) -> dict[str, np.ndarray]:
  """Samples `indices`; sample i depends on (seed, i) and its condition alone.

  Args:
    sampler: {mode: function}, see zoo.contracts.
    mode: which of them.
    params, state: what training left.
    seed: of the samples.
    indices: which samples, ascending.
    condition: encoded inputs.
    by_row: row k of the condition belongs to the k-th of the indices; else
      every sample sees the whole condition.
    at_once: samples of a block, for samplers that take long over each.

  Returns:
    {field: [len(indices), ...]}.

  Raises:
    UserError: the sampler has no such mode, or refuses the condition.
  """
  found: Any = config_lib.look_up(sampler, mode, 'mode of this sampler')
  if found.check:
    found.check(condition)
  program = jax.jit(found.function)
  root = jax.random.key(seed)
  asked = np.asarray(indices)
  blocks = asked // at_once
  parts = []
  for block in np.unique(blocks):
    rows = np.arange(at_once) + block * at_once
    keys = jax.vmap(lambda i: jax.random.fold_in(root, i))(rows)
    # Where none of the samples is asked for, another row, as padding.
    places = np.minimum(np.searchsorted(asked, rows), len(asked) - 1)
    given = {
      k: np.asarray(v)[places] if by_row else v for k, v in condition.items()
    }
    made = program(params, state, keys, given)
    wanted = asked[blocks == block] - block * at_once
    parts.append({k: np.asarray(v)[wanted] for k, v in made.items()})
  return {k: np.concatenate([one[k] for one in parts]) for k in parts[0]}


def check_temperature(temperature: float) -> None:
  """Raises UserError unless it is 0 or more."""
  if temperature < 0:
    raise UserError(f'sample/temperature must be 0 or more, not {temperature}.')
