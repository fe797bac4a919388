"""Heads: the worked examples of the course, and what each head selects."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zoo.layers.heads import HEADS, above_threshold, divergence, draw_class


@pytest.mark.parametrize(
  'chance, nats', [(0.34, 1.08), (0.12, 2.12), (0.07, 2.66)]
)
def test_the_figures_of_the_slides(chance, nats):
  """-log of the probability of the true class."""
  predicted = jnp.array([0.5, chance, 0.5 - chance])
  logits = jnp.log(predicted)
  error = HEADS['softmax'].error(logits[None], jnp.array([1]))
  assert float(error[0]) == pytest.approx(nats, abs=0.005)
  truth = jnp.array([0.0, 1.0, 0.0])
  assert float(divergence(truth, logits)) == pytest.approx(nats, abs=0.005)
  error = HEADS['distribution'].error(logits, truth)
  assert float(error) == pytest.approx(nats, abs=0.005)


def test_divergence_by_hand():
  """1/2 log (1/2 / 1/4) + 1/2 log (1/2 / 3/4) = .1438; not symmetric."""
  one, other = jnp.array([0.5, 0.5]), jnp.array([0.25, 0.75])
  for truth, predicted, nats in (
    (one, other, 0.14384),
    (other, one, 0.13081),
    (one, one, 0),
  ):
    found = float(divergence(truth, jnp.log(predicted)))
    assert found == pytest.approx(nats, abs=1e-5)


def test_divergence_from_what_has_almost_no_chance():
  """1/2 log (1/2 / 1) + 1/2 log (1/2 / e^-200) = 100 - log 2."""
  error = HEADS['distribution'].error
  logits, truth = jnp.array([0.0, -200.0]), jnp.array([0.5, 0.5])
  assert float(error(logits, truth)) == pytest.approx(100 - np.log(2))
  slope = jax.grad(error)(logits, truth)
  np.testing.assert_allclose(slope, [0.5, -0.5])
  certain = jnp.array([1.0, 0.0])
  assert float(error(logits, certain)) == 0
  assert jax.grad(error)(logits, certain).tolist() == [0, 0]


def test_values_are_compared_by_squares_or_by_distance():
  predicted, truth = jnp.array([[60.0, 67.0]]), jnp.array([[62.0, 66.0]])
  assert HEADS['value'].error(predicted, truth).tolist() == [5.0]
  assert HEADS['absolute'].error(predicted, truth).tolist() == [3.0]
  assert HEADS['value'].draw(jnp.array([61.6])).tolist() == [62.0]


def test_a_sigmoid_a_class_counts_the_wrong_ones_too():
  """Chances .8 and .3 of the truth (1, 0): -log .8 - log .7 = .5798."""
  logits = jnp.log(jnp.array([0.8 / 0.2, 0.3 / 0.7]))
  for error in (
    HEADS['sigmoid'].error(logits, jnp.array(0)),
    HEADS['multilabel'].error(logits, jnp.array([1.0, 0.0])),
    HEADS['binary'].error(logits, jnp.array([1.0, 0.0])),
  ):
    assert float(error) == pytest.approx(0.5798, abs=1e-4)


def test_at_most_so_many_notes_above_the_threshold():
  logits = jnp.array([2.0, -1.0, 0.5, 3.0])
  assert above_threshold(logits).tolist() == [True, False, True, True]
  assert above_threshold(logits, most=2).tolist() == [True, False, False, True]
  assert above_threshold(logits, 0.9).tolist() == [False, False, False, True]
  assert HEADS['binary'].draw(logits).tolist() == [True, False, True, True]


def drawn_shares(name, logits, temperature=1.0):
  uniforms = jax.random.uniform(jax.random.key(0), (4000,))
  found = HEADS[name].draw(jnp.tile(logits, (4000, 1)), uniforms, temperature)
  return np.bincount(np.asarray(found), minlength=len(logits)) / 4000


def test_drawing_follows_the_softmax_and_argmax_does_not():
  logits = jnp.log(jnp.array([0.2, 0.7, 0.1]))
  assert int(HEADS['softmax'].draw(logits, None, 0.0)) == 1
  shares = drawn_shares('softmax', logits)
  np.testing.assert_allclose(shares, [0.2, 0.7, 0.1], atol=0.03)


def test_sigmoids_are_drawn_in_proportion_to_their_probabilities():
  """.9 and .5: .9 / 1.4 = .64; in proportion to the odds 9 and 1 it is .9."""
  logits = jnp.log(jnp.array([0.9 / 0.1, 0.5 / 0.5]))
  shares = drawn_shares('sigmoid', logits)
  np.testing.assert_allclose(shares, [0.643, 0.357], atol=0.03)
  # At temperature 1/2 in proportion to the squares, .81 and .25.
  shares = drawn_shares('sigmoid', logits, 0.5)
  np.testing.assert_allclose(shares, [0.764, 0.236], atol=0.03)
  assert int(HEADS['sigmoid'].draw(logits)) == 0


@pytest.mark.parametrize('name', ['softmax', 'sigmoid'])
def test_the_log_probabilities_of_the_classes_are_those_of_what_is_drawn(name):
  logits = jnp.array([1.0, -0.5, 0.3, -2.0])
  logs = HEADS[name].log_prob(jnp.tile(logits, (4, 1)), jnp.arange(4))
  assert float(jnp.exp(logs).sum()) == pytest.approx(1, abs=1e-6)
  np.testing.assert_allclose(
    drawn_shares(name, logits), jnp.exp(logs), atol=0.03
  )
  # What training minimises is never less than -log p.
  errors = HEADS[name].error(jnp.tile(logits, (4, 1)), jnp.arange(4))
  assert (errors >= -logs - 1e-6).all()


def test_activations():
  logits = jnp.array([0.0, 0.0])
  assert HEADS['softmax'].activation(logits).tolist() == [0.5, 0.5]
  assert HEADS['sigmoid'].activation(jnp.array(0.0)) == 0.5
  assert HEADS['value'].activation(jnp.array(61.5)) == 61.5


def test_a_class_is_drawn_by_the_inverse_of_its_distribution():
  logits = jnp.log(jnp.array([0.1, 0.6, 0.3, 0.0]))
  rows = jnp.tile(logits, (1000, 1))
  uniforms = (jnp.arange(1000) + 0.5) / 1000
  counts = np.bincount(draw_class(rows, uniforms, 1.0), minlength=4)
  assert counts.tolist() == [100, 600, 300, 0]
  # Squared and normed at temperature 1/2: .01, .36, .09 of .46.
  counts = np.bincount(draw_class(rows, uniforms, 0.5), minlength=4)
  np.testing.assert_allclose(counts / 1000, [1 / 46, 36 / 46, 9 / 46, 0], 0.05)
  assert set(np.asarray(draw_class(rows, uniforms, 0)).tolist()) == {1}
  # The largest number below 1 is not beyond the last class that may be.
  edge = jnp.full(1000, np.nextafter(np.float32(1), np.float32(0)))
  assert set(np.asarray(draw_class(rows, edge, 1.0)).tolist()) == {2}
