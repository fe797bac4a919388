"""The ELBO against numbers by hand, its options, and learning with it."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from tests.parameters import program
from zoo.contracts import Field, Spec, UserError
from zoo.losses.elbo import elbo
from zoo.models.music_vae import MusicVae

K, T, B = 6, 8, 8
MODEL = MusicVae(
  K, T, 4, 0, 0, form='beatwise', latent=4, encoder=(16,), decoder=(32,)
)
BATCH = {
  'tokens': jax.random.randint(jax.random.key(5), (B, T), 0, K, jnp.int8)
}
KEYS = jax.random.split(jax.random.key(6), B)


SPEC = Spec('toy', {}, {'tokens': Field((T,), 'int8', K)}, {}, 0.25, {}, {})


class Coin:
  """An autoencoder whose numbers are known: mu = 1, sigma = 2, fair logits."""

  def apply(self, variables, *arguments, method):
    return getattr(self, method)(*arguments)

  def encode(self, batch, keys, hidden):
    codes = jnp.ones((len(batch['tokens']), 3))
    return codes, 2 * codes

  def decode(self, z, batch, keys, own_share, hidden):
    # What is hidden shows in the logits, so that the test can count it.
    shown = hidden * (T - 1)
    return jnp.zeros((*batch['tokens'].shape, K)).at[..., 0].set(shown)

  def log_prob(self, outputs, batch):
    return MODEL.log_prob(outputs, batch)

  def logits(self, outputs):
    return {'tokens': outputs}


# 1/2 (mu^2 + sigma^2 - 1 - ln sigma^2) for each of three dimensions.
DIVERGENCE = 3 * 0.5 * (1 + 4 - 1 - math.log(4))


def _evaluate(loss, train=True, step=0, params=None):
  state = {'shared': {'step': jnp.int32(step)}, 'example': {}}
  return loss.loss(params or {}, state, BATCH, KEYS, train)


def test_numbers_by_hand():
  scalar, (state, metrics) = _evaluate(elbo(Coin(), SPEC, beta=0.5))
  cross_entropy = T * math.log(K)
  np.testing.assert_allclose(metrics['reconstruction'], cross_entropy, 1e-5)
  np.testing.assert_allclose(metrics['kl_bits'], DIVERGENCE / math.log(2), 1e-5)
  np.testing.assert_allclose(scalar, cross_entropy + DIVERGENCE / 2, 1e-5)
  assert state['shared']['step'] == 1
  assert {m: v.shape for m, v in metrics.items()} == dict.fromkeys(
    ['loss', 'reconstruction', 'kl_bits', 'mistakes'], (B,)
  )


@pytest.mark.parametrize('bits', [1, 100])
def test_free_bits_cost_nothing(bits):
  scalar, _ = _evaluate(elbo(Coin(), SPEC, beta=0.5, free_bits=bits))
  cost = max(DIVERGENCE - bits * math.log(2), 0)
  np.testing.assert_allclose(scalar, T * math.log(K) + cost / 2, 1e-5)


@pytest.mark.parametrize(
  'options, step, share',
  [
    ({'anneal_steps': 10}, 0, 0),
    ({'anneal_steps': 10}, 4, 0.4),
    ({'anneal_steps': 10}, 30, 1),
    ({'anneal_rate': 0.9}, 0, 0),
    ({'anneal_rate': 0.9}, 2, 1 - 0.81),
  ],
)
def test_beta_is_annealed_in_training_alone(options, step, share):
  loss = elbo(Coin(), SPEC, beta=0.5, **options)
  scalar, (_, metrics) = _evaluate(loss, step=step)
  cost = float(scalar - metrics['reconstruction'].mean())
  np.testing.assert_allclose(cost, share * DIVERGENCE / 2, atol=1e-5)
  scalar, (state, metrics) = _evaluate(loss, train=False, step=step)
  cost = float(scalar - metrics['reconstruction'].mean())
  np.testing.assert_allclose(cost, DIVERGENCE / 2, atol=1e-5)
  assert state['shared']['step'] == step


def test_two_ways_of_annealing_are_refused():
  with pytest.raises(UserError, match='set one to 0'):
    elbo(Coin(), SPEC, beta=1.0, anneal_steps=5, anneal_rate=0.9)
  with pytest.raises(UserError, match='word_dropout must be a share'):
    elbo(Coin(), SPEC, beta=1.0, word_dropout=-0.1)


def test_a_code_without_noise_has_no_divergence():
  class Plain(Coin):
    def encode(self, batch, keys, hidden):
      return super().encode(batch, keys, hidden)[0], None

  scalar, (_, metrics) = _evaluate(elbo(Plain(), SPEC))
  np.testing.assert_allclose(scalar, T * math.log(K), 1e-5)
  assert 'kl_bits' not in metrics
  with pytest.raises(UserError, match='set loss/beta=0'):
    _evaluate(elbo(Plain(), SPEC, beta=0.1))
  with pytest.raises(UserError, match='Plain has none: set loss/sparsity=0'):
    elbo(Plain(), SPEC, sparsity=1.0)


def test_words_are_dropped_in_training_alone():
  loss = elbo(Coin(), SPEC, beta=0.0, word_dropout=1.0)
  _, (_, metrics) = _evaluate(loss)
  hidden = T - 1
  true = np.asarray(BATCH['tokens']) == 0
  expected = np.log(math.exp(hidden) + K - 1) - hidden * true
  np.testing.assert_allclose(metrics['reconstruction'], expected.sum(1), 1e-5)
  _, (_, metrics) = _evaluate(loss, train=False)
  np.testing.assert_allclose(metrics['reconstruction'], T * math.log(K), 1e-5)


def test_scheduled_sampling_starts_at_the_truth_and_ends_at_own_tokens():
  probabilities = []

  class Rehearsing(Coin):
    def decode(self, z, batch, keys, own_share, hidden):
      probabilities.append(float(own_share))
      return super().decode(z, batch, keys, own_share, hidden)

  loss = elbo(
    Rehearsing(),
    SPEC,
    beta=0.0,
    scheduled_sampling='inverse_sigmoid',
    sampling_rate=100.0,
  )
  for step in (0, 700, 10**6):
    _evaluate(loss, step=step)
  k = 100
  expected = [1 - k / (k + math.exp(step / k)) for step in (0, 700)]
  np.testing.assert_allclose(probabilities, [*expected, 1], 1e-5)
  _evaluate(loss, train=False, step=700)
  assert probabilities[3:] == [0]


def test_memorises_eight_melodies():
  loss = elbo(MODEL, SPEC, beta=0.01)
  params, state = loss.init(jax.random.key(0), BATCH, {})
  optimizer = optax.adam(1e-2)

  @jax.jit
  def train(params, state):
    def step(before, number):
      params, state, moments = before
      keys = jax.vmap(jax.random.fold_in, (0, None))(KEYS, number)
      (value, (state, metrics)), gradient = jax.value_and_grad(
        loss.loss, has_aux=True
      )(params, state, BATCH, keys, True)
      updates, moments = optimizer.update(gradient, moments)
      params = optax.apply_updates(params, updates)
      return (params, state, moments), (value, metrics['mistakes'], gradient)

    first = (params, state, optimizer.init(params))
    return jax.lax.scan(step, first, jnp.arange(300))

  (params, state, _), (values, mistakes, gradients) = train(params, state)
  assert np.isfinite(values).all()
  assert values[-1] < 0.1 * values[0]
  assert mistakes[-1].sum() == 0
  assert state['shared']['step'] == 300
  for path, leaf in jax.tree_util.tree_leaves_with_path(gradients):
    assert np.isfinite(leaf).all(), path
    assert (np.abs(leaf[:10]).max(0) > 0).any(), path
  mu, _ = program(MODEL)({'params': params}, BATCH, method='encode')
  written = program(MODEL)(
    {'params': params}, mu, KEYS, temperature=0.0, method='generate'
  )
  np.testing.assert_array_equal(written['tokens'], BATCH['tokens'])


def test_losses_do_not_depend_on_how_the_batch_is_split():
  model = MODEL.copy(dropout=0.2)
  loss = elbo(
    model,
    SPEC,
    beta=0.5,
    word_dropout=0.3,
    scheduled_sampling='inverse_sigmoid',
    sampling_rate=1.0,
  )
  params, state = loss.init(jax.random.key(0), BATCH, {})

  @jax.jit
  def metrics(tokens, keys):
    return loss.loss(params, state, {'tokens': tokens}, keys, True)[1][1]

  whole = metrics(BATCH['tokens'], KEYS)
  parts = [
    metrics(BATCH['tokens'][part], KEYS[part])
    for part in (slice(0, 5), slice(5, 8))
  ]
  jax.tree.map(
    lambda x, *p: np.testing.assert_allclose(x, np.concatenate(p), 1e-4),
    whole,
    *parts,
  )
