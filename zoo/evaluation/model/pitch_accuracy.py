"""Pitch detection: the accuracy of a classifier of sound."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from zoo.evaluation.model.answers import ask
from zoo.questions import Conditional, asks

NO_NOISE = -100  # What zoo.encoders.frames writes where none was added.
_OCTAVE = 12


@asks(Conditional, fields=('waveform', 'spectrogram', 'mel', 'mfcc'))
def pitch_accuracy(
  model: Any,
  params: Any,
  state: Any,
  splits: Mapping[str, Mapping[str, np.ndarray]],
  *,
  split: Literal['train', 'validation', 'test'] = 'test',
) -> dict[str, Any]:
  """The share of windows whose pitch is recognized, by timbre and noise.

  Args:
    model: a Flax module with one stream, of labels.
    params, state: of the trained model.
    splits: {split: {field: [N, ...]}}, with the fields that the encoders of
      sound add with their option `labels`.
    split: the one that is scored.

  Returns:
    'examples', and {group: {column: share}}: `held_out_notes`, notes of timbres
    in the training set, and `held_out_timbre`, each without noise and, with the
    suffix `_noise_10`, with noise 10 dB louder than the note; `octave_apart`,
    right up to octaves, of all of them together; `training`, the training set.
    Columns are the 'model'; the 'autocorrelation' of the window; and the
    'unigram', the most common label in the training set.
  """
  arrays, train = splits[split], splits['train']
  if not len(arrays['label']):
    return {'examples': 0}
  found = _answers(model, params, state, arrays, train)
  truth = np.asarray(arrays['label'])
  groups = {}
  for new, name in enumerate(('held_out_notes', 'held_out_timbre')):
    for noise in np.unique(arrays['noise']):
      chosen = (arrays['new_timbre'] == new) & (arrays['noise'] == noise)
      ending = '' if noise == NO_NOISE else f'_noise_{noise}'
      if chosen.any():
        groups[name + ending] = chosen
  figures: dict[str, Any] = {
    name: {
      column: float(np.mean(guess[chosen] == truth[chosen]))
      for column, guess in found.items()
    }
    for name, chosen in groups.items()
  }
  figures['octave_apart'] = {
    column: float(np.mean((guess - truth) % _OCTAVE == 0))
    for column, guess in found.items()
  }
  known = np.asarray(train['label'])
  figures['training'] = {
    column: float(np.mean(guess == known))
    for column, guess in _answers(model, params, state, train, train).items()
  }
  return {'examples': len(truth), **figures}


def _answers(model, params, state, arrays, train):
  """{column: [N] labels}."""
  some = {k: v for k, v in arrays.items() if k != 'piece'}
  answers = ask(model, params, state, some)
  commonest = np.bincount(train['label']).argmax()
  return {
    'model': answers.likeliest[:, 0],
    'autocorrelation': np.asarray(arrays['autocorrelation']),
    'unigram': np.full(len(arrays['label']), commonest),
  }
