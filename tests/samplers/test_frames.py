"""Rolls frame by frame: the same chances, and what is kept of a primer."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.parameters import drawn
from zoo.contracts import UserError
from zoo.encoders.piano_roll import PianoRoll
from zoo.evaluation.model.roll_likelihood import guess_frames
from zoo.models.rnn_nade import RnnNade
from zoo.samplers.frames import frames

SPEC = PianoRoll(steps=12, lowest=60, highest=67).spec
P = 8
MODEL = RnnNade(
  P,
  inputs='voices',
  recurrent=(8,),
  hidden=8,
  voices=3,
  skip=True,
  reach=3,
  recall=True,
)
KEYS = jax.random.split(jax.random.key(1), 4)


@pytest.fixture(scope='module')
def params():
  def init(key, roll):
    past = MODEL.apply({}, roll, method='read')
    return MODEL.init(key, past, roll)['params']

  noisy = drawn(init, jnp.zeros((1, 2, P), jnp.int32), scale=0.5)
  # Every other pitch would rather sound.
  noisy['visible_bias']['bias'] = jnp.where(jnp.arange(P) % 2, 1.0, -1.0)
  return noisy


def write(mode, params, condition=None, keys=KEYS, **options):
  sampler = frames(MODEL, SPEC, **{'frames': 10, **options})
  return jax.jit(sampler[mode])(params, {}, keys, condition or {})


def test_a_sample_is_what_the_model_guesses_from_its_own_past(params):
  made = write('sample', params, temperature=0.0)
  assert made['roll'].shape == (4, 10, P)
  np.testing.assert_array_equal(made['length'], [10] * 4)
  guessed = guess_frames(MODEL, params, made, temperature=0.0)
  np.testing.assert_array_equal(made['roll'], np.stack(guessed))
  assert made['roll'].any()


def test_a_sample_is_of_its_key_alone(params):
  made = write('sample', params)['roll']
  np.testing.assert_array_equal(
    write('sample', params, keys=KEYS[2:3])['roll'], made[2:3]
  )
  assert (made[0] != made[1]).any()


def test_a_continuation_begins_with_the_end_of_the_piece(params):
  # Two windows end to end, of 12 and 3 steps.
  rng = np.random.default_rng(0)
  roll = (rng.random((2, 12, P)) < 0.3).astype(np.uint8)
  given = {'roll': roll, 'length': np.array([12, 3], np.int32)}
  piece = roll.reshape(24, P)[:15]
  made = write('continue', params, given, primer=6, temperature=0.0)
  np.testing.assert_array_equal(made['length'], [16] * 4)
  np.testing.assert_array_equal(made['roll'][1, :6], piece[-6:])
  guessed = guess_frames(MODEL, params, made, temperature=0.0)
  np.testing.assert_array_equal(made['roll'][1, 6:], guessed[1][6:])

  made = write('continue', params, given, primer=20)
  np.testing.assert_array_equal(made['length'], [25] * 4)
  np.testing.assert_array_equal(made['roll'][0, :15], piece)
  assert made['roll'][0, 15:25].any()
  assert not made['roll'][0, 25:].any()


@pytest.mark.parametrize('options', [{'frames': 0}, {'primer': 0}])
def test_nothing_to_write_is_refused(options):
  with pytest.raises(UserError, match='at least 1'):
    frames(MODEL, SPEC, **options)
