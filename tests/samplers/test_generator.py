"""Samples of a generator: what they share, and what depends on z."""

import jax
import numpy as np
import pytest

from tests.parameters import drawn
from zoo.contracts import UserError
from zoo.models.gan import Gan
from zoo.samplers.drawing import draw
from zoo.samplers.generator import generator

MODEL = Gan(5, 8, latent=3, generator_layers=(16,), discriminator_layers=(4,))
PARAMS = drawn(MODEL.init, {}, jax.random.split(jax.random.key(0), 2))['params']


def tokens(count=70, **options):
  made = draw(
    generator(MODEL, **options),
    'sample',
    PARAMS,
    {},
    seed=0,
    indices=range(count),
    condition={},
  )
  return made['tokens']


def different(rows):
  return len(np.unique(rows, axis=0))


def test_what_samples_share():
  assert tokens().shape == (70, 8)
  assert different(tokens()) > 5
  # All of one z, also beyond the 64 that are drawn at once.
  assert different(tokens(same='z')) == 1
  assert different(tokens(same='z', temperature=20.0)) > 60
  np.testing.assert_array_equal(tokens(same='noise'), tokens())


def test_without_spread_every_z_is_the_middle_of_the_prior():
  assert different(tokens(spread=0.0)) == 1
  middle = np.zeros((1, 3), np.float32)
  keys = jax.random.split(jax.random.key(0), 1)
  expected = MODEL.apply({'params': PARAMS}, middle, keys, 0.0, method='write')
  np.testing.assert_array_equal(tokens(1, spread=0.0), expected['tokens'])


@pytest.mark.parametrize('option', ['temperature', 'spread'])
def test_what_is_below_zero_is_refused(option):
  with pytest.raises(UserError, match=option):
    generator(MODEL, **{option: -1.0})
