"""NADE: sparse equals dense, probabilities sum to one, samples follow them."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.parameters import drawn, program
from zoo.layers.nade import (
  Hint,
  Nade,
  dense_logits,
  log_likelihood,
)

P, H = 5, 7
STRONG = {'voices': 3, 'reach': 2, 'matches': 3}
OUTER = ('ud', 'du')
EVERY = np.array(list(itertools.product((0, 1), repeat=P)), np.int32)


def head(**options):
  """A NADE with large random weights, and biases for a frame."""
  nade = Nade(**{'pitches': P, 'hidden': H, 'voices': 3, **options})
  keys = jax.random.split(jax.random.key(0), 2)
  visible = jax.random.normal(keys[0], (1, 1, P))
  hidden = jax.random.normal(keys[1], (1, 1, H))
  given = {}
  if nade.reach:
    # The frame before had two of three voices.
    given['before'] = jnp.array([[[0, 1, 0, 1, 0]]])
  if nade.matches:
    frame = jnp.array([[[1, 0, 1, 0, 1]]])
    given['hint'] = Hint(frame, jnp.array([[2]]))
  variables = drawn(nade.init, visible, hidden, EVERY[None, :1], **given)
  return nade, variables, (visible, hidden), given


def of_every_frame(nade, variables, biases, given):
  """log p of all 2^P frames."""

  def repeat(x):
    return jnp.repeat(x, len(EVERY), 1)

  logits = program(nade)(
    variables,
    *map(repeat, biases),
    EVERY[None],
    **jax.tree.map(repeat, given),
  )
  return log_likelihood(logits, EVERY[None])[0]


def test_likelihood_by_hand():
  # One hidden unit: p(x_0) = s(1), p(x_1 | x_0 = 1) = s(2 s(1 + 3)).
  logits = dense_logits(
    jnp.array([1.0]),
    jnp.array([1.0, 0.0]),
    jnp.array([[3.0], [9.0]]),
    jnp.array([[0.0, 2.0]]),
    jnp.array([1, 0]),
  )

  def s(x):
    return 1 / (1 + np.exp(-x))

  np.testing.assert_allclose(logits, [1, 2 * s(4)], rtol=1e-6)
  found = log_likelihood(logits, jnp.array([1, 0]))
  expected = np.log(s(1)) + np.log(1 - s(2 * s(4)))
  np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize('activation', ['sigmoid', 'relu'])
def test_sparse_equals_dense_for_frames_of_at_most_m_notes(activation):
  pitches, hidden, voices = 88, 32, 4
  rng = np.random.default_rng(0)
  frames = np.zeros((2, 30, pitches), np.int32)
  for frame in frames.reshape(-1, pitches):
    notes = rng.integers(0, voices + 1)
    frame[rng.choice(pitches, notes, replace=False)] = 1
  sparse = Nade(pitches, hidden, voices, activation)
  dense = Nade(pitches, hidden, 0, activation)
  visible, states = (
    rng.normal(size=(2, 30, pitches)),
    rng.normal(size=(2, 30, hidden)),
  )
  variables = jax.jit(sparse.init)(jax.random.key(0), visible, states, frames)
  one = program(sparse)(variables, visible, states, frames)
  other = program(dense)(variables, visible, states, frames)
  assert np.std(one - visible) > 0.3  # the weights matter
  np.testing.assert_allclose(one, other, atol=1e-5)


@pytest.mark.parametrize(
  'options',
  [
    {'voices': 0},
    {'voices': 2},
    {'voices': 5},
    STRONG,
    *(STRONG | {'order': order} for order in ('d', *OUTER)),
  ],
  ids=str,
)
def test_all_frames_together_have_probability_one(options):
  # Also where frames have more notes than the head has voices.
  found = of_every_frame(*head(**options))
  np.testing.assert_allclose(np.sum(np.exp(found)), 1, rtol=1e-5)
  assert np.ptp(found) > 3


@pytest.mark.parametrize(
  'options',
  [
    {'voices': 0},
    {'voices': 2},
    *(STRONG | {'order': order} for order in ('u', *OUTER)),
  ],
  ids=str,
)
def test_draws_come_as_often_as_they_are_likely(options):
  nade, variables, biases, given = head(**options)
  count = 40_000

  @jax.jit
  def draw(uniforms):
    return program(nade)(
      variables,
      *(jnp.broadcast_to(x, (count, *x.shape[1:])) for x in biases),
      uniforms,
      **jax.tree.map(
        lambda v: jnp.broadcast_to(v, (count, *v.shape[1:])), given
      ),
      method='draw',
    )

  drawn = draw(jax.random.uniform(jax.random.key(9), (count, 1, P)))
  codes = np.asarray(drawn)[:, 0] @ 2 ** np.arange(P)[::-1]
  share = np.bincount(codes, minlength=len(EVERY)) / count
  expected = np.exp(of_every_frame(nade, variables, biases, given))
  # Five standard errors of the share.
  error = 5 * np.sqrt(expected * (1 - expected) / count) + 1e-4
  assert (np.abs(share - expected) < error).all()


def test_dropout_draws_units_for_each_example_alone():
  nade, variables, biases, _ = head(dropout=0.5)
  keys = jax.random.split(jax.random.key(0), 3)
  two = [jnp.repeat(x, 3, 0) for x in biases]
  frames = jnp.repeat(EVERY[None, 9:10], 3, 0)
  whole = program(nade)(variables, *two, frames, keys=keys)
  alone = program(nade)(variables, *biases, frames[:1], keys=keys[1:2])
  np.testing.assert_allclose(whole[1:2], alone, rtol=1e-5)
  assert np.abs(whole[0] - whole[1]).max() > 0.1


def test_belief_depends_on_the_match_and_on_the_notes_placed():
  nade, variables, biases, given = head(**STRONG)
  belief = np.zeros((3, 4, 2, 2), np.float32)
  belief[2, 1, 1] = [-5, 7]  # A good match, and one note that is the hint's.
  belief[2, 1, 0] = [-1, 2]  # The same, and another note.
  quiet = {**variables['params'], 'output': 0 * variables['params']['output']}
  quiet['belief'] = jnp.array(belief)
  frames = np.array([[[1, 0, 0, 0, 0], [0, 1, 0, 0, 0]]])

  def added(match):
    hint = Hint(jnp.repeat(given['hint'].frame, 2, 1), jnp.full((1, 2), match))
    before = jnp.repeat(given['before'], 2, 1)
    bias = [jnp.repeat(x, 2, 1) for x in biases]
    logits = program(nade)({'params': quiet}, *bias, frames, before, hint)
    return np.asarray(logits - bias[0])[0]

  # The hint is 0, 2, 4; only pitches above the first note have one below.
  np.testing.assert_allclose(
    added(2), [[0, -5, 7, -5, 7], [0, 0, 2, -1, 2]], atol=1e-5
  )
  np.testing.assert_allclose(added(1), np.zeros((2, 5)), atol=1e-5)
