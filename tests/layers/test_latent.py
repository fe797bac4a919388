"""Paths, averages, attribute vectors and the fitted prior, by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zoo.layers import latent

RIGHT, UP = jnp.float32([2, 0]), jnp.float32([0, 2])


def test_slerp_turns_at_an_even_rate():
  shares = jnp.linspace(0, 1, 5)
  angles = np.pi / 2 * np.arange(5) / 4
  path = latent.slerp(RIGHT, UP, shares)
  expected = 2 * np.stack([np.cos(angles), np.sin(angles)], 1)
  np.testing.assert_allclose(path, expected, atol=1e-6)


@pytest.mark.parametrize(
  'other', [RIGHT, 3 * RIGHT, -RIGHT, 0 * RIGHT, RIGHT + 1e-7 * UP]
)
def test_slerp_of_parallel_vectors_is_the_straight_line(other):
  path = latent.slerp(RIGHT, other, jnp.linspace(0, 1, 3))
  expected = jnp.stack([RIGHT, (RIGHT + other) / 2, other])
  np.testing.assert_allclose(path, expected, atol=1e-6)


def test_lerp_and_average():
  path = latent.lerp(RIGHT, UP, jnp.linspace(0, 1, 3))
  np.testing.assert_allclose(path, [[2, 0], [1, 1], [0, 2]])
  np.testing.assert_allclose(latent.average(path), [1, 1])


def test_attribute_vector_is_top_quartile_minus_bottom_quartile():
  codes = jnp.float32(
    [[4, 0], [1, 1], [7, 0], [5, 5], [0, 0], [2, 2], [3, 1], [6, 2]]
  )
  vector = latent.attribute_vector(codes, codes[:, 0])
  np.testing.assert_allclose(vector, [6.5 - 0.5, 1 - 0.5])


@pytest.mark.parametrize(
  ('values', 'top', 'bottom'),
  [
    # Most lack it: the one that has it against those that have not.
    ([0, 0, 0, 0, 0, 0, 0, 9], [7], range(7)),
    # Three share the edge of the top quartile.
    ([0, 1, 2, 3, 4, 7, 7, 7], [5, 6, 7], [0, 1]),
    ([5] * 8, [], range(8)),  # none has more
  ],
)
def test_ties_do_not_depend_on_the_order(values, top, bottom):
  codes = jnp.float32(np.random.default_rng(0).normal(size=(8, 2)))
  means = [codes[np.array(some, int)].mean(0) for some in (top or [0], bottom)]
  expected = means[0] - means[1] if top else np.zeros(2)
  for order in (slice(None), slice(None, None, -1)):
    vector = latent.attribute_vector(codes[order], jnp.float32(values)[order])
    np.testing.assert_allclose(vector, expected, rtol=1e-5)


def test_a_mixture_finds_its_clusters_and_their_spread():
  rng = np.random.default_rng(0)
  centres = np.float32([[0, 0], [20, 0], [0, 30]])
  which = rng.choice(3, 3000, p=[0.5, 0.3, 0.2])
  skew = np.float32([[1, 0], [0.8, 0.6]])
  codes = centres[which] + rng.normal(size=(3000, 2)).astype('f') @ skew.T
  mixture = latent.fit_mixture(jax.random.key(1), jnp.asarray(codes), 3)
  order = np.argsort(-mixture.weights)
  np.testing.assert_allclose(mixture.centres[order], centres, atol=0.2)
  np.testing.assert_allclose(mixture.weights[order], [0.5, 0.3, 0.2], atol=0.03)
  spread = mixture.scale @ mixture.scale.T
  np.testing.assert_allclose(spread, skew @ skew.T, atol=0.1)

  drawn = latent.sample_mixture(
    jax.random.split(jax.random.key(2), 3000), mixture
  )
  distance = np.linalg.norm(drawn[:, None] - centres, axis=-1)
  shares = np.bincount(distance.argmin(1), minlength=3) / 3000
  np.testing.assert_allclose(shares, [0.5, 0.3, 0.2], atol=0.04)
  assert distance.min(1).mean() < 2


def test_more_components_than_codes_have_no_weight():
  codes = jnp.float32([[0, 0], [1, 1]])
  mixture = latent.fit_mixture(jax.random.key(0), codes, 5)
  assert mixture.centres.shape == (5, 2)
  assert sorted(mixture.weights.tolist()) == [0, 0, 0, 0.5, 0.5]
  assert np.isfinite(mixture.scale).all()
