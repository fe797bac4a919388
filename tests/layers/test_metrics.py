"""Metrics against counts by hand."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zoo.layers import metrics

TOKENS = jnp.int32([[5, 0, 0, 7], [0, 0, 0, 0], [3, 3, 1, 0]])
GUESS = jnp.int32([[5, 0, 6, 2], [0, 0, 0, 0], [3, 0, 0, 0]])


def test_accuracies():
  np.testing.assert_allclose(metrics.accuracy(GUESS, TOKENS), [0.5, 1, 0.5])
  np.testing.assert_allclose(metrics.exact_match(GUESS, TOKENS), [0, 1, 0])
  np.testing.assert_allclose(
    metrics.onset_accuracy(GUESS, TOKENS), [1 / 2, 0, 1 / 3]
  )


def test_events_are_whatever_is_not_hold():
  right, true, guessed = metrics.event_counts(GUESS, TOKENS)
  np.testing.assert_array_equal(right, [1, 0, 1])
  np.testing.assert_array_equal(true, [2, 0, 3])
  np.testing.assert_array_equal(guessed, [3, 0, 1])
  right, true, _ = metrics.event_counts(GUESS, TOKENS, hold=3)
  np.testing.assert_array_equal(right, [2, 4, 1])
  np.testing.assert_array_equal(true, [4, 4, 2])


def test_cross_entropy_is_summed_over_time():
  logits = jnp.zeros((2, 3, 4)).at[1, :, 2].set(math.log(5))
  tokens = jnp.int32([[0, 1, 2], [2, 2, 0]])
  expected = [3 * math.log(4), 2 * math.log(8 / 5) + math.log(8)]
  np.testing.assert_allclose(
    metrics.cross_entropy(logits, tokens), expected, 1e-6
  )


def test_divergence_from_the_standard_normal():
  mu, sigma = jnp.float32([[0, 0], [3, 0]]), jnp.float32([[1, 1], [2, 0.5]])
  expected = 0.5 * (9 + 4 - 1 - math.log(4) + 0.25 - 1 + math.log(4))
  np.testing.assert_allclose(
    metrics.normal_divergence(mu, sigma), [0, expected], 1e-6
  )


def test_divergence_is_that_of_samples():
  mu, sigma = jnp.float32([0.5, -1]), jnp.float32([1.5, 0.3])
  z = mu + sigma * jax.random.normal(jax.random.key(0), (200_000, 2))
  ratio = jax.scipy.stats.norm.logpdf(
    z, mu, sigma
  ) - jax.scipy.stats.norm.logpdf(z)
  np.testing.assert_allclose(
    metrics.normal_divergence(mu, sigma), ratio.sum(1).mean(), 0.01
  )


def test_two_percent_positives_that_are_never_found():
  """Always no: accuracy .98, and precision (0/0) and recall are 0."""
  truth = jnp.arange(100) < 2
  matrix = metrics.confusion_matrix(jnp.zeros(100, int), truth.astype(int), 2)
  assert matrix.tolist() == [[98, 0], [2, 0]]
  precision, recall = metrics.precision_and_recall(matrix)
  assert float(jnp.trace(matrix)) / 100 == 0.98
  assert (float(precision[1]), float(recall[1])) == (0, 0)
  assert float(precision[0]) == pytest.approx(0.98)


def test_precision_and_recall_by_hand():
  """Class 2 is guessed three times, twice rightly, of four that there are."""
  predicted = jnp.array([2, 2, 2, 0, 1, 1])
  truth = jnp.array([2, 2, 0, 2, 2, 1])
  precision, recall = metrics.precision_and_recall(
    metrics.confusion_matrix(predicted, truth, 3)
  )
  assert precision.tolist() == pytest.approx([0, 1 / 2, 2 / 3])
  assert recall.tolist() == pytest.approx([0, 1, 1 / 2])
