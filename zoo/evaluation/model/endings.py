"""Whether a model predicts the end of the pieces that it writes, and when."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from zoo.contracts import UserError
from zoo.questions import Autoregressive, asks


@asks(Autoregressive, fields=('notes',))
def endings(
  model: Any,
  generate: Callable[..., dict[str, np.ndarray]],
  splits: Mapping[str, Mapping[str, np.ndarray]],
  *,
  count: int = 100,
  samples: dict[str, dict] | None = None,
) -> dict[str, Any]:
  """How many of the pieces drawn note by note ended before they were cut off.

  Args:
    model: an Autoregressive module that predicts an end token.
    generate: (n, **options of the sampler) -> {field: [n, T, ...]}.
    splits: {'test': {'piece': [N]}}.
    count: pieces generated.
    samples: {column: options of the sampler that differ from the
      experiment's}; {'generated': {}} when None.

  Returns:
    {'ended': {column: share}, 'notes': {column: mean per piece}}; `held_out`
    is the test set.

  Raises:
    UserError: the model predicts no end token.
  """
  if not hasattr(model, 'ended'):
    raise UserError(
      "The evaluator 'endings' counts end tokens, which "
      f'{type(model).__name__} does not predict: take it out of evaluate.'
    )
  figures: dict[str, dict[str, float]] = {'ended': {}, 'notes': {}}
  for column, options in (samples or {'generated': {}}).items():
    ended = np.asarray(model.ended(generate(count, **options)[model.field]))
    figures['ended'][column] = float(np.mean(ended[:, -1]))
    figures['notes'][column] = float((~ended).sum(1).mean())
  pieces = splits['test']['piece']
  if len(pieces):
    # Each piece has one row more, its end token.
    mean = len(pieces) / len(np.unique(pieces)) - 1
    figures['notes']['held_out'] = float(mean)
  return figures
