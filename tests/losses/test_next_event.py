"""Squared error on the next event, over a length that grows."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zoo.contracts import UserError
from zoo.losses.next_event import length, next_event

KEYS = jax.random.split(jax.random.key(0), 2)
X = jnp.arange(24.0).reshape(2, 6, 2)


class Copies:
  """Predicts the event before, plus its parameter."""

  def prior(self, keys):
    return jnp.zeros((len(keys), 6, 1))

  def real(self, batch):
    return batch['x']

  def log_prob(self):
    """That there is one; `apply` calls it."""

  def apply(self, variables, examples, z, method):
    if method == 'log_prob':
      return -examples.sum(-1)
    before = jnp.pad(examples, ((0, 0), (1, 0), (0, 0)))[:, :-1]
    return before + variables['params']


def test_only_as_many_steps_as_the_length_count():
  loss = next_event(Copies(), 100, first=2, growing=0.5).loss
  # Each number is 2 above the one before; the first event is x itself off.
  errors = np.full((2, 6), 8.0)
  errors[:, 0] = [1, 12**2 + 13**2]

  def at(step):
    state = {'shared': {'step': jnp.int32(step)}, 'example': {}}
    value, (after, metrics) = loss(0.0, state, {'x': X}, KEYS, True)
    assert after['shared']['step'] == step + 1
    np.testing.assert_allclose(value, metrics['loss'].mean())
    return metrics['loss']

  np.testing.assert_allclose(at(0), errors[:, :2].mean(1))
  np.testing.assert_allclose(at(25), errors[:, :4].mean(1))
  np.testing.assert_allclose(at(80), errors.mean(1))
  state = {'shared': {'step': jnp.int32(0)}, 'example': {}}
  value, _ = loss(0.0, state, {'x': X}, KEYS, False)
  np.testing.assert_allclose(value, errors.mean())


def test_the_length_grows_to_all_steps():
  assert [int(length(s, 50, 8, 100)) for s in (0, 50, 100, 999)] == [
    8,
    29,
    50,
    50,
  ]
  assert int(length(0, 4, 8, 100)) == 4


def test_by_likelihood():
  loss = next_event(Copies(), 100, by='likelihood').loss
  state = {'shared': {'step': jnp.int32(0)}, 'example': {}}
  value, _ = loss(0.0, state, {'x': X}, KEYS, False)
  np.testing.assert_allclose(value, X.sum(-1).mean())


def test_errors():
  with pytest.raises(UserError, match='object has none: set it to squares'):
    next_event(object(), 10, by='likelihood')
  with pytest.raises(UserError, match='loss/first must be at least 1'):
    next_event(Copies(), 10, first=0)
  with pytest.raises(UserError, match='loss/growing a share'):
    next_event(Copies(), 10, growing=2.0)
