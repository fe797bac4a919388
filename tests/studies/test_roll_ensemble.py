"""Mixtures of runs: the mean of probabilities, frame by frame."""

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


def test_runs_are_reported_one_by_one_with_mean_and_spread():
  scores = [np.array([-1.0, -3.0]), np.array([-3.0, -3.0])]
  result = roll_ensemble.summary(scores)
  assert result['runs'] == [-2, -3]
  assert result['mean'] == -2.5
  np.testing.assert_allclose(result['spread'], np.sqrt(0.5))
  first = np.log((np.exp(-1) + np.exp(-3)) / 2)
  np.testing.assert_allclose(result['mixture'], (first - 3) / 2)
  assert roll_ensemble.summary(scores[:1])['spread'] == 0


def test_runs_of_other_data_are_refused(monkeypatch):
  def load(workdir):
    return SimpleNamespace(
      meta={'data': workdir[-1]},
      config={},
      model=None,
      params=workdir,
      state={},
    )

  nats = {'a1': [1.0, 3.0, 3.0], 'b1': [3.0, 3.0, 3.0]}

  def score(model, params, state, arrays):
    return SimpleNamespace(nats=np.array(nats[params])[:, None])

  splits = {'validation': {}, 'test': {}}
  monkeypatch.setattr(roll_ensemble.assembly, 'load', load)
  monkeypatch.setattr(roll_ensemble, '_splits', lambda config: splits)
  monkeypatch.setattr(roll_ensemble, 'scores', score)
  found = roll_ensemble.measure(['a1', 'b1'])
  np.testing.assert_allclose(found['test']['runs'], [-7 / 3, -3])
  with pytest.raises(UserError, match='a1 were trained on different data'):
    roll_ensemble.measure(['a1', 'b2'])
