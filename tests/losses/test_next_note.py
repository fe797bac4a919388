"""The likelihood of the next note: weights, tags, what is carried."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zoo.contracts import UserError
from zoo.losses.next_note import next_note, score
from zoo.models.bachprop import BachProp

CLASSES = (3, 4, 6)
TAG = np.array(CLASSES) - 1
MODEL = BachProp(classes=CLASSES, hidden=(4, 4, 4), head_hidden=4)


def notes(seed, count):
  random = np.random.default_rng(seed)
  return random.integers(0, np.array(CLASSES) - 1, (count, 3))


def batch(rows, **others):
  rows = jnp.asarray(np.stack(rows))
  return {'notes': rows, 'start': jnp.ones(len(rows), bool), **others}


def begun(loss, given):
  """Parameters and state; drawn here, since to compile `init` takes long."""
  params, _ = jax.eval_shape(loss.init, jax.random.key(0), given, {})
  random = np.random.default_rng(0)
  params = jax.tree.map(
    lambda x: 0.5 * np.float32(random.normal(size=x.shape)), params
  )
  return params, {'shared': {}, 'example': loss.begin(given)}


def call(loss, params, state, given):
  keys = jax.random.split(jax.random.key(0), len(given['notes']))
  run = jax.jit(lambda *given: loss.loss(*given, False))
  return run(params, state, given, keys)


def test_a_network_that_knows_nothing_costs_the_logarithms():
  """All parameters 0: log 3, log 4, log 6 nats, weighted .1, .3, .6."""
  loss = next_note(MODEL)
  given = batch([np.concatenate([[TAG], notes(0, 5), [TAG]])])
  params, state = begun(loss, given)
  params = jax.tree.map(jnp.zeros_like, params)
  value, (_, found) = call(loss, params, state, given)
  logs = np.log(CLASSES)
  assert value == pytest.approx(logs @ [0.1, 0.3, 0.6], rel=1e-6)
  for name, log in zip(('after', 'length', 'pitch'), logs, strict=True):
    assert found[name][0] == pytest.approx(log, rel=1e-6)
  assert found['nats'][0] == pytest.approx(logs.sum(), rel=1e-6)
  assert found['end'][0] == pytest.approx(logs.sum(), rel=1e-6)
  # The likeliest of equals is the first.
  first = (given['notes'][0, 1:-1] == 0).mean(0)
  assert found['accuracy_pitch'][0] == pytest.approx(float(first[2]))


def test_rows_that_are_not_there_count_for_nothing():
  loss = next_note(MODEL)
  row = np.concatenate([[TAG], notes(0, 5), [TAG]])
  short = batch([row])
  params, state = begun(loss, short)
  there = np.arange(10)[None] < 7
  long = batch([np.concatenate([row, notes(9, 3)])], there=jnp.asarray(there))
  value, (_, found) = call(loss, params, state, long)
  expected, (_, same) = call(loss, params, state, short)
  assert value == pytest.approx(float(expected), rel=1e-5)
  for name, values in found.items():
    np.testing.assert_allclose(values, same[name], rtol=1e-5)


def test_memory_goes_on_until_the_streams_begin_anew():
  loss = next_note(MODEL)
  row = np.concatenate([[TAG], notes(0, 9)])
  first, second = batch([row[:6]]), batch([row[5:]])
  params, state = begun(loss, first)
  whole = call(loss, params, state, batch([row]))[1][1]['nats']
  _, (carried, found) = call(loss, params, state, first)
  goes_on = {**second, 'start': jnp.zeros(1, bool)}
  later = call(loss, params, carried, goes_on)[1][1]['nats']
  np.testing.assert_allclose((5 * found['nats'] + 4 * later) / 9, whole, 1e-5)
  anew = call(loss, params, carried, second)[1][1]['nats']
  fresh = call(loss, params, state, second)[1][1]['nats']
  np.testing.assert_allclose(anew, fresh, 1e-6)
  assert abs(float(anew[0] - later[0])) > 1e-4


def test_no_gradient_reaches_into_the_batch_before():
  """Truncated back-propagation: the carry comes in as a number."""
  loss = next_note(MODEL)
  row = np.concatenate([[TAG], notes(0, 9)])
  given = batch([row[:6]])
  params, state = begun(loss, given)

  def carried(params):
    _, (after, _) = call(loss, params, state, given)
    return sum(jnp.sum(x) for x in jax.tree.leaves(after['example']))

  gradient = jax.grad(carried)(params)
  assert all(not np.any(leaf) for leaf in jax.tree.leaves(gradient))


def test_score_is_the_chain_rule():
  """exp(-nats) of all notes that may follow adds up to 1."""
  given = batch([np.stack([TAG, [0, 0, 0]])])
  params, _ = begun(next_note(MODEL), given)
  every = np.stack(np.meshgrid(*map(np.arange, CLASSES)), -1).reshape(-1, 1, 3)
  rows = np.concatenate([np.tile(TAG, (len(every), 1, 1)), every], 1)
  carry = MODEL.begin(len(rows))
  nats, _, _ = jax.jit(score, static_argnums=0)(
    MODEL, params, jnp.asarray(rows), carry
  )
  assert float(jnp.sum(jnp.exp(-nats.sum(-1)))) == pytest.approx(1, rel=1e-5)


def test_weights_are_three():
  with pytest.raises(UserError, match='loss/weights must be three'):
    next_note(MODEL, weights=(1.0, 2.0))
