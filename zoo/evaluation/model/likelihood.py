"""How likely a model finds held-out music, beside answers that count."""

from typing import Any, Literal

import numpy as np

from zoo.contracts import Spec
from zoo.evaluation.model.answers import ask
from zoo.evaluation.model.trivial_classes import chords, labels
from zoo.evaluation.model.trivial_voices import voices

# What stands beside a stream; where streams are voices, `voices`.
_BASELINES = {'root': chords, 'label': labels}


def likelihood(
  model: Any,
  params: Any,
  state: Any,
  splits: dict[str, dict[str, np.ndarray]],
  spec: Spec,
  *,
  split: Literal['train', 'validation', 'test'] = 'test',
) -> dict[str, Any]:
  """Accuracy and nats of a model that answers Conditional.

  Args:
    model: see zoo.contracts.
    params, state: what training left.
    splits: {split: {field: [N, ...]}}.
    spec: of the encoder.
    split: which of them.

  Returns:
    'examples', and the figures of the baselines. With no examples, only
    'examples'.
  """
  del spec
  sets = {
    'test': {k: v for k, v in splits[split].items() if k != 'piece'},
    'train': {k: v for k, v in splits['train'].items() if k != 'piece'},
  }
  count = len(next(iter(sets['test'].values())))
  if not count:
    return {'examples': 0}
  test = ask(model, params, state, sets['test'])
  train = None
  if model.context is None:  # Cell by cell it takes too long.
    train = ask(model, params, state, sets['train'])
  baselines = _BASELINES.get(model.streams[0], voices)
  return {'examples': count, **baselines(model, test, train, sets)}
