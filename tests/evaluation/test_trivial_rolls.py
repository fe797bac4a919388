"""Trivial models of rolls, by hand."""

import math

import numpy as np
import pytest

from zoo.evaluation.model import trivial_rolls


def _rolls(*pieces):
  longest = max(map(len, pieces), default=0)
  roll = np.zeros((len(pieces), longest, 2), np.uint8)
  for place, piece in enumerate(pieces):
    roll[place, : len(piece)] = piece
  length = np.array([len(piece) for piece in pieces])
  return trivial_rolls.rolls_of({'roll': roll, 'length': length})


A, AB, B, NONE = (1, 0), (1, 1), (0, 1), (0, 0)
TRAIN = _rolls([A, A, AB], [A])
TEST = _rolls([A, AB])


def test_padding_is_not_music_and_silence_comes_before():
  assert TRAIN.frames.tolist() == [list(map(bool, x)) for x in (A, A, AB, A)]
  assert TRAIN.start.tolist() == [True, False, False, True]
  assert TRAIN.before.tolist() == [
    list(map(bool, x)) for x in (NONE, A, A, NONE)
  ]


def test_likelihoods_by_hand():
  found = trivial_rolls.log_likelihoods(TRAIN, _rolls([A, A, B, A]), TEST)
  assert found['random'] == pytest.approx(-2 * math.log(2))
  # Shares (4 + 1/2) / 5 and (1 + 1/2) / 5; frames A and AB.
  one, both = 0.9 * 0.7, 0.9 * 0.3
  assert found['note_unigram'] == pytest.approx(math.log(one * both) / 2)
  # Weight w of coins: 3 times 3/4 (1 - w) + w/4, once w/4; best is w = 3/8.
  w = 3 / 8
  one, both = (0.75 * (1 - w) + w / 4), (0.25 * (1 - w) + w / 4)
  assert found['chord_unigram'] == pytest.approx(math.log(one * both) / 2)
  # After A sounded, twice: it sounds again twice, 2.5 / 3; B after silence,
  # twice: sounds once, 1.5 / 3. The first frame is a note 1-gram's.
  expected = math.log(0.9 * 0.7) + math.log(2.5 / 3 * 0.5)
  assert found['note_markov'] == pytest.approx(expected / 2)


def test_without_validation_no_weight_is_known():
  found = trivial_rolls.log_likelihoods(TRAIN, _rolls(), TEST)
  assert found.keys() == {'random', 'note_unigram', 'note_markov'}


def test_a_chord_that_only_the_test_has_is_not_impossible():
  # All three of validation are known: coins get the weight of a fourth.
  found = trivial_rolls.log_likelihoods(
    TRAIN, _rolls([A, A, AB]), _rolls([B, A])
  )
  expected = math.log(1 / 4 / 4) + math.log(3 / 4 * 3 / 4 + 1 / 4 / 4)
  assert found['chord_unigram'] == pytest.approx(expected / 2)


def test_accuracy_counts_notes():
  # One right, one missed, one too many.
  guess, frames = np.array([A, B]), np.array([AB, NONE])
  assert trivial_rolls.accuracy(guess, frames) == pytest.approx(1 / 3)
  assert trivial_rolls.accuracy(frames, frames) == 1
