"""Tuning by reward: exact gradients, replay buffers and targets by hand."""

import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.parameters import drawn
from zoo.contracts import UserError
from zoo.encoders.melody import Melody
from zoo.losses.likelihood import init_model
from zoo.losses.policy import log_probs, logits_of, policy, theory_of
from zoo.losses.q_learning import q_learning
from zoo.models.melody_rnn import MelodyRnn

# Melodies of two steps: hold, note-off, C and C sharp.
SPEC = Melody(
  bars=1, metre='1/4', steps_per_quarter=2, lowest=60, highest=61
).spec
MODEL = MelodyRnn(4, 2, (5,))
T, K = 2, 4
REWARDS = ('key', 'repeats', 'intervals')
EVERY = jnp.asarray(list(itertools.product(range(K), repeat=T)))


def weights(scale):
  init = functools.partial(init_model, MODEL)
  batch = {'tokens': jnp.zeros((1, T), int)}
  return drawn(init, batch, scale=scale)['params']


def batch(rows):
  return {'tokens': jnp.zeros((rows, T), int)}


def objective(params, reference, scale):
  """E[r / c] - KL, over all possible melodies."""
  logs = jnp.sum(log_probs(MODEL, params, EVERY), 1)
  before = jnp.sum(log_probs(MODEL, reference, EVERY), 1)
  reward = jnp.sum(theory_of(SPEC, REWARDS)(EVERY), 1)
  return jnp.sum(jnp.exp(logs) * (reward / scale - (logs - before)))


def test_the_gradient_is_that_of_reward_less_divergence():
  loss = policy(MODEL, SPEC, scale=0.5, rewards=REWARDS)
  params, reference = weights(0.5), weights(0.8)
  _, state = loss.init(jax.random.key(0), batch(1), reference)
  np.testing.assert_array_equal(
    state['shared']['reference']['output']['kernel'],
    reference['output']['kernel'],
  )
  keys = jax.random.split(jax.random.key(1), 30_000)

  @jax.jit
  def gradients(params):
    found, (_, metrics) = jax.grad(loss.loss, has_aux=True)(
      params, state, batch(1), keys, True
    )
    exact = jax.grad(objective)(params, reference, 0.5)
    return found, exact, objective(params, reference, 0.5), metrics

  found, exact, value, metrics = gradients(params)
  one, other = (
    np.concatenate([np.ravel(x) for x in jax.tree.leaves(tree)])
    for tree in (found, exact)
  )
  # Minimised, so of the other sign.
  np.testing.assert_allclose(-one, other, atol=0.06 * np.abs(other).max())
  assert float(metrics['loss'].mean()) == pytest.approx(-float(value), abs=0.05)
  assert (metrics['divergence'].mean()) > 0


def test_without_reward_nothing_moves_from_the_reference():
  loss = policy(MODEL, SPEC, scale=1e9, rewards=REWARDS)
  params = weights(0.5)
  _, state = loss.init(jax.random.key(0), batch(1), params)
  keys = jax.random.split(jax.random.key(1), 16)
  gradient, (_, metrics) = jax.jit(
    jax.grad(loss.loss, has_aux=True), static_argnums=4
  )(params, state, batch(1), keys, True)
  assert max(float(jnp.abs(x).max()) for x in jax.tree.leaves(gradient)) < 1e-6
  np.testing.assert_allclose(metrics['divergence'], 0, atol=1e-6)


@functools.cache
def one_step(algorithm):
  """What the first step of Q-learning of four melodies leaves."""
  loss = q_learning(
    MODEL,
    SPEC,
    10,
    algorithm=algorithm,
    scale=2.0,
    discount=0.5,
    rewards=REWARDS,
    memory=3,
    replayed=1,
    follow=0.1,
  )
  params, reference = weights(0.5), weights(0.8)
  _, state = loss.init(jax.random.key(0), batch(4), reference)
  keys = jax.random.split(jax.random.key(1), 4)
  run = jax.jit(loss.loss, static_argnums=4)
  _, (state, metrics) = run(params, state, batch(4), keys, True)
  return params, reference, state, metrics


@pytest.mark.parametrize('algorithm', ['q', 'psi'])
def test_values_follow_their_targets(algorithm):
  """One melody remembered, and so replayed; its targets by hand."""
  params, reference, state, metrics = one_step(algorithm)
  buffer = np.asarray(state['example']['tokens'])
  assert not buffer[:, 1:].any()
  tokens = jnp.asarray(buffer[:, 0], jnp.int32)

  @jax.jit
  def read(params):
    return logits_of(MODEL, params, tokens)

  logs = np.asarray(jax.nn.log_softmax(read(reference)))
  reward = np.asarray(theory_of(SPEC, REWARDS)(tokens))
  later, values = np.asarray(read(reference)), np.asarray(read(params))
  for row, melody in enumerate(np.asarray(tokens)):
    errors = []
    for step, token in enumerate(melody):
      target = logs[row, step, token] + reward[row, step] / 2
      if step + 1 < T:
        best, every = later[row, step + 1], np.exp(later[row, step + 1])
        target += 0.5 * (
          best.max() if algorithm == 'q' else np.log(every.sum())
        )
      errors.append(values[row, step, token] - target)
    assert float(metrics['loss'][row]) == pytest.approx(
      np.mean(np.square(errors)), rel=1e-4
    )
  jax.tree.map(
    lambda now, old, new: np.testing.assert_allclose(
      now, old + 0.1 * (new - old), rtol=1e-5, atol=1e-6
    ),
    state['shared']['target'],
    reference,
    params,
  )
  assert int(state['shared']['step']) == 1


def test_g_learning_is_psi_learning_of_outputs_that_contain_log_p():
  psi, g = (one_step(name)[-1]['loss'] for name in ('psi', 'g'))
  np.testing.assert_allclose(psi, g, rtol=1e-4)


def test_at_first_all_symbols_are_random_and_greedy_ones_the_best():
  def written(epsilon):
    loss = q_learning(
      MODEL,
      SPEC,
      10,
      exploration='greedy',
      epsilon=(epsilon, epsilon),
      memory=1,
    )
    params = weights(3.0)
    _, state = loss.init(jax.random.key(0), batch(400), params)
    keys = jax.random.split(jax.random.key(1), 400)
    _, (state, _) = jax.jit(loss.loss, static_argnums=4)(
      params, state, batch(400), keys, True
    )
    return np.asarray(state['example']['tokens'])[:, 0]

  counts = np.bincount(written(1.0).ravel(), minlength=K) / (400 * T)
  np.testing.assert_allclose(counts, 1 / K, atol=0.06)
  assert len(np.unique(written(0.0), axis=0)) == 1


@pytest.mark.parametrize(
  ('options', 'words'),
  [
    ({'rewards': ('swing',)}, 'loss/rewards names swing'),
    ({'rewards': ()}, 'loss/rewards names nothing'),
    ({'scale': 0.0}, 'loss/scale must be above 0'),
  ],
)
def test_unknown_rewards_are_refused(options, words):
  for build in (
    lambda: policy(MODEL, SPEC, **options),
    lambda: q_learning(MODEL, SPEC, 10, **options),
  ):
    with pytest.raises(UserError, match=words):
      build()


def test_shares_out_of_range_are_refused():
  with pytest.raises(UserError, match='must be shares'):
    q_learning(MODEL, SPEC, 10, discount=1.5)
  with pytest.raises(UserError, match='at least 1'):
    q_learning(MODEL, SPEC, 10, memory=0)
