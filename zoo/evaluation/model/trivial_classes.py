"""One class of a few (labels, roots of chords), beside answers that count."""

from collections.abc import Callable
from typing import Any

import numpy as np

from zoo.data.batches import take
from zoo.evaluation.model.answers import Answers
from zoo.layers import metrics
from zoo.layers.views import active_notes

# The figure in which values are compared, by the model's head; and the
# constant that is best by it.
_ERRORS: dict[str, tuple[str, str, Callable, Callable]] = {
  'value': ('squared_error', 'mean', np.mean, np.square),
  'absolute': ('absolute_error', 'median', np.median, np.abs),
}


def labels(
  model: Any, test: Answers, train: Answers, splits: dict[str, Any]
) -> dict[str, Any]:
  """How often a classifier is right, beside the commonest label; see `compare`.

  Args:
    model: its one stream is of labels.
    test, train: its answers to the set and to the training set.
    splits: {'train', 'test': {'label': [N], ...}}, 'test' being the set.
  """
  del model, splits
  return compare(test, train, {})


def chords(
  model: Any, test: Answers, train: Answers, splits: dict[str, Any]
) -> dict[str, Any]:
  """How often the root of a chord is found; see `compare`.

  Returns:
    'chords', how many; 'given_note' is the commonest root below the note that
    sounds when the quarter begins. Of a model that gives a value also its error
    beside that of the best constant.
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
    test, train: the model's answers to the set and to the training set.
    guesses: {column: [R] classes} of other baselines.

  Returns:
    'confusion', [K][K] counts of the model, a row for each true class; and
    {'accuracy', 'precision', 'recall', 'nats'} -> {'model', 'training' (the
    model on the training set), 'unigram' (the commonest class; for nats with
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
  """[R] the note that sounds when each quarter begins.

  A note held from the quarter before is that note: the model hears it too.
  """
  rows = np.arange(len(arrays['voices']))
  melody = take({'voices': np.asarray(arrays['voices'])}, rows)['voices'][
    ..., 0
  ]
  active = np.asarray(active_notes(melody, model.first))[:, :: model.beat]
  return active[answers.example, answers.step]
