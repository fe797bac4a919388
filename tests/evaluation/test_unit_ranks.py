"""Ranks by hand, and what chance and a perfect ranker score."""

import importlib

import numpy as np

lib = importlib.import_module('zoo.evaluation.model.unit_ranks')


def test_ties_get_the_middle_rank():
  scores = np.array([[1, 0, 2, 1, 1], [5, 1, 1, 1, 1], [0, 0, 0, 0, 0.0]])
  assert lib._ranks(scores).tolist() == [3, 1, 3]


def test_chance_is_the_middle_rank():
  found = lib._figures(np.zeros((7, 100)), np.arange(7) < 3)
  assert found['mean_rank'] == found['novel_mean_rank'] == 50.5
  assert found['mean_rank_of_50'] == 25.5
  assert found['first'] == found['first_ten'] == 0


def test_weights_find_the_score_that_knows():
  random = np.random.default_rng(0)
  truth = random.normal(size=(300, 20))
  truth[:, 0] += 3
  noise = random.normal(size=(300, 20))
  weights = lib._fit({'truth': truth, 'noise': noise}, ('truth', 'noise'))
  # Of normal scores moved by d the right weight is d.
  assert 2.3 < weights['truth'] < 3.6
  assert abs(weights['noise']) < 0.3


def test_candidates_differ_from_the_true_bar_which_is_novel_or_not():
  pieces = [np.array([[2, 0], [3, 0], [2, 0]])]
  library = np.array([[2, 0], [3, 0], [4, 0], [5, 0]])
  joins = lib._joins(pieces, library, 10, 3, np.random.default_rng(0))
  assert joins.bars.tolist() == [1, 2]
  assert joins.novel.tolist() == [True, False]
  for number, true in enumerate(([3, 0], [2, 0])):
    first, *others = joins.candidates[number].tolist()
    assert first == true and true not in others
  # The past stands at the right.
  assert joins.past[0].tolist() == [[0, 0], [0, 0], [2, 0]]


def test_edges_of_a_bar():
  units = np.array([[1, 5, 0, 7], [1, 0, 0, 0]])
  first, last = lib._edges(units)
  assert (first.tolist(), last.tolist()) == ([5, -1], [7, -1])
