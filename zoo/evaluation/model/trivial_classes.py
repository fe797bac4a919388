"""Predictions of one class (labels, roots of chords), and baselines."""

from collections.abc import Callable
from typing import Any

import numpy as np

from zoo.data.batches import take
from zoo.evaluation.model.answers import Answers
from zoo.layers import metrics
from zoo.layers.views import active_notes

# By the model's head: the error of its values, and the best constant for it.
_ERRORS: dict[str, tuple[str, str, Callable, Callable]] = {
  'value': ('squared_error', 'mean', np.mean, np.square),
  'absolute': ('absolute_error', 'median', np.median, np.abs),
}


def labels(
  model: Any, test: Answers, train: Answers, splits: dict[str, Any]
) -> dict[str, Any]:
  """Accuracy of a classifier, and of the most common label; see `compare`.

  Args:
    model: has one stream, of labels.
    test, train: its predictions for the scored set and the training set.
    splits: {'train', 'test': {'label': [N], ...}}, 'test' being the scored set.
  """
  del model, splits
  return compare(test, train, {})


def chords(
  model: Any, test: Answers, train: Answers, splits: dict[str, Any]
) -> dict[str, Any]:
  """How often the root of a chord is right; see `compare`.

  Args:
    model, test, train, splits: see `labels`.

  Returns:
    'chords', how many, and the metrics of `compare`; its column 'given_note' is
    the most common root below the note that is active when the quarter begins.
    For a model that predicts a value also its error, with that of the best
    constant.
  """
  if not len(test.symbols):
    return {'chords': 0}
  notes = _first_notes(model, splits['test'], test)
  known_notes = _first_notes(model, splits['train'], train)
  known = train.symbols[:, 0]
  table = np.zeros((int(max(notes.max(), known_notes.max())) + 1, 12))
  np.add.at(table, (known_notes, known), 1)
  table[table.sum(1) == 0] = table.sum(0)
  figures = compare(test, train, {'given_note': table.argmax(1)[notes]})
  if model.head in _ERRORS:
    name, column, constant, error = _ERRORS[model.head]
    trivial = error(constant(known) - test.symbols)
    del figures['nats']
    figures[name] = {
      'model': float(np.mean(test.nats)),
      column: float(np.mean(trivial)),
    }
  return {'chords': len(test.symbols), **figures}


def compare(
  test: Answers, train: Answers, guesses: dict[str, np.ndarray]
) -> dict[str, Any]:
  """Accuracy, precision, recall and nats of a stream of classes.

  Args:
    test, train: the model's predictions for the scored and the training set.
    guesses: {column: [R] classes} of other baselines.

  Returns:
    'confusion', [K][K] counts of the model, a row for each true class; and
    {'accuracy', 'precision', 'recall', 'nats'} -> {'model', 'training' (the
    model on the training set), 'unigram' (the most common class; for nats with
    one added to each count), ...}; precision and recall are means over the
    classes that occur.
  """
  truth, known = test.symbols[:, 0], train.symbols[:, 0]
  columns = truth, known, test.likeliest, train.likeliest
  classes = int(max(x.max(initial=0) for x in columns)) + 1
  counts = np.bincount(known, minlength=classes)
  found = {
    'model': (test.likeliest[:, 0], truth),
    'training': (train.likeliest[:, 0], known),
    'unigram': (np.full_like(truth, counts.argmax()), truth),
    **{column: (guess, truth) for column, guess in guesses.items()},
  }
  scored = {
    column: scores(guess, right) for column, (guess, right) in found.items()
  }
  shares = (counts + 1) / np.sum(counts + 1)
  return {
    'confusion': np.asarray(
      metrics.confusion_matrix(*found['model'], classes)
    ).tolist(),
    **{
      name: {column: one[name] for column, one in scored.items()}
      for name in ('accuracy', 'precision', 'recall')
    },
    'nats': {
      'model': float(np.mean(test.nats)),
      'training': float(np.mean(train.nats)),
      'unigram': float(-np.mean(np.log(shares[truth]))),
    },
  }


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


def _first_notes(model, arrays, answers):
  """[R] the note that is active when each quarter begins, held over or not."""
  rows = np.arange(len(arrays['voices']))
  melody = take({'voices': np.asarray(arrays['voices'])}, rows)['voices'][
    ..., 0
  ]
  active = np.asarray(active_notes(melody, model.first))[:, :: model.beat]
  return active[answers.example, answers.step]
