"""The RBM and the RNN-RBM: sizes, causality, steps."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.models.rolls import rolls
from tests.parameters import drawn
from zoo.contracts import Field, UserError
from zoo.layers import boltzmann
from zoo.models.rbm import Rbm
from zoo.models.rnn_rbm import RnnRbm

rbm, rnn_rbm = Rbm.from_spec, RnnRbm.from_spec


def parameters(model, steps=2):
  shapes = jax.eval_shape(
    model.init, jax.random.key(0), jnp.zeros((1, steps, model.visible))
  )
  return sum(np.prod(x.shape, dtype=int) for x in jax.tree.leaves(shapes))


def test_sizes():
  assert parameters(rbm(rolls())) == 88 * 150 + 88 + 150
  assert parameters(rbm(rolls(), hidden=3, rows='examples')) == 528 * 4 + 3
  # DeepLearningTutorials: W, bv, bh, Wuv, Wuh, Wvu, Wuu, bu.
  published = 13200 + 88 + 150 + 8800 + 15000 + 8800 + 10000 + 100
  assert parameters(rnn_rbm(rolls())) == published
  lstm = 4 * 100 * (88 + 100) + 4 * 100
  found = parameters(rnn_rbm(rolls(), cell='lstm', skip=True))
  assert found == 13438 + lstm + (100 + 88) * (88 + 150)


def test_errors():
  plain = rolls()._replace(fields={'tokens': Field((4,), 'int8', 90)})
  with pytest.raises(UserError, match='piano_roll'):
    rnn_rbm(plain)
  with pytest.raises(UserError, match='one layer'):
    rnn_rbm(rolls(), recurrent=(8, 8))
  with pytest.raises(UserError, match='hidden'):
    rbm(rolls(), hidden=0)
  with pytest.raises(UserError, match='recurrent'):
    rnn_rbm(rolls(), recurrent=())


def test_biases_from_outside_make_another_machine():
  model = rbm(rolls(pitches=4), hidden=3)
  params = model.init(jax.random.key(0), jnp.zeros((1, 1, 4)))
  rows, hidden = jnp.float32([1, 0, 1, 0]), jnp.float32([1, 1, 0])
  given = jnp.arange(4.0), jnp.arange(3.0)
  kernel = params['params']['kernel']
  machine = boltzmann.Machine(kernel, *given)

  def call(method, *arguments):
    return model.apply(params, *arguments, method=method)

  # -b.v - c.h - v W h
  expected = -2 - 1 - rows @ kernel @ hidden
  found = boltzmann.energy(machine, rows, hidden)
  np.testing.assert_allclose(found, expected, rtol=1e-5)
  inputs = given[1] + rows @ kernel
  on = 1 / (1 + jnp.exp(-inputs))
  found = boltzmann.probability(boltzmann.hidden_logits(machine, rows))
  np.testing.assert_allclose(found, on, 1e-5)
  found = call('energy', rows, given)
  expected = -rows @ given[0] - jnp.sum(jnp.log1p(jnp.exp(inputs)))
  np.testing.assert_allclose(found, expected, rtol=1e-5)
  found = call('reconstruct', rows, given)
  np.testing.assert_allclose(found, given[0] + kernel @ on, rtol=1e-5)
  own, _ = call('condition', jnp.zeros((1, 1, 4)), ())
  assert call('energy', rows, given) != call('energy', rows, own)


@pytest.mark.parametrize('cell', ['tanh', 'lstm', 'gru'])
def test_a_frame_knows_the_frames_before_it_alone(cell):
  model = rnn_rbm(rolls(pitches=5), hidden=4, recurrent=(3,), cell=cell)
  rng = np.random.default_rng(0)
  past = jnp.float32(rng.integers(0, 2, (2, 6, 5)))
  params = drawn(model.init, past)

  def walk(past, carry):
    return model.apply(params, past, carry, method='condition')

  (visible, hidden), last = walk(past, model.begin(2))
  assert visible.shape == (2, 6, 5)
  assert hidden.shape == (2, 6, 4)
  (other, _), _ = walk(past.at[:, 3].add(1), model.begin(2))
  changed = jnp.any(visible != other, (0, 2))
  np.testing.assert_array_equal(changed, [0, 0, 0, 1, 1, 1])
  # In two goes, the carry handed on.
  first, carry = walk(past[:, :2], model.begin(2))
  second, end = walk(past[:, 2:], carry)
  both = jnp.concatenate([first[1], second[1]], 1)
  np.testing.assert_allclose(both, hidden, rtol=2e-4, atol=1e-5)
  for one, two in zip(jax.tree.leaves(last), jax.tree.leaves(end), strict=True):
    np.testing.assert_allclose(one, two, rtol=2e-4, atol=1e-5)


def test_the_published_recurrence_by_hand():
  model = rnn_rbm(rolls(pitches=5), hidden=4, recurrent=(3,))
  rng = np.random.default_rng(1)
  rows = jnp.float32(rng.integers(0, 2, (1, 3, 5)))
  params = drawn(model.init, rows)['params']
  layers, state, expected = params['layers'], np.zeros(3), []
  for row in [np.zeros(5), *np.asarray(rows[0, :2])]:
    inputs = row @ layers['input_kernel'] + layers['bias']
    state = np.tanh(inputs + state @ layers['recurrent_kernel'])
    machine = boltzmann.Machine(
      params['kernel'],
      params['visible_bias'] + state @ params['to_visible']['kernel'],
      params['hidden_bias'] + state @ params['to_hidden']['kernel'],
    )
    expected.append(boltzmann.free_energy(machine, rows[0, len(expected)]))
  found = model.apply({'params': params}, rows)
  np.testing.assert_allclose(found[0], expected, rtol=1e-4)
