"""The loss on a fixed part of the validation set, at checkpoints."""

from collections.abc import Callable, Sequence

import numpy as np

from zoo.contracts import Batches, Tree
from zoo.training.evaluate import evaluator
from zoo.training.stages import Stage

# Examples of a validation: enough to resolve .005 of an accuracy. If examples
# are events of pieces: events of each piece, and pieces.
_EXAMPLES = 1024
_PIECES = 64


def validation(
  stages: Sequence[Stage], batches: Batches, arrays: Tree, *, seed: int
) -> Callable[[int, Tree, Tree], dict[str, float]] | None:
  """(stage, params, state) -> the mean of each metric; None for an empty set.

  Args:
    stages: of the experiment.
    batches: whether an example is a row of the set, or a piece.
    arrays: the validation set, {field: [N, ...]}.
    seed: an experiment's seed.
  """
  count = min(_EXAMPLES, len(arrays['piece']))
  if not count:
    return None
  functions = [
    _validation(stage.loss, stage.batches or batches, arrays, seed, count)
    for stage in stages
  ]
  return lambda stage, params, state: functions[stage](params, state)


def _validation(loss, batches, arrays, seed, count):
  batch, rows = 32, None
  if batches.whole is not None:  # the first events of some pieces
    rows = batches.whole(arrays['piece'])[:, : _EXAMPLES + 1]
    rows = rows[_evenly(len(rows), _PIECES)]
  else:
    some = _evenly(len(arrays['piece']), count)
    if 'length' in arrays:
      # Sorted by length, for losses that stop at the longest example.
      some = some[np.argsort(arrays['length'][some], kind='stable')]
    else:
      batch = 256
    arrays = {name: values[some] for name, values in arrays.items()}
  return evaluator(loss, arrays, seed=seed, batch=batch, rows=rows)


def _evenly(length, count):
  """At most `count` indices, evenly spaced."""
  return np.linspace(0, length - 1, min(count, length)).astype(int)
