"""Fixed points: where one is known, and what counts as another kind."""

import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Field, Spec
from zoo.models.stacked_autoencoder import StackedAutoencoder
from zoo.samplers import fixed_point
from zoo.samplers.latent import latent

SPEC = Spec(
  'image',
  {},
  {'image': Field((4,), 'uint8', 256, 'grey')},
  {'height': 2, 'width': 2},
  0.0,
  {},
  {},
)
KEYS = jax.random.split(jax.random.key(0), 6)


def test_kinds_differ_in_more_than_a_tenth():
  symbols = np.zeros((5, 4, 5), np.uint8)
  symbols[1, 0, :2] = 255  # 2 of 20: no more than a tenth
  symbols[2, 0, :3] = 255
  symbols[3, 0] = 100  # not half
  symbols[4, 0, :4] = 200  # one from the third
  np.testing.assert_array_equal(fixed_point.kinds(symbols), [0, 0, 1, 0, 1])


def test_iteration_ends_where_nothing_moves():
  """One unit of logistic memory: a half is left for one of two ends."""
  model = StackedAutoencoder.from_spec(SPEC, widths=(4,))
  # x -> sigmoid(10 (s - 1/2)) of s = sigmoid(10 (x - 1/2)).
  layer = {
    'kernel': 10 * jnp.eye(4),
    'bias': jnp.full(4, -5.0),
    'reverse': 10 * jnp.eye(4),
    'visible_bias': jnp.full(4, -5.0),
  }
  mode = latent(model, SPEC, rounds=60)['fixed_point']
  made = mode({'layer_0': layer}, {}, KEYS, {})
  assert mode.options == {'count': 256}
  starts = jax.vmap(lambda key: jax.random.uniform(key, (4,)))(
    jax.vmap(lambda key: jax.random.fold_in(key, fixed_point._START))(KEYS)
  )
  np.testing.assert_array_equal(made['image'] > 127, starts > 0.5)
  assert (np.asarray(made['change']) < fixed_point.REST).all()
  assert (np.asarray(made['rounds']) < 30).all()
  assert made['symbols'].shape == (6, 2, 2)
  assert '6 of 6' in mode.report({}, made)[0]
  (page,) = mode.drawings({}, made)
  kinds = len(next(iter(page.panels.values())))
  assert kinds == len(np.unique(starts > 0.5, axis=0))
  # Halved starts are nearer to the same ends.
  halved = latent(model, SPEC, rounds=60, noise='bits')['fixed_point']
  sooner = halved({'layer_0': layer}, {}, KEYS, {})
  np.testing.assert_array_equal(sooner['image'], made['image'])
  assert (np.asarray(sooner['rounds']) < np.asarray(made['rounds'])).all()


def test_starts_that_do_not_converge_are_reported():
  model = StackedAutoencoder.from_spec(SPEC, widths=(4,))
  layer = {
    'kernel': 10 * jnp.eye(4),
    'bias': jnp.full(4, -5.0),
    'reverse': -10 * jnp.eye(4),  # black becomes white and back
    'visible_bias': jnp.full(4, 5.0),
  }
  mode = latent(model, SPEC, rounds=9)['fixed_point']
  made = mode({'layer_0': layer}, {}, KEYS, {})
  assert (np.asarray(made['rounds']) == 10).all()
  assert '0 of 6' in mode.report({}, made)[0]
