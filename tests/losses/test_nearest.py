"""Implicit maximum likelihood by hand, in both spaces and over devices."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.parameters import drawn
from zoo.contracts import Field, Spec, UserError
from zoo.data.batches import windows
from zoo.encoders.melody import Melody
from zoo.evaluation.music.mode_collapse import hamming, sounding
from zoo.losses.nearest import melodies, nearest
from zoo.models.gan import Gan, VectorGan
from zoo.training import loop, parallel
from zoo.training.evaluate import evaluate
from zoo.training.stages import Stage

B = 4
KEYS = jax.random.split(jax.random.key(6), B)
SPEC = Spec('toy', {}, {'x': Field((2,), 'float32')}, {}, 0.0, {}, {})
MELODY = Melody(bars=1).spec
STATE = {'shared': {}, 'example': {}}


class Shifted:
  """z shifted by the parameter, without a network."""

  def prior(self, keys):
    return jax.vmap(lambda key: 3 * jax.random.normal(key, (2,)))(keys)

  def real(self, batch):
    return batch['x']

  def apply(self, variables, z, batch, keys, method):
    assert method == 'generate' and batch == {}
    return z + variables['params']


def pool_of(count):
  """The samples of the pool, in the batch's order."""
  keys = jax.vmap(lambda key: jax.random.fold_in(key, 0))(KEYS)
  each = jax.vmap(lambda key: jax.random.split(key, count))(keys)
  return np.asarray(Shifted().prior(each.reshape(-1)))


X = jnp.array([[3.0, 0.0], [3.0, 4.0], [0.0, 4.0], [-2.0, 1.0]])


@pytest.mark.parametrize('pool', [1, 5])
def test_the_nearest_of_the_pool_is_pulled_closer(pool):
  loss = nearest(Shifted(), SPEC, pool=pool).loss
  shift = jnp.array([0.5, -0.25])

  def total(shift):
    return loss(shift, STATE, {'x': X}, KEYS, True)

  (value, (_, metrics)), slope = jax.value_and_grad(total, has_aux=True)(shift)
  samples = pool_of(pool) + np.asarray(shift)
  gaps = np.asarray(X)[:, None] - samples
  squares = np.sum(gaps**2, -1)
  chosen = squares.argmin(1)
  nearest_ = np.sqrt(squares.min(1))
  np.testing.assert_allclose(metrics['loss'], nearest_, rtol=1e-4)
  np.testing.assert_allclose(metrics['distance'], nearest_, rtol=1e-4)
  np.testing.assert_allclose(value, nearest_.mean(), rtol=1e-4)
  # The choice is held: only what was chosen moves, and towards its example.
  expected = -(gaps[np.arange(B), chosen] / nearest_[:, None]).mean(0)
  np.testing.assert_allclose(slope, expected, rtol=1e-4)


def test_an_evaluation_depends_on_the_example_alone():
  loss = nearest(Shifted(), SPEC, pool=3)
  whole, parts = (
    evaluate(loss, jnp.zeros(2), STATE, {'x': X}, seed=0, batch=batch)
    for batch in (4, 1)
  )
  assert whole == pytest.approx(parts, rel=1e-4)
  _, (_, metrics) = loss.loss(jnp.zeros(2), STATE, {'x': X}, KEYS, False)
  own = pool_of(3).reshape(B, 3, 2)
  squares = np.sum((np.asarray(X)[:, None] - own) ** 2, -1).min(1)
  np.testing.assert_allclose(metrics['loss'], squares**0.5, rtol=1e-4)


def test_distances_are_those_of_mode_collapse():
  pitches = MELODY.tables['pitches']
  rng = np.random.default_rng(0)
  classes = rng.choice([0, 0, 1, 40, 41, 45], (12, 16))
  space = melodies(pitches)
  points = space.view(jnp.eye(len(pitches))[classes])
  seen = sounding(classes, pitches)
  expected = hamming(seen, seen)
  np.testing.assert_allclose(
    space.distances(points, points), expected, atol=1e-4
  )
  same = space.pull(points, points)
  np.testing.assert_allclose(same, 0, atol=1e-4)
  assert jnp.all(space.pull(points[1:], points[:-1]) > 0)


def test_the_distance_to_soft_classes_is_the_mean_over_what_they_draw():
  pitches = MELODY.tables['pitches']
  space = melodies(pitches)
  rng = np.random.default_rng(1)
  count, steps, few = 20000, 5, [0, 1, 40, 41]
  soft = np.zeros((steps, len(pitches)), np.float32)
  soft[:, few] = rng.dirichlet(np.ones(4), steps)
  drawn_ = np.stack(
    [rng.choice(few, count, p=row[few] / row[few].sum()) for row in soft], 1
  )
  target = np.array([[40, 0, 1, 41, 0]])
  found = space.distances(
    space.view(jnp.eye(len(pitches))[target]), space.view(soft[None])
  )[0, 0]
  mean = hamming(sounding(target, pitches), sounding(drawn_, pitches)).mean()
  np.testing.assert_allclose(found, mean, atol=0.05)


def test_the_generator_alone_has_parameters_and_learns():
  model = VectorGan(2, generator_layers=(16,))
  loss = nearest(model, SPEC, pool=4)
  both = model.init(jax.random.key(0), {'x': X}, KEYS)['params']
  params, _ = loss.init(jax.random.key(0), {'x': X}, {})
  jax.tree.map(
    np.testing.assert_array_equal, params, {'generator': both['generator']}
  )
  rule = {'.*': {'name': 'adam', 'learning_rate': 0.01}}
  x = np.random.default_rng(0).normal(2, 0.5, size=(64, 2)).astype(np.float32)
  edges = loop.run(
    [Stage(loss, rule, 60)], {'x': x}, windows(8, 64), seed=0, chunk=30
  )
  *_, last = edges
  before = evaluate(loss, params, STATE, {'x': x}, seed=0, batch=8)
  after = evaluate(
    loss, last.snapshot().params, STATE, {'x': x}, seed=0, batch=8
  )
  assert after['loss'] < 0.5 * before['loss']


def test_melodies_have_a_gradient_whatever_is_chosen():
  model = Gan.from_spec(MELODY, generator_layers=(8,), latent=3)
  loss = nearest(model, MELODY, pool=2, space='sounding')
  params = {'generator': drawn(model.init, {}, KEYS)['params']['generator']}
  tokens = np.random.default_rng(0).integers(0, 60, (B, 16))
  (value, _), slope = jax.value_and_grad(loss.loss, has_aux=True)(
    params, STATE, {'tokens': tokens}, KEYS, True
  )
  assert np.isfinite(value)
  leaves = jax.tree.leaves(slope)
  assert all(bool(jnp.all(jnp.isfinite(leaf))) for leaf in leaves)
  assert max(float(jnp.abs(leaf).max()) for leaf in leaves) > 0


def test_errors():
  with pytest.raises(UserError, match='loss/pool must be at least 1, not 0'):
    nearest(Shifted(), SPEC, pool=0)
  with pytest.raises(UserError, match="set loss/space to 'examples'"):
    nearest(Shifted(), SPEC, space='sounding')


def test_the_pool_is_that_of_all_devices(monkeypatch):
  loss = nearest(Shifted(), SPEC, pool=3).loss

  def metrics(x, keys):
    return loss(jnp.ones(2), STATE, {'x': x}, keys, True)[1][1]

  whole = metrics(X, KEYS)
  monkeypatch.setattr(jax, 'local_device_count', lambda: 2)
  monkeypatch.setattr(parallel, '_taken', None)
  halves = jax.vmap(metrics, axis_name=parallel.AXIS)(
    X.reshape(2, 2, 2), KEYS.reshape(2, 2)
  )
  for name, values in whole.items():
    np.testing.assert_allclose(halves[name].reshape(-1), values, rtol=1e-4)
  (alone,) = metrics(X[:1], KEYS[:1])['loss']  # fewer to choose among
  assert alone > whole['loss'][0]
