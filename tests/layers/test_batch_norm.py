"""Batch normalisation: by the batch in training, by running means elsewhere."""

import jax
import jax.numpy as jnp
import numpy as np

from zoo.layers.batch_norm import BatchNorm
from zoo.training import parallel

X = jnp.asarray(np.random.default_rng(0).normal(3, 2, (6, 4, 2)), jnp.float32)


def test_by_the_batch_in_training_and_by_running_means_elsewhere():
  layer = BatchNorm()
  variables = layer.init(jax.random.key(0), X)
  np.testing.assert_allclose(layer.apply(variables, X), X, rtol=1e-4)
  found, moved = layer.apply(variables, X, mutable=['batch_stats'])
  np.testing.assert_allclose(found.mean((0, 1)), 0, atol=1e-5)
  np.testing.assert_allclose(found.std((0, 1)), 1, atol=1e-4)
  mean = np.asarray(X).mean((0, 1))
  np.testing.assert_allclose(
    moved['batch_stats']['mean'], 0.1 * mean, rtol=1e-5
  )
  np.testing.assert_allclose(
    moved['batch_stats']['variance'],
    0.9 + 0.1 * np.asarray(X).var((0, 1)),
    rtol=1e-5,
  )


def test_the_batch_is_that_of_all_devices(monkeypatch):
  layer = BatchNorm()
  variables = layer.init(jax.random.key(0), X)

  def train(x):
    return layer.apply(variables, x, mutable=['batch_stats'])[0]

  whole = train(X)
  monkeypatch.setattr(jax, 'local_device_count', lambda: 2)
  monkeypatch.setattr(parallel, '_taken', None)
  halves = jax.vmap(train, axis_name=parallel.AXIS)(X.reshape(2, 3, 4, 2))
  np.testing.assert_allclose(
    halves.reshape(X.shape), whole, rtol=1e-4, atol=1e-5
  )
