"""Form, keys and metre of rolls, by hand and by loops."""

import jax
import jax.numpy as jnp
import numpy as np

from zoo.layers import soft_constraints
from zoo.layers.soft_constraints import Grid

GRID = Grid(tuple(range(60, 72)), 4, 2, 8)


def rolls(seed=0):
  random = np.random.default_rng(seed)
  return jnp.float32(random.integers(0, 2, (2, 12, 12)))


def test_similarity_is_the_cosine_of_windows():
  roll = np.asarray(rolls())
  found = soft_constraints.similarity(jnp.asarray(roll), 2)
  assert found.shape == (2, 11, 11)
  windows = np.stack([roll[1, i : i + 2].ravel() for i in range(11)])
  length = np.linalg.norm(windows, axis=1)
  expected = windows @ windows.T / np.outer(length, length)
  np.testing.assert_allclose(found[1], expected, rtol=1e-4, atol=1e-5)


def test_a_scale_is_in_its_key():
  roll = np.zeros((8, 12), np.float32)
  for tonic in (0, 7):
    triad = np.array([0, 4, 7, 0, 2, 5, 11, 0]) + tonic
    scale = roll.copy()
    scale[np.arange(8), triad % 12] = 1
    found = soft_constraints.tonality(jnp.asarray(scale), GRID)
    assert found.shape == (1, 24)
    assert int(jnp.argmax(found[0])) == tonic
    assert (jnp.abs(found) <= 1).all()


def test_metre_counts_onsets_a_bar():
  roll = np.zeros((8, 12), np.float32)
  roll[0:2, 3] = 1  # an onset at step 0, held
  roll[4, 5] = roll[4, 6] = 1  # two at step 0 of the second bar
  roll[7, 3] = 1
  found = soft_constraints.metre(jnp.asarray(roll), 4)
  np.testing.assert_allclose(found, [1.5, 0, 0, 0.5])


def test_errors_are_zero_of_itself_and_have_the_gradient_of_differences():
  one, other = rolls(0), rolls(1)[0]
  traits = soft_constraints.traits(other, GRID)
  same = soft_constraints.traits(one, GRID)
  np.testing.assert_allclose(soft_constraints.errors(same, same), 0)

  @jax.jit
  def total(roll):
    found = soft_constraints.errors(soft_constraints.traits(roll, GRID), traits)
    return jnp.sum(found)

  # Steps rise and fall by far more than they are moved: where two are equal,
  # an onset has no derivative.
  random = np.random.default_rng(3)
  rise = 0.2 + 0.4 * (np.arange(12) % 2)[:, None]
  inside = jnp.float32(rise + random.uniform(0, 0.1, one.shape))
  way = jnp.float32(random.uniform(-1, 1, one.shape))
  slope, step = jax.grad(total)(inside), 2e-3
  ahead, back = total(inside + step * way), total(inside - step * way)
  np.testing.assert_allclose(
    (ahead - back) / (2 * step), jnp.vdot(slope, way), rtol=0.03, atol=1e-3
  )
