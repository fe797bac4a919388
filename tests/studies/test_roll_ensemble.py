"""Several runs as one model: the mean of probabilities, frame by frame."""

from types import SimpleNamespace

import numpy as np
import pytest

from studies import roll_ensemble
from zoo.contracts import UserError


def test_a_mixture_has_the_mean_of_the_probabilities():
  shares = np.array([[0.5, 0.1, 0.9], [0.1, 0.3, 0.9]])
  found = roll_ensemble.mixture(list(np.log(shares)))
  np.testing.assert_allclose(found, np.log([0.3, 0.2, 0.9]))
  # Far below what a float64 can be.
  np.testing.assert_allclose(
    roll_ensemble.mixture([np.array([-2000.0]), np.array([-2000.0])]), [-2000]
  )


def test_runs_are_told_one_by_one_with_mean_and_spread():
  scores = [[np.array([-1.0, -3.0])], [np.array([-3.0, -3.0])]]
  told = roll_ensemble.summary(scores)
  assert [*told] == ['runs']
  runs = told['runs']
  assert runs['each'] == [-2, -3]
  assert runs['mean'] == -2.5
  np.testing.assert_allclose(runs['spread'], np.sqrt(0.5))
  first = np.log((np.exp(-1) + np.exp(-3)) / 2)
  np.testing.assert_allclose(runs['mixture'], (first - 3) / 2)
  assert roll_ensemble.summary(scores[:1])['runs']['spread'] == 0


def test_a_run_in_many_keys_is_their_mixture():
  keys = [np.array([each]) for each in np.log([0.1, 0.6, 0.2])]
  told = roll_ensemble.summary([keys, keys])
  np.testing.assert_allclose(told['runs']['each'], np.log([0.6, 0.6]))
  for name in ('mean', 'mixture'):
    np.testing.assert_allclose(told['runs_in_all_keys'][name], np.log(0.3))


def test_in_another_key_every_note_is_renamed_and_none_may_be_lost(monkeypatch):
  roll = np.zeros((1, 4, 3), np.uint8)
  roll[0, [0, 1, 2], [1, 2, 0]] = 1  # Then a silent frame.
  lowest = []

  def score(model, params, arrays):
    del model, params
    pitch = np.where(arrays['roll'].any(2), arrays['roll'].argmax(2), -1)
    lowest.append(pitch[0].tolist())
    return [-np.ones(4)]

  monkeypatch.setattr(roll_ensemble, 'frame_scores', score)
  arrays = {'roll': roll, 'length': np.array([4])}
  found = roll_ensemble.in_keys(None, None, arrays, 1)
  assert lowest == [[0, 1, -1, -1], [1, 2, 0, -1], [2, -1, 1, -1]]
  lost = -np.inf
  np.testing.assert_array_equal(
    found, [[-1, -1, lost, -1], [-1, -1, -1, -1], [-1, lost, -1, -1]]
  )


def test_runs_of_other_data_are_refused(monkeypatch):
  def load(workdir):
    return SimpleNamespace(
      meta={'data': workdir[-1]}, config={}, model=None, params=workdir
    )

  scores = {'a1': [[-1.0], [-3.0, -3.0]], 'b1': [[-3.0], [-3.0, -3.0]]}

  def score(model, params, arrays):
    return [np.array(piece) for piece in scores[params]]

  pieces = {'roll': np.zeros((2, 2, 1)), 'length': np.array([1, 2])}
  splits = {'validation': pieces, 'test': pieces}
  monkeypatch.setattr(roll_ensemble.assembly, 'load', load)
  monkeypatch.setattr(roll_ensemble, '_splits', lambda config: splits)
  monkeypatch.setattr(roll_ensemble, 'frame_scores', score)
  found = roll_ensemble.measure(['a1', 'b1'])
  np.testing.assert_allclose(found['test']['runs']['each'], [-7 / 3, -3])
  with pytest.raises(UserError, match='b2 was trained on other data than a1'):
    roll_ensemble.measure(['a1', 'b2'])
