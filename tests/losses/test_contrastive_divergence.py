"""The gradient against the rule by hand, and the state of the chains."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.models.rolls import rolls
from tests.parameters import program
from zoo.contracts import UserError
from zoo.layers.boltzmann import Machine, hidden_logits
from zoo.layers.gibbs import block, gibbs
from zoo.losses.contrastive_divergence import contrastive_divergence
from zoo.models.rbm import Rbm
from zoo.models.rnn_rbm import RnnRbm

rbm, rnn_rbm = Rbm.from_spec, RnnRbm.from_spec

B, T, D, H = 6, 5, 7, 4
RNG = np.random.default_rng(0)
SPEC = rolls(T, D)
BATCH = {
  'roll': jnp.asarray(RNG.integers(0, 2, (B, T, D))),
  'length': jnp.asarray([5, 5, 3, 5, 1, 4]),
}
MASK = np.arange(T) < np.asarray(BATCH['length'])[:, None]
KEYS = jax.random.split(jax.random.key(4), B)


def begin(model, **options):
  loss = contrastive_divergence(model, 10, **options)
  params, state = loss.init(jax.random.key(0), BATCH, {})
  rng = np.random.default_rng(1)
  params = jax.tree.map(lambda x: jnp.float32(rng.normal(size=x.shape)), params)
  return loss._replace(loss=compiled(loss)), params, state


def compiled(loss):
  return jax.jit(loss.loss, static_argnums=4)


def by_hand(machine, chain):
  """The gradient of W, b and c, b and c of each frame, weights of the mean."""
  rows = np.float32(BATCH['roll'])
  weight = MASK / MASK.sum(-1, keepdims=True) / B
  on, off = (
    np.asarray(jax.nn.sigmoid(hidden_logits(machine, x))) for x in (rows, chain)
  )
  # -(<p(h|v) v>_data - <p(h|v) v>_chain)
  kernel = np.einsum('bt,btd,bth->dh', weight, chain, off)
  kernel -= np.einsum('bt,btd,bth->dh', weight, rows, on)
  weight = weight[..., None]
  return kernel, weight * (chain - rows), weight * (off - on)


@pytest.mark.parametrize('persistent', [False, True])
def test_gradient_is_contrastive_divergence(persistent):
  loss, params, state = begin(
    rbm(SPEC, hidden=H), sweeps=3, persistent=persistent
  )
  if persistent:
    state['example'] = {'chain': 1 - state['example']['chain']}
  gradient, (after, _) = jax.grad(loss.loss, has_aux=True)(
    params, state, BATCH, KEYS, True
  )
  names = 'kernel', 'visible_bias', 'hidden_bias'
  machine = Machine(*(params[name] for name in names))
  # The chains are found again from the state that persistent ones leave.
  loss, _, other = begin(rbm(SPEC, hidden=H), sweeps=3, persistent=True)
  other['example'] = state['example'] or other['example']
  _, (other, _) = jax.jit(loss.loss, static_argnums=4)(
    params, other, BATCH, KEYS, True
  )
  chain = np.asarray(other['example']['chain'])
  if persistent:
    np.testing.assert_array_equal(after['example']['chain'], chain)
  kernel, visible, hidden = by_hand(machine, chain)
  for name, expected in zip(
    names, (kernel, visible.sum((0, 1)), hidden.sum((0, 1))), strict=True
  ):
    np.testing.assert_allclose(gradient[name], expected, atol=1e-6)


def test_gradient_reaches_the_recurrent_network():
  model = rnn_rbm(SPEC, hidden=H, recurrent=(3,))
  loss, params, state = begin(model, sweeps=2)
  rows = np.float32(BATCH['roll'])
  past = np.pad(rows[:, :-1], ((0, 0), (1, 0), (0, 0)))

  def machine_of(params):
    given = {'params': params}
    biases, _ = program(model)(given, past, model.begin(B), method='condition')
    return Machine(params['kernel'], *biases)

  gradient, _ = jax.grad(loss.loss, has_aux=True)(
    params, state, BATCH, KEYS, True
  )
  machine, back = jax.vjp(machine_of, params)
  keys = jax.vmap(lambda key: jax.random.fold_in(key, 2))(KEYS)
  chain = np.asarray(gibbs(block(machine), jnp.asarray(rows), keys, 2))
  (expected,) = back(Machine(*map(jnp.float32, by_hand(machine, chain))))
  for one, two in zip(
    jax.tree.leaves(gradient), jax.tree.leaves(expected), strict=True
  ):
    np.testing.assert_allclose(one, two, atol=1e-6)
  assert jnp.any(gradient['layers']['input_kernel'] != 0)


def test_padding_and_the_split_of_the_batch_change_nothing():
  loss, params, state = begin(rbm(SPEC, hidden=H), sweeps=2)
  _, (_, metrics) = jax.jit(loss.loss, static_argnums=4)(
    params, state, BATCH, KEYS, True
  )
  noisy = BATCH['roll'] | ~MASK[..., None]
  batch = {**BATCH, 'roll': noisy.astype(int)}
  _, (_, same) = jax.jit(loss.loss, static_argnums=4)(
    params, state, batch, KEYS, True
  )
  few = jax.tree.map(lambda x: x[2:4], BATCH)
  _, (_, part) = jax.jit(loss.loss, static_argnums=4)(
    params, state, few, KEYS[2:4], True
  )
  for name, values in metrics.items():
    np.testing.assert_allclose(values, same[name], rtol=1e-5)
    np.testing.assert_allclose(values[2:4], part[name], rtol=1e-5)


def test_sweeps_grow_to_the_end():
  loss, params, state = begin(
    rbm(SPEC, hidden=H), sweeps=1, last_sweeps=7, persistent=True
  )
  machine = Machine(
    params['kernel'], params['visible_bias'], params['hidden_bias']
  )
  rows = jnp.float32(BATCH['roll'])
  keys = jax.vmap(lambda key: jax.random.fold_in(key, 2))(KEYS)
  for step, sweeps in ((0, 1), (9, 7)):
    state['shared'] = {'step': jnp.int32(step)}
    _, (after, _) = jax.jit(loss.loss, static_argnums=4)(
      params, state, BATCH, KEYS, True
    )
    expected = gibbs(block(machine), rows, keys, sweeps)
    np.testing.assert_array_equal(after['example']['chain'], expected)
    assert after['shared']['step'] == step + 1


def test_first_biases_are_the_log_odds_of_the_batch():
  loss = contrastive_divergence(rbm(SPEC, hidden=H), 10, temperatures=5)
  params, state = loss.init(jax.random.key(0), BATCH, {})
  music = np.asarray(BATCH['roll'])[MASK]
  share = (music.sum(0) + 0.5) / (len(music) + 1)
  expected = np.log(share / (1 - share))
  np.testing.assert_allclose(params['visible_bias'], expected, rtol=1e-5)
  # Without weights, annealing is exact: log p is that of independent pitches.
  params['kernel'] = jnp.zeros_like(params['kernel'])
  fresh = {**state, 'example': loss.begin(BATCH)}
  _, (_, metrics) = compiled(loss)(params, fresh, BATCH, KEYS, False)
  row = np.asarray(BATCH['roll'])[4, 0]  # the piece of one frame
  nats = -np.sum(np.where(row, np.log(share), np.log1p(-share)))
  np.testing.assert_allclose(metrics['annealed_nats'][4], nats, rtol=1e-5)


@pytest.mark.parametrize('persistent', [False, True])
def test_a_stretch_is_cut_of_each_piece(persistent):
  model = rnn_rbm(SPEC, hidden=H, recurrent=(3,))
  if persistent:
    model = rbm(SPEC, hidden=H)
  loss, params, state = begin(model, persistent=persistent, crop=2)
  value, (after, metrics) = jax.jit(loss.loss, static_argnums=4)(
    params, state, BATCH, KEYS, True
  )
  if persistent:
    assert state['example']['chain'].shape == (B, 2, D)
    assert after['example']['chain'].shape == (B, 2, D)
  assert np.isfinite(value) and metrics['loss'].shape == (B,)


def test_errors():
  with pytest.raises(UserError, match='sweeps'):
    contrastive_divergence(rbm(SPEC), 10, sweeps=0)


def test_no_chain_goes_on_under_the_machine_of_another_frame():
  model = rnn_rbm(SPEC, hidden=H, recurrent=(3,))
  with pytest.raises(UserError, match='loss/persistent=false') as error:
    contrastive_divergence(model, 10, persistent=True)
  assert str(error.value).count('.') == 1  # one sentence
  for rows in ('frames', 'examples'):
    contrastive_divergence(rbm(SPEC, rows=rows), 10, persistent=True)
