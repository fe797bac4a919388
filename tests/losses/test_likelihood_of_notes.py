"""The likelihood of several streams: weights, end tokens, what is carried."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zoo.contracts import UserError
from zoo.losses.likelihood import likelihood
from zoo.models.bachprop import BachProp

CLASSES = (3, 4, 6)
TAG = np.array(CLASSES) - 1
MODEL = BachProp(CLASSES, None, hidden=(4, 4, 4), head_hidden=4)


def build(weights=(0.1, 0.3, 0.6)):
  return likelihood(MODEL, weights=weights, carried=True)


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
  loss = build()
  given = batch([np.concatenate([[TAG], notes(0, 5), [TAG]])])
  params, state = begun(loss, given)
  params = jax.tree.map(jnp.zeros_like, params)
  value, (_, found) = call(loss, params, state, given)
  logs = np.log(CLASSES)
  assert value == pytest.approx(logs @ [0.1, 0.3, 0.6], rel=1e-6)
  for name, log in zip(('after', 'length', 'pitch'), logs, strict=True):
    assert found[name][0] == pytest.approx(log, rel=1e-6)
  # Of five notes and the row that ends the piece.
  assert found['nats'][0] == pytest.approx(6 * logs.sum(), rel=1e-6)
  assert found['steps'][0] == 6
  assert found['end'][0] == pytest.approx(logs.sum(), rel=1e-6)
  # The likeliest of equals is the first.
  first = (given['notes'][0, 1:-1] == 0).mean(0)
  assert found['accuracy_pitch'][0] == pytest.approx(float(first[2]))
  assert found['accuracy'][0] == pytest.approx(float(first.mean()))


def test_rows_that_are_not_there_count_for_nothing():
  loss = build()
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


def test_memory_continues_until_the_streams_start_again():
  loss = build()
  row = np.concatenate([[TAG], notes(0, 9)])
  first, second = batch([row[:6]]), batch([row[5:]])
  params, state = begun(loss, first)
  whole = call(loss, params, state, batch([row]))[1][1]['nats']
  _, (carried, found) = call(loss, params, state, first)
  goes_on = {**second, 'start': jnp.zeros(1, bool)}
  later = call(loss, params, carried, goes_on)[1][1]['nats']
  np.testing.assert_allclose(found['nats'] + later, whole, 1e-5)
  anew = call(loss, params, carried, second)[1][1]['nats']
  fresh = call(loss, params, state, second)[1][1]['nats']
  np.testing.assert_allclose(anew, fresh, 1e-6)
  assert abs(float(anew[0] - later[0])) > 1e-4


def test_no_gradient_reaches_into_the_batch_before():
  """Truncated back-propagation: the carry comes in as a number."""
  loss = build()
  row = np.concatenate([[TAG], notes(0, 9)])
  given = batch([row[:6]])
  params, state = begun(loss, given)

  def carried(params):
    _, (after, _) = call(loss, params, state, given)
    return sum(jnp.sum(x) for x in jax.tree.leaves(after['example']))

  gradient = jax.grad(carried)(params)
  assert all(not np.any(leaf) for leaf in jax.tree.leaves(gradient))


@pytest.mark.parametrize('weights', [(1.0, 2.0), (-1.0, 1.0, 1.0), (0, 0, 0)])
def test_weights_are_three(weights):
  with pytest.raises(UserError, match=r'loss/weights must be .* after, length'):
    build(weights)


def test_whole_pieces_are_scored_in_stretches():
  """Longer than one: the same as in one, and the carry of the last."""
  rows = [np.concatenate([[TAG], notes(seed, 150)]) for seed in (0, 1)]
  mask = np.arange(151)[None] < np.array([[151], [70]])
  given = batch(rows, there=jnp.asarray(mask))
  params, state = begun(build(), given)
  _, (_, found) = call(build(), params, state, given)
  steps = MODEL.read(given)
  outputs, _ = jax.jit(MODEL.apply)(
    {'params': params}, *steps[:2], MODEL.start(given)
  )
  logs = sum(MODEL.log_prob(outputs, steps.symbols).values())
  expected = -jnp.sum(jnp.where(steps.mask, logs, 0), 1)
  np.testing.assert_allclose(found['nats'], expected, rtol=1e-5)
  assert found['steps'].tolist() == [150, 69]
