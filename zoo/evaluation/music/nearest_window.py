"""How well a look-up in the training set would reconstruct a test window.

A model of melodies that reconstructs worse than the nearest training window has
not learned to encode. The look-up knows the test window, so it is a strong
baseline: on folk tunes it agrees in about 84 % of the steps, constant holds in
60 %.
"""

from typing import Any

import numpy as np

from zoo.contracts import Spec, UserError
from zoo.encoders.melody_windows import FIRST_PITCH, HOLD
from zoo.evaluation.music.melody_statistics import evenly
from zoo.questions import asks

TRANSPOSITIONS = range(-5, 7)  # Semitones: every key once.


@asks(fields=('tokens', 'melody'))
def nearest_window(
  splits: dict[str, dict[str, np.ndarray]],
  spec: Spec,
  *,
  count: int = 512,
) -> dict[str, Any]:
  """Accuracy of the training window that agrees in most steps.

  Args:
    splits: {'train', 'test'} -> {'tokens': [N, T] int8 melody tokens}, or for
      the encoder `trio` {'melody', 'bass'}.
    spec: of the encoder `melody` or `trio`.
    count: the most test windows that are looked up, evenly spaced.

  Returns:
    {'accuracy', 'onset_accuracy'} -> {'nearest_in_any_key',
    'nearest_in_same_key', 'always_hold'}, and 'windows', how many were looked
    up; with no test windows only that. Onset accuracy is over the steps whose
    true token is not a hold. Of a trio, each stream has columns of its own,
    such as 'melody_nearest_in_any_key', and a nearest window of its own.

  Raises:
    UserError: the encoder is neither `melody` nor `trio`.
  """
  streams = {'melody': ('tokens',), 'trio': ('melody', 'bass')}
  if spec.encoder not in streams:
    raise UserError(
      "The evaluator 'nearest_window' reads the encoders 'melody' and 'trio', "
      f"not '{spec.encoder}': take it out of evaluate."
    )
  found: dict[str, Any] = {'accuracy': {}, 'onset_accuracy': {}}
  for stream in streams[spec.encoder]:
    windows = evenly(splits['test'][stream], count)
    if len(windows) == 0:
      return {'windows': 0}
    named = '' if stream == 'tokens' else f'{stream}_'
    for column, matches in _matches(windows, splits['train'][stream]).items():
      onsets = max(int((windows != HOLD).sum()), 1)
      right, right_onsets = matches.sum(0)
      found['accuracy'][named + column] = float(right / windows.size)
      found['onset_accuracy'][named + column] = float(right_onsets / onsets)
  return {'windows': len(windows), **found}


def _matches(windows, train):
  """{column: [n, 2]}, as `agreement` has them."""
  held = windows == HOLD
  return {
    'nearest_in_any_key': agreement(windows, train, TRANSPOSITIONS),
    'nearest_in_same_key': agreement(windows, train, (0,)),
    'always_hold': np.stack([held.sum(1), np.zeros(len(held), int)], axis=1),
  }


def agreement(
  windows: np.ndarray, train: np.ndarray, transpositions
) -> np.ndarray:
  """How far each window agrees with the nearest transposed training window.

  The nearest is the one with most equal steps; ties go to the one with most
  equal steps that are not holds, so that the order does not matter.

  Args:
    windows: [n, T] int8 melody tokens.
    train: [N, T] int8 melody tokens.
    transpositions: of the training windows, in semitones.

  Returns:
    [n, 2] int: equal steps, and those of them that are not holds.
  """
  # A step of all training windows is contiguous and stays in the cache.
  # Transposing the one window down equals transposing all training windows up;
  # holds and note-offs are compared once for all keys.
  columns = np.ascontiguousarray(train.T)
  number = np.min_scalar_type(len(columns))
  equal = np.empty(len(train), bool)

  def add(step, token, total):
    np.equal(columns[step], token, out=equal)
    np.add(total, equal.view(np.uint8), out=total)

  best = np.zeros((len(windows), 2), int)
  for place, window in enumerate(windows):
    holds = np.zeros(len(train), number)
    fixed = np.zeros(len(train), number)
    for step in np.flatnonzero(window < FIRST_PITCH):
      add(step, window[step], holds if window[step] == HOLD else fixed)
    pitched = np.flatnonzero(window >= FIRST_PITCH)
    for shift in transpositions:
      moved = fixed.copy()
      for step in pitched:
        token = int(window[step]) - shift
        if token >= FIRST_PITCH:
          add(step, np.int8(token), moved)
      total = holds.astype(np.int32) + moved
      nearest = np.argmax(total * (len(columns) + 1) + moved)
      found = int(total[nearest]), int(moved[nearest])
      best[place] = max(tuple(best[place]), found)
  return best
