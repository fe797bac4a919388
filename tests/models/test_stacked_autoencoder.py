"""The stack of autoencoders: sizes, weights by hand, its alternatives."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.parameters import shapes
from zoo.contracts import Field, Spec, UserError
from zoo.models.stacked_autoencoder import StackedAutoencoder
from zoo.models.stacked_classifier import StackedClassifier

FIELDS = {
  'image': Field((6,), 'uint8', kind='grey'),
  'label': Field((), 'int32', 3),
}
SPEC = Spec('toy', {}, FIELDS, {}, 0.0, {}, {})
IMAGES = np.random.default_rng(1).integers(0, 256, (5, 6)).astype(np.uint8)
BATCH = {'image': IMAGES}
ROWS = jnp.asarray(IMAGES / np.float32(255))
KEYS = jax.random.split(jax.random.key(2), 5)


def begin(model):
  return model.init(jax.random.key(0), BATCH)


def size(model):
  return sum(
    x.size for x in jax.tree.leaves(shapes(model.init, BATCH)['params'])
  )


def test_parameter_counts():
  # Tied: one weight matrix and both biases a layer.
  tied = StackedAutoencoder.from_spec(SPEC, widths=(4, 2), tied=True)
  assert size(tied) == (6 * 4 + 4 + 6) + (4 * 2 + 2 + 4)
  untied = StackedClassifier.from_spec(SPEC, widths=(4, 2))
  assert size(untied) == size(tied) + 6 * 4 + 4 * 2 + (2 * 3 + 3)
  deephear = Spec(
    'toy', {}, {'roll': Field((64, 88), 'uint8', 2, 'bit')}, {}, 0.25, {}, {}
  )
  model = StackedAutoencoder.from_spec(
    deephear, widths=(1024, 256, 64, 16), tied=True
  )
  shapes = jax.eval_shape(
    model.init, jax.random.key(0), {'roll': jnp.zeros((1, 64, 88))}
  )
  widths = (5632, 1024, 256, 64, 16)
  expected = sum(a * b + a + b for a, b in itertools.pairwise(widths))
  assert sum(x.size for x in jax.tree.leaves(shapes)) == expected == 6_055_056


def test_numbers_by_hand():
  model = StackedAutoencoder.from_spec(
    SPEC, widths=(2, 1), tied=True, activation='tanh'
  )
  params = {
    'layer_0': {
      'kernel': jnp.arange(12.0).reshape(6, 2) / 10,
      'bias': jnp.array([0.5, -0.5]),
      'visible_bias': jnp.arange(6.0),
    },
    'layer_1': {
      'kernel': jnp.array([[2.0], [-1.0]]),
      'bias': jnp.array([0.25]),
      'visible_bias': jnp.array([1.0, 0.0]),
    },
  }
  batch = {'image': np.array([[255, 0, 0, 0, 0, 255]], np.uint8)}
  # Rows 0 and 5 of the kernel: [0, .1] + [1, 1.1]
  first = np.tanh([1.5, 0.7])
  code = np.tanh(2 * first[0] - first[1] + 0.25)
  down = np.tanh(code * np.array([2, -1]) + [1, 0])
  logits = params['layer_0']['kernel'] @ down + np.arange(6)
  found = model.apply({'params': params}, batch)
  np.testing.assert_allclose(found[0], logits, rtol=1e-5)
  upto = model.apply({'params': params}, batch, 1, method='below')
  np.testing.assert_allclose(upto[0], first, rtol=1e-5)
  upto = model.apply({'params': params}, batch, 0, method='below')
  np.testing.assert_array_equal(upto, [[1, 0, 0, 0, 0, 1]])


def test_first_weights_are_glorots_four_times_wider_for_sigmoids():
  kernels = {}
  for activation in ('tanh', 'sigmoid'):
    model = StackedAutoencoder.from_spec(
      SPEC, widths=(50, 50), activation=activation
    )
    kernel = begin(model)['params']['layer_1']['kernel']
    kernels[activation] = float(jnp.abs(kernel).max())
  limit = np.sqrt(6 / 100)
  assert 0.95 * limit < kernels['tanh'] <= limit
  assert 3.8 * limit < kernels['sigmoid'] <= 4 * limit


def test_a_residual_layer_adds_what_it_reads():
  plain = StackedAutoencoder.from_spec(SPEC, widths=(4, 4))
  residual = plain.copy(residual=True)
  variables = begin(plain)
  first = plain.apply(variables, BATCH, 1, method='below')
  # 6 to 4 cannot be added, 4 to 4 can.
  np.testing.assert_array_equal(
    first, residual.apply(variables, BATCH, 1, method='below')
  )
  np.testing.assert_allclose(
    residual.apply(variables, BATCH, method='encode')[0],
    plain.apply(variables, BATCH, method='encode')[0] + first,
    rtol=1e-6,
  )


def test_dropout_is_for_training_alone():
  model = StackedAutoencoder.from_spec(SPEC, widths=(200,), dropout=0.5)
  variables = begin(model)
  whole, _ = model.apply(variables, BATCH, method='encode')
  some, _ = model.apply(variables, BATCH, KEYS, method='encode')
  kept = np.asarray(some != 0)
  assert 0.4 < kept.mean() < 0.6
  np.testing.assert_allclose(some[kept], 2 * whole[kept], rtol=1e-6)


def test_batch_norm_normalises_by_the_batch_and_then_by_what_it_remembers():
  model = StackedAutoencoder.from_spec(SPEC, widths=(4,), batch_norm=True)
  variables = begin(model)
  logits = np.asarray(ROWS @ variables['params']['layer_0']['kernel'])
  deviation = np.sqrt(logits.var(0) + 1e-5)
  expected = (logits - logits.mean(0)) / deviation
  (code, _), moved = model.apply(
    variables, BATCH, KEYS, method='encode', mutable=['batch_stats']
  )
  np.testing.assert_allclose(code, 1 / (1 + np.exp(-expected)), rtol=1e-3)
  kept = moved['batch_stats']['layer_0']
  np.testing.assert_allclose(kept['mean'], 0.1 * logits.mean(0), rtol=1e-4)
  square = 0.9 + 0.1 * (logits**2).mean(0)
  np.testing.assert_allclose(kept['square'], square, rtol=1e-4)
  later, _ = model.apply({**variables, **moved}, BATCH, method='encode')
  expected = (logits - kept['mean']) / np.sqrt(
    kept['square'] - kept['mean'] ** 2 + 1e-5
  )
  np.testing.assert_allclose(later, 1 / (1 + np.exp(-expected)), rtol=1e-3)


def test_mistakes_are_refused():
  with pytest.raises(UserError, match='number of widths must be at least 1'):
    StackedAutoencoder.from_spec(SPEC, widths=())
  bare = SPEC._replace(fields={'image': FIELDS['image']})
  with pytest.raises(UserError, match='needs labels'):
    StackedClassifier.from_spec(bare)
  with pytest.raises(UserError, match='needs tokens'):
    StackedAutoencoder.from_spec(SPEC, head='categorical')
