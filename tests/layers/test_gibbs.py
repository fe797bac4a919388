"""Chains: what they converge to, what they keep, what they write."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.models.rolls import rolls
from tests.parameters import drawn
from zoo.contracts import Field, UserError
from zoo.layers.boltzmann import Machine, free_energy
from zoo.layers.gibbs import block, gibbs
from zoo.models.rbm import Rbm
from zoo.models.rnn_rbm import RnnRbm
from zoo.samplers.gibbs import gibbs as gibbs_sampler

RNG = np.random.default_rng(0)
MACHINE = Machine(
  *(jnp.float32(RNG.normal(size=shape)) for shape in ((3, 2), (3,), (2,)))
)
ROWS = np.float32(list(itertools.product((0, 1), repeat=3)))


def test_chains_converge_to_the_machine():
  count = 20000
  keys = jax.random.split(jax.random.key(0), count)
  rows = gibbs(block(MACHINE), jnp.zeros((count, 3)), keys, 50)
  found = np.bincount(np.int32(rows @ np.float32([4, 2, 1])), minlength=8)
  expected = jax.nn.softmax(-free_energy(MACHINE, ROWS)) * count
  # Chi-squared with 7 degrees of freedom: 24.3 once in a thousand.
  assert np.sum((found - expected) ** 2 / expected) < 24.3


def test_what_is_not_free_stays_and_keys_belong_to_chains():
  keys = jax.random.split(jax.random.key(1), 64)
  rows = jnp.tile(jnp.float32([1, 0, 1]), (64, 1))
  free = jnp.broadcast_to(jnp.array([True, False, True]), rows.shape)
  after = gibbs(block(MACHINE), rows, keys, 5, free)
  assert jnp.all(after[:, 1] == 0)
  assert jnp.any(after[:, 0] == 0)
  few = gibbs(block(MACHINE), rows[7:9], keys[7:9], 5, free[7:9])
  np.testing.assert_array_equal(few, after[7:9])
  traced = jax.jit(lambda n: gibbs(block(MACHINE), rows, keys, n, free))(5)
  np.testing.assert_array_equal(traced, after)


def test_any_conditional_will_do():
  # A token becomes the sum of its neighbours, the ends being given.
  def conditional(tokens, keys):
    del keys
    return jnp.roll(tokens, 1, 1) + jnp.roll(tokens, -1, 1)

  tokens = jnp.array([[1, 0, 0, 5]])
  free = jnp.array([[False, True, True, False]])
  keys = jax.random.split(jax.random.key(0), 1)
  after = gibbs(conditional, tokens, keys, 2, free)
  np.testing.assert_array_equal(after, [[1, 6, 6, 5]])


def _certain(model, wide):
  """Parameters with which pitch `p` follows `p - 1`, and 0 a silence."""
  params = drawn(model.init, jnp.zeros((1, 2, wide)), scale=0.0)['params']
  to_visible = np.full((1 + wide, wide), 0.0, np.float32)
  to_visible[1:] = 60 * np.eye(wide, k=1)
  to_visible[1:, 0] = -60
  params['to_visible']['kernel'] = jnp.asarray(to_visible)
  bias = np.full(wide, -30, np.float32)
  bias[0] = 30
  return {**params, 'visible_bias': jnp.asarray(bias)}


@pytest.mark.parametrize('begin', ['silence', 'last_frame'])
def test_frames_follow_one_another_and_a_primer(begin):
  spec = rolls(steps=3, pitches=9)
  model = RnnRbm.from_spec(spec, hidden=2, recurrent=(1,), skip=True)
  params = _certain(model, 9)
  sampler = gibbs_sampler(model, spec, frames=4, sweeps=2, begin=begin)
  keys = jax.random.split(jax.random.key(0), 2)
  made = jax.jit(sampler['sample'].function)(params, {}, keys, {})
  expected = np.eye(9, dtype=int)[[0, 1, 2, 3]]
  np.testing.assert_array_equal(made['roll'], [expected, expected])
  np.testing.assert_array_equal(made['length'], [4, 4])
  # Two windows of a user's piece, four frames of music in all.
  primer = np.zeros((2, 3, 9), np.uint8)
  primer[0, :, 5] = 1
  primer[1, 0, 3] = 1
  condition = {'roll': primer, 'length': np.array([3, 1])}
  made = jax.jit(sampler['continue'].function)(params, {}, keys, condition)
  expected = np.eye(9, dtype=int)[[5, 5, 5, 3, 4, 5, 6, 7]]
  np.testing.assert_array_equal(made['roll'][0, :8], expected)
  assert made['roll'].shape == (2, 10, 9)
  assert not np.any(made['roll'][:, 8:])
  np.testing.assert_array_equal(made['length'], [8, 8])


def test_whole_examples_are_written_as_what_they_are():
  fields = {'image': Field((4,), 'uint8', 256, 'grey')}
  spec = rolls()._replace(fields=fields)
  model = Rbm.from_spec(spec, hidden=2)
  params = {
    'kernel': jnp.zeros((4, 2)),
    'visible_bias': jnp.float32([-50, 50, 0, 50]),
    'hidden_bias': jnp.zeros(2),
  }
  sampler = gibbs_sampler(model, spec)
  keys = jax.random.split(jax.random.key(0), 3)
  made = sampler['sample'](params, {}, keys, {})
  np.testing.assert_array_equal(made['image'], [[0, 255, 128, 255]] * 3)
  with pytest.raises(UserError, match='frames'):
    sampler['continue'].check({})
  with pytest.raises(UserError, match='sweeps'):
    gibbs_sampler(model, spec, sweeps=0)
