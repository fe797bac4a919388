"""Accuracy of reconstructed drum patterns, compared with simple baselines.

Metrics of windows of drum combinations (zoo.music.drums), as functions of
arrays:

  step_accuracy        share of the steps whose whole combination is right
  onset_step_accuracy  the same over the steps on which something is hit
  f1                   of the hits: 2 right / (predicted + true), all classes
                       pooled
  exact                share of the windows that are right throughout

Baselines: the most frequent combination; the most frequent one of each step;
a copy of the previous bar; and the training window that agrees in most steps, a
strong baseline, since it is selected by the test window itself.
"""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from zoo.contracts import Spec, UserError
from zoo.evaluation.music.melody_statistics import evenly
from zoo.music.drums import COMBINATIONS, NINE_DRUMS
from zoo.questions import Latent, asks

FIELDS = {'drums': 'tokens', 'trio': 'drums'}  # {encoder: field of drums}


@asks(Latent)
def drum_reconstruction(
  reconstruct: Callable[..., dict[str, np.ndarray]],
  splits: dict[str, dict[str, np.ndarray]],
  spec: Spec,
  *,
  split: Literal['train', 'validation', 'test'] = 'test',
  count: int = 2048,
) -> dict[str, Any]:
  """Encodes windows of drums and decodes them again, free-running.

  Args:
    reconstruct: {field: [n, ...]} -> the same, decoded from the mean code, each
      step reading the output of the last one.
    splits: {split: {field: [N, ...]}}.
    spec: of the encoder drums or trio.
    split: the one that is reconstructed.
    count: the most windows, evenly spaced over the set.

  Returns:
    {metric: {'model': number, baseline: number}}: the four metrics, then
    `f1_<class>` of each drum that occurs in the windows; and 'windows', how
    many. Those of `bar_copied` are over all bars but the first. With no windows
    only their number.

  Raises:
    UserError: the encoder has no drums.
  """
  field = FIELDS.get(spec.encoder)
  if field is None:
    raise UserError(
      "The evaluator 'drum_reconstruction' reads the encoders 'drums' and "
      f"'trio', not '{spec.encoder}': take it out of evaluate."
    )
  given = {
    name: evenly(values, count)
    for name, values in splits[split].items()
    if name in spec.fields
  }
  truth = given[field]
  if not len(truth):
    return {'windows': 0}
  made = np.asarray(reconstruct(given)[field])
  rows: dict[str, dict[str, Any]] = {
    'model': {**figures(truth, made), 'f1_by_class': f1_by_class(truth, made)},
    **baselines(
      splits['train'][field], truth, spec.sizes['steps_per_bar'], count=count
    ),
  }
  found: dict[str, Any] = {'windows': len(truth)}
  for column, row in rows.items():
    by_class = row.pop('f1_by_class')
    row |= {f'f1_{name}': value for name, value in by_class.items()}
    for metric, value in row.items():
      if not np.isnan(value):
        found.setdefault(metric, {})[column] = value
  return found


def figures(truth: np.ndarray, made: np.ndarray) -> dict[str, float]:
  """The four metrics; nan if there is nothing to count.

  Args:
    truth: [n, T] combinations.
    made: [n, T] combinations.
  """
  truth, made = _same(truth, made)
  equal = truth == made
  struck = truth > 0
  right, written, true = _hits(truth, made)
  return {
    'step_accuracy': _share(equal.sum(), equal.size),
    'onset_step_accuracy': _share(equal[struck].sum(), struck.sum()),
    'f1': _share(2 * right.sum(), written.sum() + true.sum()),
    'exact': _share(equal.all(1).sum(), len(equal)),
  }


def f1_by_class(truth: np.ndarray, made: np.ndarray) -> dict[str, float]:
  """{class: F1 of its hits}; nan for a class that neither array hits.

  Args:
    truth, made: [n, T] combinations.
  """
  right, written, true = _hits(*_same(truth, made))
  return {
    name: _share(2 * right[k], written[k] + true[k])
    for k, name in enumerate(NINE_DRUMS)
  }


def baselines(
  train: np.ndarray,
  test: np.ndarray,
  steps_per_bar: int,
  *,
  count: int = 2048,
) -> dict[str, dict[str, Any]]:
  """The metrics of reconstructions without a model.

  Args:
    train: [N, T] combinations.
    test: [n, T] combinations; at most `count` of them are looked up.
    steps_per_bar: S; divides T.
    count: test windows, evenly spaced over the set.

  Returns:
    {baseline: {metric: number, 'f1_by_class': {class: number}}} for
    `most_frequent`, `most_frequent_at_step`, `bar_copied` (over all bars but
    the first, each replaced by the previous one; missing if a window has one
    bar) and `nearest_window`. {} without windows.
  """
  test = evenly(np.asarray(test), count)
  if not len(test) or not len(train):
    return {}
  made = {
    'most_frequent': (test, most_frequent(train, test.shape)),
    'most_frequent_at_step': (test, most_frequent_at_step(train, len(test))),
    'nearest_window': (test, train[nearest(train, test)]),
  }
  if test.shape[1] > steps_per_bar:
    made['bar_copied'] = test[:, steps_per_bar:], test[:, :-steps_per_bar]
  return {
    column: {**figures(*both), 'f1_by_class': f1_by_class(*both)}
    for column, both in made.items()
  }


def most_frequent(train: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
  """An array of `shape`, filled with the most common combination of [N, T]."""
  counts = np.bincount(np.ravel(train), minlength=COMBINATIONS)
  return np.full(shape, counts.argmax(), np.int16)


def most_frequent_at_step(train: np.ndarray, count: int) -> np.ndarray:
  """[count, T]: the most common combination of each step."""
  row = [
    np.bincount(step, minlength=COMBINATIONS).argmax()
    for step in np.asarray(train).T
  ]
  return np.tile(np.array(row, np.int16), (count, 1))


def nearest(train: np.ndarray, windows: np.ndarray) -> np.ndarray:
  """[n] index of the training window that agrees in most steps with each.

  Ties go to the window with most equal steps on which something is hit, and
  then to the first.

  Args:
    train: [N, T] combinations.
    windows: [n, T] combinations.
  """
  columns = np.ascontiguousarray(np.asarray(train).T)
  steps = len(columns)
  found = np.zeros(len(windows), np.int64)
  equal = np.empty(columns.shape[1], bool)
  for place, window in enumerate(np.asarray(windows)):
    silent = np.zeros(columns.shape[1], np.int32)
    struck = np.zeros(columns.shape[1], np.int32)
    for step, token in enumerate(window.tolist()):
      np.equal(columns[step], token, out=equal)
      total = struck if token else silent
      total += equal
    found[place] = np.argmax((silent + struck) * (steps + 1) + struck)
  return found


def _same(truth, made):
  truth, made = np.asarray(truth), np.asarray(made)
  if truth.shape != made.shape or truth.ndim != 2:
    raise ValueError(f'windows of {truth.shape} against {made.shape}')
  return truth, made


def _hits(truth, made):
  """Hits of each class [9]: right, predicted, true."""
  bits = np.arange(len(NINE_DRUMS))

  def count(tokens):
    return (tokens[..., None] >> bits & 1).sum((0, 1))

  return count(truth & made), count(made), count(truth)


def _share(part, whole):
  return float(part / whole) if whole else float('nan')
