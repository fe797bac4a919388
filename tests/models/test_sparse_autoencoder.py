"""The sparse autoencoder: one winner a block, features, sizes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.parameters import drawn, shapes
from zoo.contracts import Field, Spec, UserError
from zoo.models.sparse_autoencoder import SparseAutoencoder, winners


def image(side=8):
  fields = {'image': Field((side * side,), 'uint8', 256, 'grey')}
  sizes = {'height': side, 'width': side}
  return Spec('image', {}, fields, sizes, 0.0, {}, {})


def test_every_block_has_exactly_one_winner():
  for shape in ((3, 8, 8, 5), (2, 5, 7, 2), (2, 8, 8, 1)):
    maps = jnp.asarray(np.random.default_rng(0).normal(size=shape))
    chosen = np.asarray(winners(maps, 4))
    blocks = [
      chosen[:, i : i + 4, j : j + 4].sum((1, 2, 3))
      for i in range(0, shape[1], 4)
      for j in range(0, shape[2], 4)
    ]
    assert (np.stack(blocks) == 1).all()


def test_the_winner_is_the_winner_of_its_map_first():
  maps = np.zeros((1, 2, 4, 2), np.float32)
  maps[0, 0, 0] = [5, 0]  # the first block has the best unit of map 0
  maps[0, 0, 1] = [4, 0]
  maps[0, 0, 2] = [4.5, 0]  # larger, but not the best of its map
  maps[0, 1, 3] = [0, 1]  # the best of map 1
  chosen = np.asarray(winners(jnp.asarray(maps), 2))
  assert np.argwhere(chosen).tolist() == [[0, 0, 0, 0], [0, 1, 3, 1]]


def test_sizes_of_the_paper_and_here():
  def count(side, **options):
    model = SparseAutoencoder.from_spec(image(side), **options)
    batch = {'image': np.zeros((1, side * side), np.uint8)}
    found = jax.tree.leaves(shapes(model.init, batch)['params'])
    return model, sum(int(np.prod(x.shape)) for x in found)

  model, found = count(28, maps=128, width=5, padding='VALID')
  assert model.places == (16, 16) and model.winners == 16
  # 5 x 5 filters of 1, 128 and 128 maps, 13 x 13 features, biases.
  assert found == 25 * 128 + 2 * 25 * 128**2 + 169 * 128 + 3 * 128 + 1
  model, found = count(8)
  assert model.places == (8, 8) and model.winners == 4
  assert found == 9 * 32 + 2 * 9 * 32**2 + 49 * 32 + 3 * 32 + 1


def test_features_are_what_one_unit_writes():
  model = SparseAutoencoder.from_spec(image(), maps=2, padding='VALID')
  batch = {'image': np.zeros((1, 64), np.uint8)}
  variables = drawn(model.init, batch)
  z = jnp.zeros((1, 2, 2, 2)).at[0, 0, 1, 1].set(3.0).reshape(1, -1)
  found = model.apply(variables, z, method='decode').reshape(8, 8)
  bias = variables['params']['visible_bias']
  feature = model.apply(variables, method='features')[1]
  expected = bias + 3 * np.pad(feature, ((0, 1), (1, 0)))
  np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_errors():
  with pytest.raises(UserError, match='odd'):
    SparseAutoencoder.from_spec(image(), width=4)
  with pytest.raises(UserError, match='is too large for'):
    SparseAutoencoder.from_spec(image(), width=5, padding='VALID')
  tokens = Spec('melody', {}, {'tokens': Field((8,), 'int8', 4)}, {}, 1, {}, {})
  with pytest.raises(UserError, match='image or piano_roll'):
    SparseAutoencoder.from_spec(tokens)
