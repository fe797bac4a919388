"""Draws samples from any sampler in blocks, reproducible to the bit.

Samples are drawn in padded blocks of a fixed size, each with its own key: a
sample does not depend on the count, it can be generated again by itself, and
only one program is compiled.
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
  """Samples `indices`; sample i depends only on (seed, i) and its condition.

  Args:
    sampler: {mode: Mode}, see zoo.contracts.
    mode: its name.
    params, state: of the trained model.
    seed: of the samples.
    indices: the numbers of the samples, ascending.
    condition: encoded inputs.
    by_row: whether row k of the condition belongs to the k-th index; otherwise
      every sample receives the whole condition.
    at_once: block size; smaller for samplers that are slow.

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
    # Padding samples receive the row of another sample.
    places = np.minimum(np.searchsorted(asked, rows), len(asked) - 1)
    given = {
      k: np.asarray(v)[places] if by_row else v for k, v in condition.items()
    }
    made = program(params, state, keys, given)
    wanted = asked[blocks == block] - block * at_once
    parts.append({k: np.asarray(v)[wanted] for k, v in made.items()})
  return {k: np.concatenate([one[k] for one in parts]) for k in parts[0]}


def check_temperature(temperature: float) -> None:
  """Raises UserError unless the temperature is 0 or more."""
  if temperature < 0:
    raise UserError(f'sample/temperature must be 0 or more, not {temperature}.')
