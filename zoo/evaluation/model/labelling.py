"""How often a classifier is right, beside the commonest label."""

from typing import Any, Literal

import jax
import numpy as np

from zoo.contracts import Spec
from zoo.layers import metrics
from zoo.layers.visible import visible_of

_STATISTICS = 'batch_stats'


def labelling(
  model: Any,
  params: Any,
  state: Any,
  splits: dict[str, dict[str, np.ndarray]],
  spec: Spec,
  *,
  split: Literal['train', 'validation', 'test'] = 'test',
) -> dict[str, Any]:
  """Accuracy, precision and recall of the likeliest label.

  Args:
    model: a Flax module that classifies, such as StackedAutoencoder.
    params, state: what training left.
    splits: {split: {field: [N, ...], 'label': [N]}}.
    spec: tells which field is read, see zoo.layers.visible.
    split: which of them.

  Returns:
    'examples', and {'accuracy', 'precision', 'recall'} -> {'model',
    'training' (the model on the training set), 'commonest_label'}; precision
    and recall are means over the labels that occur. With no examples, only
    'examples'.
  """
  visible = visible_of(spec)
  statistics = {
    k: v for k, v in state.get('shared', {}).items() if k == _STATISTICS
  }

  @jax.jit
  def guess(variables, examples):
    rows = visible.read(examples)
    return model.apply(variables, rows, method='classify').argmax(-1)

  def guesses(name):
    examples = {visible.field: splits[name][visible.field]}
    return np.asarray(guess({'params': params, **statistics}, examples))

  labels = splits[split]['label']
  if len(labels) == 0:
    return {'examples': 0}
  known = splits['train']['label']
  commonest = np.bincount(known).argmax()
  found = {
    'model': scores(guesses(split), labels),
    'training': scores(guesses('train'), known),
    'commonest_label': scores(np.full_like(labels, commonest), labels),
  }
  figures = {
    name: {whose: one[name] for whose, one in found.items()}
    for name in ('accuracy', 'precision', 'recall')
  }
  return {'examples': len(labels), **figures}


def scores(guesses: np.ndarray, labels: np.ndarray) -> dict[str, float]:
  """Accuracy, and precision and recall as means over the labels.

  Args:
    guesses: [N] integers.
    labels: [N] integers, the truth.

  Returns:
    precision TP / (TP + FP), 0 where a label is never guessed, and recall
    TP / (TP + FN), over the labels that occur.
  """
  guesses, labels = guesses.astype(int), labels.astype(int)
  classes = int(max(guesses.max(), labels.max())) + 1
  confusion = metrics.confusion_matrix(guesses, labels, classes)
  precision, recall = metrics.precision_and_recall(confusion)
  occurs = np.unique(labels)
  return {
    'accuracy': float(np.mean(guesses == labels)),
    'precision': float(np.mean(precision[occurs])),
    'recall': float(np.mean(recall[occurs])),
  }
