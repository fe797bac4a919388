"""The adversarial loss by hand, and each player's gradient and turn."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zoo.contracts import UserError
from zoo.data.batches import windows
from zoo.losses.adversarial import adversarial
from zoo.models.gan import VectorGan
from zoo.training import loop
from zoo.training.evaluate import evaluate as mean_over
from zoo.training.stages import Stage

B = 4
KEYS = jax.random.split(jax.random.key(6), B)
BATCH = {'x': jnp.array([[3.0, 0.0], [3.0, 4.0], [0.0, 4.0], [0.0, 0.0]])}


class Line:
  """Fakes are (g, g); a score is d times the sum of an example."""

  def prior(self, keys):
    return jnp.zeros((len(keys), 1))

  def apply(self, variables, *arguments, method):
    return getattr(self, method)(variables['params'], *arguments)

  def generate(self, params, z, batch, keys):
    return jnp.broadcast_to(params['generator'], (len(z), 2))

  def real(self, batch):
    return batch['x']

  def discriminate(self, params, examples, batch):
    return params['discriminator'] * examples.sum(-1), examples


PARAMS = {'generator': jnp.float32(0.5), 'discriminator': jnp.float32(0.2)}
REAL = np.array([0.6, 1.4, 0.8, 0.0])  # Scores of the batch.
FAKE = 0.2


def evaluate(params=PARAMS, model=None, **options):
  state = {'shared': {}, 'example': {}}
  loss = adversarial(model or Line(), **options)
  return loss.loss(params, state, BATCH, KEYS, True)


def log_sigmoid(x):
  return -np.log1p(np.exp(-np.asarray(x)))


@pytest.mark.parametrize(
  'options, discriminator, generator',
  [
    (
      {'kind': 'non_saturating'},
      -log_sigmoid(REAL) - log_sigmoid(-FAKE),
      -log_sigmoid(FAKE),
    ),
    (
      {'kind': 'saturating'},
      -log_sigmoid(REAL) - log_sigmoid(-FAKE),
      log_sigmoid(-FAKE),
    ),
    (
      {'kind': 'saturating', 'real_target': 0.9},
      -0.9 * log_sigmoid(REAL) - 0.1 * log_sigmoid(-REAL) - log_sigmoid(-FAKE),
      log_sigmoid(-FAKE),
    ),
    ({'kind': 'wasserstein'}, FAKE - REAL, -FAKE),
  ],
)
def test_numbers_by_hand(options, discriminator, generator):
  scalar, (_, metrics) = evaluate(**options)
  np.testing.assert_allclose(metrics['discriminator'], discriminator, 1e-5)
  np.testing.assert_allclose(metrics['generator'], [generator] * B, 1e-5)
  np.testing.assert_allclose(scalar, np.mean(discriminator + generator), 1e-5)
  np.testing.assert_allclose(metrics['real_score'], REAL, 1e-5)
  np.testing.assert_allclose(metrics['fake_score'], [FAKE] * B, 1e-5)
  assert {value.shape for value in metrics.values()} == {(B,)}


def test_penalties_and_feature_matching_by_hand():
  # The gradient of the score is (d, d) everywhere.
  steep = 0.2 * math.sqrt(2)
  for penalty, expected in (('real', steep**2), ('between', (steep - 1) ** 2)):
    _, (_, metrics) = evaluate(
      kind='wasserstein', penalty=penalty, penalty_weight=3.0
    )
    np.testing.assert_allclose(metrics['penalty'], [expected] * B, 1e-5)
    np.testing.assert_allclose(
      metrics['discriminator'], FAKE - REAL + 3 * expected, 1e-5
    )
  _, (_, metrics) = evaluate(kind='wasserstein', feature_matching=2.0)
  # Mean features: (1.5, 2) real, (.5, .5) fake.
  gap = 1.0**2 + 1.5**2
  np.testing.assert_allclose(metrics['generator'], [-FAKE + 2 * gap] * B, 1e-5)


def test_a_validation_matches_no_features_whatever_the_batch():
  loss = adversarial(Line(), feature_matching=2.0)
  state = {'shared': {}, 'example': {}}
  whole, parts = (
    mean_over(loss, PARAMS, state, BATCH, seed=0, batch=batch)
    for batch in (4, 2)
  )
  assert whole == pytest.approx(parts, rel=1e-5)


def test_with_turns_only_the_player_whose_turn_it_is_moves():
  model = VectorGan(2, generator_layers=(5,), discriminator_layers=(5,))
  adam = {'name': 'adam', 'weight_decay': 0.1, 'learning_rate': 0.01}
  stage = Stage(
    adversarial(model),
    {
      'generator/.*': {**adam, 'turns': [2], 'of': 3},
      'discriminator/.*': {**adam, 'turns': [0, 1], 'of': 3},
    },
    6,
  )
  x = np.random.default_rng(0).normal(size=(16, 2)).astype(np.float32)
  edges = loop.run([stage], {'x': x}, windows(4, 16), seed=0, chunk=1)
  snapshots = [edge.snapshot() for edge in edges]
  for before, after, step in zip(
    snapshots[:-1], snapshots[1:], range(1, 6), strict=True
  ):
    turn = 'generator' if step % 3 == 2 else 'discriminator'
    for player in ('generator', 'discriminator'):
      same = jax.tree.map(
        np.array_equal, before.params[player], after.params[player]
      )
      moved = not any(jax.tree.leaves(same))
      stood = all(jax.tree.leaves(same))
      assert (moved, stood) == (player == turn, player != turn), (step, player)
  # The moments of the waiting player do not change either.
  first, second = (
    jax.tree_util.tree_leaves_with_path(s.opt) for s in snapshots[:2]
  )
  idle = [
    np.array_equal(a, b)
    for (path, a), (_, b) in zip(first, second, strict=True)
    if "'mu'" in str(path) or '.mu' in str(path)
    if "'generator'" in str(path)
  ]
  assert idle and all(idle)


def test_a_target_for_scores_that_are_not_probabilities_is_refused():
  with pytest.raises(UserError, match='real_target'):
    adversarial(Line(), kind='wasserstein', real_target=0.9)


def test_the_mean_example_is_matched_as_features_are():
  # Features of Line are the examples themselves.
  both = [
    evaluate(**{name: 0.3})[1][1]['generator']
    for name in ('mean_matching', 'feature_matching')
  ]
  np.testing.assert_allclose(*both)
  gap = 0.5 - np.asarray(BATCH['x']).mean(0)
  plain = evaluate()[1][1]['generator']
  np.testing.assert_allclose(both[0] - plain, 0.3 * (gap**2).sum(), rtol=1e-5)


def test_instance_noise_moves_real_and_fake_scores():
  plain, noisy, again, more = (
    evaluate(instance_noise=deviation)[1][1]
    for deviation in (0.0, 0.5, 0.5, 1.0)
  )
  np.testing.assert_array_equal(noisy['real_score'], again['real_score'])
  for name in ('real_score', 'fake_score'):
    moved = np.asarray(noisy[name] - plain[name])
    assert np.all(moved != 0) and len(set(moved.tolist())) == B
    # The noise itself is the same, and twice as large.
    np.testing.assert_allclose(more[name] - plain[name], 2 * moved, rtol=1e-4)
