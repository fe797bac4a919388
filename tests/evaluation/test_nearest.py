"""The nearest training window, against a search in plain Python."""

import numpy as np
import pytest

from zoo.contracts import Spec, UserError
from zoo.evaluation.music.nearest_window import agreement, nearest_window

SPEC = Spec('melody', {}, {}, {}, 0.25, {}, {})


def window(*events):
  """Pitches, 0 for hold and 1 for note-off, as one window."""
  return np.array([[e if e < 2 else e - 19 for e in events]], np.int8)


def random_windows(count, seed=0):
  return np.random.default_rng(seed).integers(0, 90, (count, 8), np.int8)


def moved(row, shift):
  """A training window transposed; what leaves the piano equals nothing."""
  return [
    token if token < 2 else (token + shift if 2 <= token + shift < 90 else -1)
    for token in row
  ]


def search(windows, train, transpositions):
  """The definition, one comparison at a time."""
  best = []
  for true in windows.tolist():
    best.append(
      max(
        (
          sum(a == b for a, b in zip(true, other, strict=True)),
          sum(a == b != 0 for a, b in zip(true, other, strict=True)),
        )
        for row in train.tolist()
        for shift in transpositions
        for other in [moved(row, shift)]
      )
    )
  return best


@pytest.mark.parametrize('transpositions', [(0,), range(-5, 7)])
@pytest.mark.parametrize('lowest', [2, 60, 78])
def test_equals_a_search_in_python(transpositions, lowest):
  # 2..13 and 78..89 are the ends of the piano: pitches fall off it.
  rng = np.random.default_rng(3)
  tokens = rng.integers(lowest, lowest + 12, (45, 8))
  tokens = np.where(rng.random((45, 8)) < 0.5, 0, tokens)
  tokens = np.where(rng.random((45, 8)) < 0.1, 1, tokens).astype(np.int8)
  windows, train = tokens[:5], tokens[5:]
  found = agreement(windows, train, transpositions)
  assert found.tolist() == [
    list(b) for b in search(windows, train, transpositions)
  ]


def test_figures_by_hand():
  train = np.concatenate(
    [window(60, 0, 64, 0, 67, 0, 0, 0), window(48, 1, 0, 0, 50, 1, 0, 0)]
  )
  # The first in D, with the last note wrong: 7 of 8 steps, 2 of 3 onsets;
  # in the same key nothing but its five holds.
  test = window(62, 0, 66, 0, 70, 0, 0, 0)
  found = nearest_window(
    {'train': {'tokens': train}, 'test': {'tokens': test}}, SPEC
  )
  assert found == {
    'windows': 1,
    'accuracy': {
      'nearest_in_any_key': 7 / 8,
      'nearest_in_same_key': 5 / 8,
      'always_hold': 5 / 8,
    },
    'onset_accuracy': {
      'nearest_in_any_key': 2 / 3,
      'nearest_in_same_key': 0,
      'always_hold': 0,
    },
  }


def test_each_stream_of_a_trio_has_a_window_of_its_own():
  high, low = window(72, 0, 76, 0), window(40, 0, 0, 43)
  other = window(74, 1, 71, 0), window(38, 38, 38, 38)
  found = nearest_window(
    {
      'train': {
        'melody': np.concatenate([high, other[0]]),
        'bass': np.concatenate([other[1], low]),
      },
      'test': {'melody': high, 'bass': low},
    },
    SPEC._replace(encoder='trio'),
  )
  # The melody is the first training window's, the bass the second's.
  assert found['accuracy']['melody_nearest_in_same_key'] == 1
  assert found['accuracy']['bass_nearest_in_same_key'] == 1
  assert found['accuracy']['bass_always_hold'] == 2 / 4
  assert found['onset_accuracy']['melody_always_hold'] == 0


def test_windows_are_fixed_and_spread_over_the_set():
  train, test = random_windows(20, 1), random_windows(30, 2)
  splits = {'train': {'tokens': train}, 'test': {'tokens': test}}
  spread = {'train': {'tokens': train}, 'test': {'tokens': test[::3]}}
  assert nearest_window(splits, SPEC, count=10) == nearest_window(spread, SPEC)
  splits['test'] = {'tokens': train}
  assert nearest_window(splits, SPEC)['accuracy']['nearest_in_same_key'] == 1


def test_nothing_to_look_up():
  train = random_windows(5)
  splits = {'train': {'tokens': train}, 'test': {'tokens': train[:0]}}
  assert nearest_window(splits, SPEC) == {'windows': 0}
  with pytest.raises(UserError, match=r"'trio', not 'words'"):
    nearest_window(splits, SPEC._replace(encoder='words'))
