"""Predictions of voices given others, compared with counting models."""

from typing import Any

import numpy as np

from zoo.contracts import HOLD
from zoo.evaluation.model.answers import Answers
from zoo.layers.views import voice_names


def voices(
  model: Any,
  test: Answers,
  train: Answers | None,
  splits: dict[str, Any],
) -> dict[str, Any]:
  """Accuracy and nats of each voice.

  Args:
    model: its streams are voices.
    test: the model's predictions for the scored set.
    train: those for the training set, or None.
    splits: {'train', 'test': {'voices': [N, T, V], ...}}, 'test' being the
      scored set.

  Returns:
    {metric: {'model', 'training' (the model on the training set), 'spread'
    (the standard error of the model's metric over examples), 'hold' (always),
    'unigram' (the voice's most common class; for onsets its most common onset),
    'given_soprano' (the same among the steps where the first voice has the same
    class; only if the first is given)}}. Metrics of each voice, such as the
    alto, and their means over voices as `mean`: `alto`, the share of steps
    whose most likely class is right; `alto_onsets`, of the steps where a note
    or rest begins; `alto_nats`, -log p per step (for the unigram with one added
    to each count).
  """
  cells = _cells(model, splits['test'])
  known = _cells(model, splits['train'])
  names = voice_names(cells.shape[1])
  figures: dict[str, Any] = {}
  for column, name in enumerate(model.streams):
    voice = names.index(name)
    given = None
    if voice and len(model.streams) < len(names):
      given = known[:, 0], cells[:, 0]
    trivial = _trivial(
      cells[:, voice], known[:, voice], model.counts[voice], given
    )
    for kind, trivial_figures in trivial.items():
      figures[name + kind] = {
        'model': _figure(test, column, kind)[0],
        **({'training': _figure(train, column, kind)[0]} if train else {}),
        'spread': _figure(test, column, kind)[1],
        **trivial_figures,
      }
  for kind in ('', '_onsets', '_nats'):
    each = [figures[name + kind] for name in model.streams]
    figures[f'mean{kind}'] = {
      row: float(np.mean([one[row] for one in each]))
      for row in each[0]
      if row != 'spread'
    }
  return figures


def _cells(model, arrays):
  """[R, V]: all steps of all examples that the mask keeps."""
  steps = model.read({k: np.asarray(v) for k, v in arrays.items()})
  mask = np.asarray(steps.mask)
  skip = (arrays['voices'].shape[1] - mask.shape[1]) // 2
  whole = np.asarray(arrays['voices']).astype(int)
  return whole[:, skip : skip + mask.shape[1]][mask]


def _figure(answers, column, kind):
  """A metric of the model's predictions, and its standard error."""
  truth = answers.symbols[:, column]
  right = answers.likeliest[:, column] == truth
  chosen = truth != HOLD if kind == '_onsets' else np.ones(len(truth), bool)
  values = answers.nats[:, column] if kind == '_nats' else right
  top = np.bincount(answers.example, values * chosen)
  bottom = np.bincount(answers.example, chosen)
  mean = top.sum() / max(bottom.sum(), 1)
  # The mean is a ratio of sums; this is the delta method.
  error = np.sqrt(np.sum((top - mean * bottom) ** 2)) / max(bottom.sum(), 1)
  return float(mean), float(error)


def _trivial(true, known, classes, given):
  """{kind: {column: number}} of a voice's classes [R], counted in [K]."""
  counts = np.bincount(known, minlength=classes)
  onsets = true != HOLD
  shares = (counts + 1) / np.sum(counts + 1)

  def share(guess, where):
    return float(np.mean((guess == true)[where])) if where.any() else 0.0

  everywhere = np.ones(len(true), bool)
  found: dict[str, dict[str, float]] = {
    '': {
      'hold': share(HOLD, everywhere),
      'unigram': share(counts.argmax(), everywhere),
    },
    '_onsets': {'hold': 0.0, 'unigram': share(_begun(counts), onsets)},
    '_nats': {'unigram': float(-np.mean(np.log(shares[true])))},
  }
  if given is not None:
    known_soprano, soprano = given
    size = int(max(known_soprano.max(), soprano.max())) + 1
    table = np.zeros((size, classes))
    np.add.at(table, (known_soprano, known), 1)
    found['']['given_soprano'] = share(table.argmax(1)[soprano], everywhere)
    found['_onsets']['given_soprano'] = share(_begun(table)[soprano], onsets)
  return found


def _begun(counts):
  """The most common class [...] of counts [..., K], holds excepted."""
  return counts[..., 1:].argmax(-1) + 1
