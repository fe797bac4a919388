"""Do the pieces that a model writes end by themselves, and after how long?"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np


def endings(
  model: Any,
  generate: Callable[..., dict[str, np.ndarray]],
  splits: Mapping[str, Mapping[str, np.ndarray]],
  *,
  count: int = 100,
  samples: dict[str, dict] | None = None,
) -> dict[str, Any]:
  """Of pieces drawn note by note, how many ended before they were cut off.

  Args:
    model: a Flax module such as BachProp.
    generate: (n, **options of the sampler) -> {'notes': [n, T, 3]}.
    splits: {'test': {'piece': [N]}}.
    count: pieces generated.
    samples: {column: options of the sampler that differ from the
      experiment's}; {'generated': {}} when None.

  Returns:
    {'ended': {whose: share}, 'notes': {whose: mean a piece}}; `held_out` is
    the test set.
  """
  tag = np.asarray(model.classes) - 1
  figures: dict[str, dict[str, float]] = {'ended': {}, 'notes': {}}
  for whose, options in (samples or {'generated': {}}).items():
    made = np.asarray(generate(count, **options)['notes'])
    there = ~(made == tag).all(-1)
    figures['ended'][whose] = float(np.mean(~there[:, -1]))
    figures['notes'][whose] = float(there.sum(1).mean())
  pieces = splits['test']['piece']
  if len(pieces):
    # Each piece has a row that ends it.
    mean = len(pieces) / len(np.unique(pieces)) - 1
    figures['notes']['held_out'] = float(mean)
  return figures
