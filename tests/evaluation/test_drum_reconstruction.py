"""Figures of reconstructed drums, counted by hand."""

import math

import numpy as np
import pytest

from zoo.contracts import UserError
from zoo.encoders import ENCODERS
from zoo.evaluation.music.drum_reconstruction import (
  baselines,
  drum_reconstruction,
  f1_by_class,
  figures,
  nearest,
)

KICK, SNARE, HAT = 1, 2, 4


def test_figures_by_hand():
  """8 steps, 5 of them struck; 5 hits kept of 6 written and 7 true."""
  truth = np.array([[KICK | HAT, 0, HAT, SNARE], [KICK, 0, HAT | SNARE, 0]])
  made = np.array([[KICK | HAT, 0, HAT, 0], [KICK, HAT, HAT, 0]])
  found = figures(truth, made)
  assert found['step_accuracy'] == 5 / 8
  assert found['onset_step_accuracy'] == 3 / 5
  assert found['f1'] == pytest.approx(2 * 5 / (6 + 7))
  assert found['exact'] == 0
  by = f1_by_class(truth, made)
  assert by['kick'] == 1 and by['snare'] == 0
  assert by['closed_hat'] == pytest.approx(2 * 3 / (4 + 3))
  assert math.isnan(by['crash'])


def test_a_perfect_reconstruction():
  truth = np.array([[1, 511, 0, 256]])
  assert set(figures(truth, truth).values()) == {1.0}


def test_silence_has_no_onset_accuracy():
  found = figures(np.zeros((1, 4), int), np.zeros((1, 4), int))
  assert found['step_accuracy'] == found['exact'] == 1
  assert math.isnan(found['onset_step_accuracy']) and math.isnan(found['f1'])


def test_windows_must_match():
  with pytest.raises(ValueError, match='against'):
    figures(np.zeros((1, 4), int), np.zeros((1, 3), int))


def test_baselines_by_hand():
  train = np.array([[1, 0, 1, 0], [1, 0, 2, 0], [1, 3, 0, 0]])
  test = np.array([[1, 0, 1, 2]])
  found = baselines(train, test, 2)
  assert found['most_frequent']['step_accuracy'] == 1 / 4  # silence
  assert found['most_frequent']['onset_step_accuracy'] == 0
  # At each step 1, 0, then 0 (the first of equals), 0.
  assert found['most_frequent_at_step']['step_accuracy'] == 2 / 4
  assert found['most_frequent_at_step']['onset_step_accuracy'] == 1 / 3
  # The second bar, 1 2, against the first, 1 0.
  assert found['bar_copied']['step_accuracy'] == 1 / 2
  assert found['bar_copied']['onset_step_accuracy'] == 1 / 2
  assert found['bar_copied']['f1'] == pytest.approx(2 / 3)
  assert found['nearest_window']['step_accuracy'] == 3 / 4
  assert found['nearest_window']['f1_by_class']['kick'] == 1


def test_of_equally_near_windows_the_one_with_more_hits_in_common():
  train = np.array([[0, 0, 9, 9], [1, 9, 2, 9]])
  assert nearest(train, np.array([[1, 0, 2, 0]])).tolist() == [1]
  assert nearest(train, np.array([[0, 0, 3, 3]])).tolist() == [0]


def test_one_bar_has_no_bar_to_copy_and_no_test_set_no_figures():
  train = np.array([[1, 0]])
  assert 'bar_copied' not in baselines(train, train, 2)
  assert baselines(train, np.zeros((0, 2), int), 2) == {}


def test_the_look_up_takes_windows_evenly():
  train = np.arange(8)[:, None]
  found = baselines(train, train, 1, count=4)
  assert found['nearest_window']['exact'] == 1


def test_the_evaluator_counts_what_a_model_gives_back():
  """A model that omits the snare, one hit of each of three windows."""
  spec = ENCODERS['drums']().spec
  test = np.zeros((3, 32), np.int16)
  test[:, 0], test[:, 8] = KICK | HAT, SNARE
  splits = {
    'train': {'tokens': test[:1] & HAT, 'piece': np.zeros(1)},
    'test': {'tokens': test, 'piece': np.zeros(3)},
  }

  def forgets(given):
    assert set(given) == {'tokens'}
    return {'tokens': given['tokens'] & ~SNARE}

  found = drum_reconstruction(forgets, splits, spec)
  assert found['windows'] == 3
  assert found['step_accuracy']['model'] == 31 / 32
  assert found['onset_step_accuracy']['model'] == 1 / 2
  assert found['f1']['model'] == pytest.approx(2 * 2 / (2 + 3))
  assert found['f1_kick']['model'] == 1 and found['f1_snare']['model'] == 0
  assert found['step_accuracy']['nearest_window'] == 30 / 32
  assert found['step_accuracy']['bar_copied'] == 14 / 16
  assert 'model' not in found.get('f1_crash', {})
  empty = {
    split: {k: v[:0] for k, v in splits['test'].items()} for split in splits
  }
  assert drum_reconstruction(forgets, empty, spec) == {'windows': 0}
  with pytest.raises(UserError, match="'drums' and 'trio', not 'melody'"):
    drum_reconstruction(forgets, splits, ENCODERS['melody']().spec)
