"""Which parameters are updated, how, and when."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zoo.contracts import UserError
from zoo.training import optimizer

PARAMS = {
  'generator': {'kernel': jnp.array([1.0, -2.0]), 'bias': jnp.array(0.5)},
  'critic': {'kernel': jnp.array([3.0])},
}
ONES = jax.tree.map(jnp.ones_like, PARAMS)
SGD = {'name': 'sgd', 'learning_rate': 0.5}


def moves(groups, gradients=ONES, steps=10, count=1):
  """The parameters after each of `count` steps, and the last opt."""
  rule = optimizer.build(groups, PARAMS, steps)
  params, opt, path = PARAMS, rule.init(PARAMS), []
  for step in range(count):
    params, opt = rule.update(gradients, opt, params, step)
    path.append(params)
  return path, opt


def test_sgd_and_adam_take_the_textbook_step():
  (after,), _ = moves({'.*': SGD})
  np.testing.assert_allclose(after['generator']['kernel'], [0.5, -2.5])
  # Adam's first step is the learning rate, whatever the gradient's size.
  small = jax.tree.map(lambda g: 1e-3 * g, ONES)
  (after,), _ = moves({'.*': {'name': 'adam', 'learning_rate': 0.1}}, small)
  np.testing.assert_allclose(after['critic']['kernel'], [2.9], rtol=1e-5)
  # RMSProp: g / sqrt((1 - 0.9) g^2)
  spec = {'name': 'rmsprop', 'learning_rate': 0.1}
  (after,), _ = moves({'.*': spec})
  np.testing.assert_allclose(
    after['critic']['kernel'], [3 - 0.1 / 0.1**0.5], rtol=1e-5
  )


def test_the_first_pattern_wins_and_none_is_frozen_to_the_bit():
  groups = {'generator/bias': None, '.*': {**SGD, 'weight_decay': 0.1}}
  path, _ = moves(groups, count=5)
  assert path[-1]['generator']['bias'] == PARAMS['generator']['bias']
  assert path[-1]['critic']['kernel'] != PARAMS['critic']['kernel']
  # w - rate * (gradient + decay * w)
  np.testing.assert_allclose(
    path[0]['critic']['kernel'], [3 - 0.5 * (1 + 0.1 * 3)], rtol=1e-6
  )


def test_nothing_is_differentiated_for_what_is_frozen():
  rule = optimizer.build({'critic/.*': None, '.*': SGD}, PARAMS, 1)

  def total(params):
    held = rule.hold(params)
    return sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(held))

  gradient = jax.grad(total)(PARAMS)
  assert gradient['critic']['kernel'].tolist() == [0.0]
  assert gradient['generator']['bias'] == 1.0


def test_players_take_turns_moments_and_all():
  adam = {'name': 'adam', 'learning_rate': 0.1, 'of': 3}
  groups = {
    'critic/.*': {**adam, 'turns': [0, 1]},
    '.*': {**adam, 'turns': [2]},
  }
  path, opt = moves(groups, count=6)
  path = [PARAMS, *path]
  for step in range(6):
    for player, turns in (('critic', (0, 1)), ('generator', (2,))):
      before, after = path[step][player], path[step + 1][player]
      moved = not np.array_equal(before['kernel'], after['kernel'])
      assert moved == (step % 3 in turns), (step, player)
  counts = [
    int(leaf)
    for name, leaf in jax.tree_util.tree_leaves_with_path(opt)
    if 'count' in jax.tree_util.keystr(name)
  ]
  # Adam's own count and the schedule's: 4 moves of the critic, 2 of the other.
  assert sorted(counts) == [2, 2, 4, 4]


def test_the_stronger_player_waits_for_the_other():
  waits = {'metric': 'critic', 'below': 0.7, 'of': 'generator'}
  groups = {'critic/.*': {**SGD, 'waits': waits}, '.*': SGD}
  rule = optimizer.build(groups, PARAMS, 10)
  params, opt, path = PARAMS, rule.init(PARAMS), []
  # Strong, even, strong, weak: it moves where its loss is not below .7 times.
  for step, critic in enumerate((0.1, 0.8, 0.69, 2.0)):
    metrics = {'critic': jnp.float32(critic), 'generator': jnp.float32(1.0)}
    params, opt = rule.update(ONES, opt, params, step, metrics)
    path.append(float(params['critic']['kernel'][0]))
  assert path == [3.0, 2.5, 2.5, 2.0]
  np.testing.assert_allclose(params['generator']['bias'], 0.5 - 4 * 0.5)
  rule = optimizer.build(
    {'.*': {**SGD, 'waits': {'metric': 'loss', 'above': 2.0}}}, PARAMS, 10
  )
  after, _ = rule.update(ONES, rule.init(PARAMS), PARAMS, 0, {'loss': 3.0})
  assert after['critic']['kernel'] == PARAMS['critic']['kernel']
  with pytest.raises(UserError, match="asks for the metric 'loss'; did you"):
    rule.update(ONES, rule.init(PARAMS), PARAMS, 0, {'los': 3.0})


def test_the_learning_rate_rises_and_falls():
  spec = {**SGD, 'learning_rate': 1.0, 'warmup': 4, 'final': 0.1}
  path, _ = moves({'.*': spec}, steps=24, count=25)
  values = [3.0, *(float(p['critic']['kernel'][0]) for p in path)]
  rates = -np.diff(values)
  np.testing.assert_allclose(rates[:4], [0.25, 0.5, 0.75, 1.0], rtol=1e-5)
  # Half-way down the cosine: the mean of peak and end.
  np.testing.assert_allclose(rates[14], 0.55, rtol=1e-5)
  np.testing.assert_allclose(rates[24], 0.1, rtol=1e-4)
  path, _ = moves({'.*': {**SGD, 'warmup': 0}}, count=3)
  np.testing.assert_allclose(path[2]['critic']['kernel'], [1.5], rtol=1e-6)


def test_clipping_takes_the_norm_of_the_group():
  big = jax.tree.map(lambda g: 100 * g, ONES)
  (after,), _ = moves({'generator/.*': {**SGD, 'clip': 1.0}, '.*': SGD}, big)
  # Three numbers of 100 have the norm 100 sqrt(3).
  np.testing.assert_allclose(
    after['generator']['bias'], 0.5 - 0.5 / 3**0.5, rtol=1e-5
  )
  np.testing.assert_allclose(after['critic']['kernel'], [3 - 50.0])


@pytest.mark.parametrize(
  'groups, sentence',
  [
    ({'critic/.*': SGD}, "matches the parameter 'generator/bias'"),
    ({'.*': SGD, 'critic/.*': None}, "'critic/.*' matches no parameter"),
    ({'critic': SGD, '.*': SGD}, "'critic' matches no parameter"),
    ({'.*': {'name': 'adm'}}, "'adm'; did you mean 'adam'"),
    ({'.*': {'name': 'adam', 'rate': 1.0}}, "no option 'rate'"),
    ({'.*': {'name': 'sgd', 'clip': 'x'}}, 'optimizer/.*/clip must be'),
    ({'.*': {**SGD, 'turns': [2], 'of': 2}}, 'must name steps from 0 to 1'),
    ({'.*': {**SGD, 'turns': []}}, 'must name steps from 0'),
    ({'.*': {**SGD, 'learning_rate': -0.1}}, 'learning_rate is -0.1: it must'),
    ({'.*': {**SGD, 'learning_rate': float('nan')}}, 'number, not nan'),
    ({'.*': {**SGD, 'final': -1.0}}, 'optimizer/.*/final is -1.0: it must be'),
    ({'.*': {**SGD, 'weight_decay': -1.0}}, 'weight_decay is -1.0: it must be'),
    ({'.*': {**SGD, 'clip': -1.0}}, 'optimizer/.*/clip is -1.0: it must be at'),
    ({'.*': {**SGD, 'average': -1.0}}, 'optimizer/.*/average is -1.0: it must'),
    ({'(': SGD}, 'is not a regular expression'),
    ({}, 'must be a dict'),
    ([SGD], 'must be a dict'),
    ({'.*': {**SGD, 'waits': {'metric': 'a'}}}, 'waits must be like'),
    (
      {'.*': {**SGD, 'waits': {'metric': 'a', 'above': 1, 'below': 0}}},
      'waits must be like',
    ),
    ({'.*': {**SGD, 'waits': {'metric': 1, 'above': 1}}}, 'waits must be'),
  ],
)
def test_mistakes_are_one_sentence(groups, sentence):
  with pytest.raises(UserError) as error:
    optimizer.build(groups, PARAMS, 1)
  assert sentence in str(error.value)


def test_the_weights_into_a_unit_are_cut_to_a_norm():
  params = {'kernel': jnp.array([[3.0, 0.1], [4.0, 0.1]]), 'bias': jnp.ones(2)}
  still = jax.tree.map(jnp.zeros_like, params)
  groups = {'.*': {**SGD, 'max_norm': 2.0, 'average': 0.5}}
  rule = optimizer.build(groups, params, 1)
  after, opt = rule.update(still, rule.init(params), params, 0)
  expected = [[1.2, 0.1], [1.6, 0.1]]
  np.testing.assert_allclose(after['kernel'], expected, rtol=1e-5)
  np.testing.assert_array_equal(after['bias'], params['bias'])
  mean = optimizer.averaged(opt, after)['kernel']
  np.testing.assert_allclose(mean[:, 0], [2.1, 2.8], rtol=1e-5)
