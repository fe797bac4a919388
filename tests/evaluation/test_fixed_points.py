"""Fixed points are counted, classified and compared."""

import numpy as np
import pytest

from tests.parameters import drawn
from zoo.contracts import Field, Spec, UserError
from zoo.evaluation.model.fixed_points import fixed_points
from zoo.evaluation.model.sparse_code import sparse_code
from zoo.models.sparse_autoencoder import SparseAutoencoder

SPEC = Spec(
  'image',
  {},
  {
    'image': Field((16,), 'uint8', 256, 'grey'),
    'label': Field((), 'int32', 2),
  },
  {'height': 4, 'width': 4},
  0.0,
  {},
  {},
  'image',
)
MODEL = SparseAutoencoder.from_spec(SPEC, maps=2, block=2)


def split(seed, count=40):
  """Pictures whose upper (0) or lower (1) half is white, a little noisy."""
  random = np.random.default_rng(seed)
  label = (np.arange(count) % 2).astype(np.int32)
  image = np.zeros((count, 2, 8))
  image[np.arange(count), label] = 200
  image = np.clip(image + random.normal(0, 20, image.shape), 0, 255)
  return {'image': image.reshape(count, 16).astype(np.uint8), 'label': label}


SPLITS = {'train': split(0), 'test': split(1)}


def test_digits_and_new_symbols():
  def make(mode, count, given):
    assert (mode, count, given) == ('fixed_point', 5, {})
    symbols = np.zeros((5, 4, 4), np.uint8)
    symbols[0, :2] = symbols[1, :2] = 200  # of the first class
    symbols[2] = 120  # between the two
    symbols[3, :, :2] = 255  # neither: the left half
    change = np.array([0, 0, 0, 0, 1])
    return {'symbols': symbols, 'change': change, 'rounds': np.arange(5)}

  found = fixed_points(MODEL, SPLITS, SPEC, make, starts=5, confidence=0.95)
  assert found['rest'] == 0.8 and found['rounds'] == 1.5
  assert found['kinds'] == 3 and found['new'] == pytest.approx(2 / 3)
  assert found['accuracy']['test'] == found['sure']['test'] == 1
  assert 0.5 <= found['sure']['fixed_points'] < 1
  with pytest.raises(UserError, match='start'):
    fixed_points(MODEL, SPLITS, SPEC, make, starts=0)


def test_winners_are_exactly_their_share():
  variables = drawn(MODEL.init, {'image': SPLITS['test']['image']})
  found = sparse_code(MODEL, variables['params'], {}, SPLITS, SPEC, batch=16)
  assert found['units'] == 32 and found['active'] == 4
  for value in found['active_share'].values():
    assert value == 4 / 32
  # The best four of 16 components of noise leave less than all of it.
  assert (
    0 < found['squared_error']['components'] < found['squared_error']['model']
  )
