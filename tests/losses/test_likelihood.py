"""The likelihood of symbols: numbers by hand, padding, crops, learning."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import optax

from tests.parameters import program
from zoo.losses.likelihood import cut, draw_start, likelihood
from zoo.models.rnn_nade import RnnNade

B, T, P = 4, 12, 6
LENGTHS = np.array([12, 7, 3, 9], np.int32)
KEYS = jax.random.split(jax.random.key(6), B)
MODEL = RnnNade(P, recurrent=(16,), hidden=16, voices=4, dropout=0.3)


def batch(seed=0):
  roll = np.random.default_rng(seed).random((B, T, P)) < 0.3
  roll &= np.arange(T)[None, :, None] < LENGTHS[:, None, None]
  return {'roll': jnp.asarray(roll, jnp.uint8), 'length': jnp.asarray(LENGTHS)}


class Fair(RnnNade):
  """A model that knows nothing, but checks what it is given."""

  def setup(self):
    self.w = self.param('w', lambda rng: jnp.zeros(()))

  def __call__(self, symbols, given, carry, keys=None):
    assert given.frame.shape == symbols.shape
    return self.w * symbols[..., None, :], carry


def _evaluate(loss, given, train=False, params=None):
  state = {'shared': {}, 'example': {}}
  return jax.jit(loss.loss, static_argnums=4)(
    params or {'w': jnp.zeros(())}, state, given, KEYS, train
  )


def test_numbers_by_hand():
  coins = P * math.log(2)
  scalar, (_, metrics) = _evaluate(likelihood(Fair(P)), batch())
  np.testing.assert_allclose(scalar, coins, rtol=1e-6)
  np.testing.assert_allclose(metrics['loss'], [coins] * B, rtol=1e-6)
  np.testing.assert_allclose(metrics['nats'], coins * LENGTHS, rtol=1e-6)
  np.testing.assert_array_equal(metrics['steps'], LENGTHS)


def test_accuracy_by_hand():
  """The likeliest frame of fair coins is silent: those of silence are right."""
  given = batch()
  silent = ~given['roll'].any(-1)
  _, (_, metrics) = _evaluate(likelihood(Fair(P)), given)
  shares = [silent[i, :length].mean() for i, length in enumerate(LENGTHS)]
  np.testing.assert_allclose(metrics['accuracy'], shares, rtol=1e-6)
  assert (metrics['onset_accuracy'] == 0).all()


class Sure(Fair):
  """In one order every note is certain, in the other a fair coin."""

  def __call__(self, symbols, given, carry, keys=None):
    logits = jnp.where(symbols > 0, 90.0, -90.0)
    return jnp.stack([logits, self.w * logits], -2), carry


def test_orders_learn_alone_and_are_believed_together():
  # A pitch costs log 2 by the coin: half of it is the mean of both; a frame's
  # probability is (1 + 2^-P) / 2.
  for train, frame in (
    (True, P * math.log(2) / 2),
    (False, math.log(2) - math.log1p(2**-P)),
  ):
    _, (_, metrics) = _evaluate(likelihood(Sure(P)), batch(), train=train)
    np.testing.assert_allclose(metrics['loss'], [frame] * B, rtol=1e-5)


def test_a_crop_is_of_at_most_so_many_frames_in_training_alone():
  loss = likelihood(Fair(P), crop=5)
  _, (_, metrics) = _evaluate(loss, batch(), train=True)
  np.testing.assert_array_equal(metrics['steps'], [5, 5, 3, 5])
  _, (_, metrics) = _evaluate(loss, batch())
  np.testing.assert_array_equal(metrics['steps'], LENGTHS)


def test_every_frame_can_be_reached_by_a_crop_that_stays_inside():
  keys = jax.random.split(jax.random.key(0), 4000)
  starts = jax.vmap(draw_start, (0, None, None))(keys, 20, 8)
  counts = np.bincount(starts, minlength=13)
  assert len(counts) == 13
  # -4..16, clipped to 0..12: the ends five times as often as the others.
  np.testing.assert_allclose(counts[1:-1] / 4000, 1 / 20, atol=0.015)
  np.testing.assert_allclose(
    counts[[0, -1]] / 4000, [5 / 20, 4 / 20], atol=0.03
  )
  short = jax.vmap(draw_start, (0, None, None))(keys[:50], 3, 8)
  assert not np.asarray(short).any()


def test_a_cut_is_a_stretch_of_each():
  values = jnp.arange(24).reshape(2, 12)
  found = cut(values, jnp.array([3, 0]), 4)
  np.testing.assert_array_equal(found, [[3, 4, 5, 6], [12, 13, 14, 15]])


def test_padding_counts_for_nothing():
  loss = likelihood(MODEL)
  given = batch()
  params, _ = loss.init(jax.random.key(0), given, {})
  after = np.arange(T)[None, :, None] >= LENGTHS[:, None, None]
  noise = {**given, 'roll': jnp.where(after, 1, given['roll'])}
  _, (_, metrics) = _evaluate(loss, given, params=params)
  _, (_, again) = _evaluate(loss, noise, params=params)
  np.testing.assert_allclose(metrics['nats'], again['nats'], rtol=1e-5)


def test_a_crop_knows_the_frames_before_it():
  # Without memory, but with the last frame skipping to the head, a crop's
  # frames score as they do in the whole piece.
  model = MODEL.copy(skip=True, dropout=0.0)
  loss = likelihood(model, crop=5)
  given = batch()
  params, state = loss.init(jax.random.key(0), given, {})
  params = {**params, 'layers': jax.tree.map(jnp.zeros_like, params['layers'])}
  steps = model.read(given)
  logits, _ = program(model)({'params': params}, *steps[:2], model.start(given))
  scores = -np.sum(
    np.where(given['roll'], logits[:, :, 0], 0)
    - jax.nn.softplus(logits[:, :, 0]),
    -1,
  )
  _, (_, metrics) = jax.jit(loss.loss, static_argnums=4)(
    params, state, given, KEYS, True
  )
  for row, length in enumerate(LENGTHS):
    stretches = [
      scores[row, start : start + min(5, length)].sum()
      for start in range(max(length - 5, 0) + 1)
    ]
    nearest = np.abs(np.array(stretches) - metrics['nats'][row]).min()
    assert nearest < 1e-3


def test_losses_do_not_depend_on_how_the_batch_is_split():
  loss = likelihood(MODEL, crop=5)
  given = batch()
  params, state = loss.init(jax.random.key(0), given, {})

  @jax.jit
  def metrics(given, keys):
    return loss.loss(params, state, given, keys, True)[1][1]['nats']

  whole = metrics(given, KEYS)
  halves = [
    metrics(jax.tree.map(lambda x, s=s: x[s], given), KEYS[s])
    for s in (slice(0, 2), slice(2, 4))
  ]
  np.testing.assert_allclose(whole, np.concatenate(halves), rtol=1e-4)


def test_memorises_four_pieces():
  loss = likelihood(MODEL.copy(dropout=0.0))
  given = batch()
  params, state = loss.init(jax.random.key(0), given, {})
  optimizer = optax.adam(2e-2)

  @jax.jit
  def train(params):
    def step(before, _):
      params, moments = before
      (value, _), gradient = jax.value_and_grad(loss.loss, has_aux=True)(
        params, state, given, KEYS, True
      )
      updates, moments = optimizer.update(gradient, moments)
      return (optax.apply_updates(params, updates), moments), (value, gradient)

    first = (params, optimizer.init(params))
    return jax.lax.scan(step, first, None, length=200)

  _, (values, gradients) = train(params)
  assert values[-1] < 0.1 * values[0]
  for path, leaf in jax.tree_util.tree_leaves_with_path(gradients):
    assert np.isfinite(leaf).all(), path
    assert (np.abs(leaf[:10]).max(0) > 0).any(), path
