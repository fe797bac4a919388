"""The 5-gram model by hand, and a study of a model that needs no training."""

from types import SimpleNamespace

import numpy as np
import pytest

from studies import attributes as attributes_study
from studies import interpolation
from studies.ngram import NGram


def test_witten_bell_by_hand():
  # Of the row 0 1 0 1 with two classes: c(0) = c(1) = 2, and 0 is followed by
  # 1 alone, twice.
  model = NGram(np.array([[0, 1, 0, 1]]), 2, order=2)
  unigram = (2 + 2 / 2) / (4 + 2)  # of either: two kinds follow nothing
  after_zero = (2 + 1 * unigram) / (2 + 1)
  first = (1 + 1 * unigram) / (1 + 1)  # the start was followed by 0, once
  after_one = (1 + 1 * unigram) / (1 + 1)  # once by 0
  np.testing.assert_allclose(
    model.probability(np.array([[0, 1, 0, 1]])),
    [[first, after_zero, after_one, after_zero]],
  )


def test_probabilities_add_up_to_one_after_any_history():
  random = np.random.default_rng(0)
  model = NGram(random.integers(0, 4, (50, 8)), 4)
  rows = random.integers(0, 4, (20, 8))  # many histories are unseen
  for step in range(8):
    total = 0
    for token in range(4):
      asked = rows.copy()
      asked[:, step] = token
      total = total + model.probability(asked)[:, step]
    np.testing.assert_allclose(total, 1)


def test_a_history_that_was_learned_costs_less():
  row = np.tile([2, 0, 3, 0], 4)[None]
  model = NGram(np.repeat(row, 9, 0), 5)
  assert model.cost(row) < 0.2 < model.cost(row[:, ::-1] * 0 + 4)


def test_what_moved_and_what_could_not():
  before = np.array([0.0, 0.5, 0.5, 1.0])
  after = {
    1: np.array([0.5, 0.6, 0.5, 0.9]),  # up, up, tied, at its bound
    -1: np.array([0.1, 0.6, 0.4, 0.9]),  # at its bound, wrong, right, right
  }
  found = attributes_study.judge(before, after, (0, 1))
  assert found == {
    'right': pytest.approx(4 / 5),
    'tied': pytest.approx(1 / 6),
    'at_bound': pytest.approx(2 / 8),
    'asked': 8,
  }


def test_melodies_are_counted_in_all_keys_that_fit():
  trained = SimpleNamespace(
    spec=SimpleNamespace(sizes={'classes': 6}),
    splits={'train': {'tokens': np.array([[2, 0, 3, 1]])}},
  )
  found = interpolation.in_all_keys(trained)
  np.testing.assert_array_equal(
    found, [[2, 0, 3, 1], [3, 0, 4, 1], [4, 0, 5, 1]]
  )
