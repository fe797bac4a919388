"""The ring of eight Gaussians is covered whole, and the judge is fair."""

import jax
import numpy as np
import pytest

from studies import ring
from zoo import config as config_lib
from zoo.losses import LOSSES

# Few samples to choose among, so that those between two modes are chosen, too.
NEAREST = (
  'loss/name=nearest',
  'loss/pool=1',
  'batch=32',
  'steps=3000',
  'model/generator_layers=(128, 128, 128, 128)',
  'optimizer/.*/learning_rate=0.001',
  'optimizer/.*/b1=0.9',
)


@pytest.fixture
def optimized():
  """Programs that run for long are compiled as they are for users."""
  name = 'jax_disable_most_optimizations'
  before = jax.config.values[name]
  jax.config.update(name, False)
  yield
  jax.config.update(name, before)


def test_real_examples_are_good_and_cover_every_mode():
  found = ring.judge(ring.ring(2048, 1))
  assert found.covered == 8
  # Four deviations of a Gaussian in the plane: 1 - exp(-8) = .99966.
  assert found.good > 0.998


def test_what_has_collapsed_covers_one_mode_and_noise_covers_none():
  one = ring.judge(ring.centres()[[3] * 100])
  assert one[1:3] == (1, 1.0)
  none = ring.judge(np.zeros((100, 2)))
  assert none[1:3] == (0, 0.0)
  # Each sample is near to data, but few data are near to a sample.
  assert one.to_data < 0.1 and one.to_samples > 1
  np.testing.assert_allclose(none[3:], (ring.RADIUS,) * 2, atol=0.1)


def test_a_mode_with_too_few_samples_is_not_covered():
  rows = ring.centres()[[0] * 97 + [1] * 3]
  assert ring.judge(rows).covered == 1  # .03 is less than a quarter of an 8th
  rows = ring.centres()[[0] * 96 + [1] * 4]
  assert ring.judge(rows).covered == 2


def test_the_named_config_covers_all_eight_with_five_seeds(tmp_path, optimized):
  found = ring.study(ring.RING)
  assert [one.covered for one in found] == [8] * 5
  assert min(one.good for one in found) > 0.6
  ring.draw(found, tmp_path / 'ring.png')
  assert (tmp_path / 'ring.png').stat().st_size > 10_000


def test_implicit_likelihood_covers_all_eight_with_five_seeds(optimized):
  config = config_lib.override(ring.RING, NEAREST, {'loss': LOSSES})
  found = ring.study(config)
  assert [one.covered for one in found] == [8] * 5
  # Every datum is near a sample; more samples lie between the modes.
  assert max(one.to_samples for one in found) < 0.03
  assert min(one.good for one in found) > 0.5
