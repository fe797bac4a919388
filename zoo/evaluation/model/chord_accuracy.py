"""How often the root of a chord is found, beside two models that count."""

from typing import Any, Literal

import jax
import numpy as np

from zoo.contracts import Spec
from zoo.layers import metrics
from zoo.layers.chords import PITCH_CLASSES
from zoo.layers.views import active_notes


def chord_accuracy(
  model: Any,
  params: Any,
  splits: dict[str, dict[str, np.ndarray]],
  spec: Spec,
  *,
  split: Literal['train', 'validation', 'test'] = 'test',
) -> dict[str, Any]:
  """Accuracy, precision and recall of roots, a chord a quarter.

  Args:
    model: a Flax module such as ChordFromMelody.
    params: what training left.
    splits: {split: {'voices': [N, T, V]}}, and 'length' [N] where they are
      not all T long.
    spec: of the encoder voices.
    split: which of them.

  Returns:
    'chords', how many; 'confusion', [12][12] counts of the model, a row for
    each true root from C on; and {'accuracy', 'precision', 'recall'} ->
    {'model', 'training' (the model on the training set), 'unigram' (the
    commonest root), 'given_note' (the commonest below the note that sounds
    when the quarter begins)}; precision and recall are means over the roots
    that occur. Of a model that gives a value also 'squared_error' ->
    {'model', 'mean' (of the training roots, always)}. With no chords, only
    'chords'.
  """
  del spec
  notes, roots, guesses, values = _read(model, params, splits[split])
  known_notes, known_roots, known, _ = _read(model, params, splits['train'])
  if not len(roots):
    return {'chords': 0}
  table = np.zeros((int(max(notes.max(), known_notes.max())) + 1, 12))
  np.add.at(table, (known_notes, known_roots), 1)
  every = table.sum(0)
  unseen = table.sum(1) == 0
  table[unseen] = every
  found = {
    'model': (guesses, roots),
    'training': (known, known_roots),
    'unigram': (np.full_like(roots, every.argmax()), roots),
    'given_note': (table.argmax(1)[notes], roots),
  }
  figures: dict[str, Any] = {'accuracy': {}, 'precision': {}, 'recall': {}}
  if model.outputs == 1:
    figures['squared_error'] = {
      'model': float(np.mean((values - roots) ** 2)),
      'mean': float(np.mean((known_roots.mean() - roots) ** 2)),
    }
  confusions = {}
  for whose, (guess, truth) in found.items():
    confusion = metrics.confusion_matrix(guess, truth, PITCH_CLASSES)
    precision, recall = metrics.precision_and_recall(confusion)
    occurs = np.unique(truth)
    figures['accuracy'][whose] = float(np.mean(guess == truth))
    figures['precision'][whose] = float(np.mean(precision[occurs]))
    figures['recall'][whose] = float(np.mean(recall[occurs]))
    confusions[whose] = np.asarray(confusion).tolist()
  return {
    'chords': len(roots),
    'confusion': confusions['model'],
    **figures,
  }


def _read(model, params, arrays):
  """First note, root, guess and first output, [C] each, of all chords.

  A note held from the quarter before is that note: the model hears it too.
  """

  @jax.jit
  def one(params, examples):
    outputs = model.apply({'params': params}, examples)
    melody = active_notes(examples['voices'][..., 0], model.first)
    note = melody[:, :: model.beat]
    return note, model.roots(examples), model.decide(outputs), outputs[..., 0]

  examples = {
    name: np.asarray(arrays[name]).astype(np.int32)
    for name in {'voices', 'length'} & arrays.keys()
  }
  note, roots, guess, value = map(np.asarray, one(params, examples))
  there = roots >= 0
  return note[there], roots[there], guess[there], value[there]
