"""C-RNN-GAN: sizes by hand, its own output fed back, and what it summarises."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.parameters import drawn, program, shapes
from zoo.contracts import UserError
from zoo.encoders.events import Events
from zoo.encoders.melody import Melody
from zoo.models.c_rnn_gan import CRnnGan
from zoo.music.piece import Piece, notes

KEYS = jax.random.split(jax.random.key(0), 3)
LOG = Events(events=20, frequency='log').spec


def count(spec, **options):
  model = CRnnGan.from_spec(spec, **options)
  batch = {'events': np.zeros((3, *spec.fields['events'].shape), np.float32)}
  found = shapes(model.init, batch, KEYS)['params']
  return {
    player: sum(leaf.size for leaf in jax.tree.leaves(tree))
    for player, tree in found.items()
  }


@pytest.mark.parametrize('tones, numbers', [(1, 4), (3, 10)])
def test_sizes_by_hand(tones, numbers):
  lstm = 4 * 100 * (100 + 100 + 1)
  both_ways = 2 * 4 * 100 * (numbers + 100 + 1) + 2 * 4 * 100 * (200 + 100 + 1)
  assert count(Events(tones=tones).spec) == {
    'generator': 2 * numbers * 100 + 100 + 2 * lstm + 101 * numbers,
    'discriminator': both_ways + 201,
  }


def test_each_step_reads_its_own_last_event():
  model = CRnnGan.from_spec(
    LOG, generator_layers=(5, 6), output_noise=2, output_layers=(4,), bound=2.0
  )
  apply = program(model)
  batch = {'events': np.zeros((3, 20, 4), np.float32)}
  variables = drawn(model.init, batch, KEYS)
  z = model.prior(KEYS)
  assert z.shape == (3, 20, 6) and 0 <= z.min() <= z.max() <= 1
  made = apply(variables, z, {}, KEYS, method='generate')
  assert jnp.abs(made).max() <= 2
  # Given what it wrote as the truth, it predicts the same.
  again = apply(variables, made, z, method='predict')
  np.testing.assert_allclose(made, again, rtol=1e-4, atol=1e-5)
  # Later noise does not move earlier events.
  other = z.at[:, 10:].add(1.0)
  later = apply(variables, other, {}, KEYS, method='generate')
  np.testing.assert_array_equal(later[:, :10], made[:, :10])
  assert jnp.any(later[:, 10] != made[:, 10])


def test_the_summary_of_a_song():
  model = CRnnGan.from_spec(LOG, summary=True)
  pitch = jnp.array([60.0, 62, 64, 65] * 5)
  song = jnp.zeros((1, 20, 4)).at[0, :, 1].set(pitch)
  steps, whole = jax.jit(model.bind({})._summary)(song)
  assert steps.shape == (1, 20, 12)
  assert np.flatnonzero(steps[0, 1] > 0.5).tolist() == [2]
  often, again, lags = whole[0, :12], whole[0, 12], whole[0, 13:]
  np.testing.assert_allclose(often[jnp.array([0, 2, 4, 5])], 0.25, atol=0.02)
  # Of 18 stretches of three, all but the first four were heard before.
  np.testing.assert_allclose(again, 14 / 18, atol=1e-3)
  assert np.flatnonzero(lags > 0.9).tolist() == [3, 7, 11, 15]


SMALL = {'generator_layers': (5,), 'values': 'chosen', 'bound': 5.0}


def fitted():
  """Quarters and eighths around middle C."""
  start = np.arange(24) / 2
  scale = np.array([60, 62, 64, 65, 67, 69] * 4)
  piece = Piece('a', notes(start, start + 0.5, scale))
  encoder = Events(events=20, stride=1, frequency='log', times='log')
  encoder = encoder.fit([piece])
  return encoder, encoder.encode(piece).examples


def test_chosen_values_lie_on_the_grid():
  encoder, batch = fitted()
  model = CRnnGan.from_spec(encoder.spec, summary=True, **SMALL)
  variables = drawn(model.init, batch, KEYS)
  apply = program(model)
  # What is real is found again, and each number has one choice.
  real = apply({}, batch, method='real')
  np.testing.assert_allclose(real[..., :4], batch['events'], atol=1e-5)
  np.testing.assert_array_equal(real[..., 4:].sum(-1), 3)
  z = model.prior(KEYS)
  made = apply(variables, z, {}, KEYS, method='generate')
  np.testing.assert_array_equal(made[..., 4:].sum(-1), 3)
  tones = encoder.tones({'events': made[..., :4]})
  pitch = made[..., 1] * model.pitch_scale[0] + model.pitch_mean[0]
  np.testing.assert_allclose(pitch, tones.pitch[..., 0], atol=1e-4)
  # The critic receives the same of a song as without choices.
  steps, whole = model.bind({})._summary(real)
  plain = CRnnGan.from_spec(encoder.spec, summary=True)
  old_steps, old_whole = plain.bind({})._summary(batch['events'])
  np.testing.assert_allclose(steps[..., :12], old_steps, atol=0.05)
  np.testing.assert_allclose(whole[:, -17:], old_whole[:, -17:], atol=0.05)


def test_the_likelihood_of_choices_by_hand():
  encoder, batch = fitted()
  model = CRnnGan.from_spec(encoder.spec, **SMALL)
  variables = drawn(model.init, batch, KEYS)
  # Without weights all choices are equally likely, and velocity is its mean.
  zeros = jax.tree.map(jnp.zeros_like, variables)
  z = model.prior(jax.random.split(KEYS[0], len(batch['events'])))
  apply = program(model)
  real = apply({}, batch, method='real')
  sizes = [len(grid) for grid in model._choices() if grid]
  found = apply(zeros, real, z, method='log_prob')
  np.testing.assert_allclose(found, -np.log(sizes).sum(), rtol=1e-5)
  # Each player's gradient of a choice is that of a softmax: it is not 0.
  slope = jax.grad(
    lambda v: model.apply(v, z, batch, KEYS, method='generate')[..., 1].sum()
  )(variables)
  assert jnp.abs(slope['params']['generator']['output_0']['kernel']).max() > 0


def test_errors():
  with pytest.raises(UserError, match='encoder/name=real_events'):
    CRnnGan.from_spec(Melody().spec)
  with pytest.raises(UserError, match='set encoder/frequency'):
    CRnnGan.from_spec(Events().spec, summary=True)
  with pytest.raises(UserError, match='are too short for 4 convolutions'):
    CRnnGan.from_spec(LOG, critic='convolution', critic_layers=(4,) * 4)
  with pytest.raises(UserError, match='output_noise must be 0 or more'):
    CRnnGan.from_spec(LOG, output_noise=-1)
