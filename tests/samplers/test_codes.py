"""Samples from random codes, and harmonies by descent on the code."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zoo.contracts import Field, Spec, UserError
from zoo.models.stacked_autoencoder import stacked_autoencoder
from zoo.samplers.codes import codes, voice_and_mask

SPEC = Spec(
  'toy', {}, {'roll': Field((2, 4), 'uint8', 2, 'bit')}, {}, 0.25, {}, {}
)
MODEL = stacked_autoencoder(SPEC, widths=(2,), tied=True)
# Unit 0 writes the chord 0 2 at both steps, unit 1 the chord 1 3.
KERNEL = 8 * np.tile([[1, -1], [-1, 1]], (4, 1)).astype(np.float32)
PARAMS = {
  'layer_0': {
    'kernel': jnp.asarray(KERNEL),
    'bias': jnp.zeros(2),
    'visible_bias': jnp.zeros(8),
  }
}
STATE = {'shared': {'batch_stats': {}}, 'example': {}}
KEYS = jax.random.split(jax.random.key(0), 64)
CHORDS = np.array([[1, 0, 1, 0], [0, 1, 0, 1]])
ROLLS = np.repeat(CHORDS[:, None], 2, axis=1)  # [2, T, P]


def test_bits_decode_to_what_their_units_write():
  made = codes(MODEL, SPEC, draw='bits')['sample'](PARAMS, STATE, KEYS, {})
  # Neither unit leaves sigmoid(0) = .5 everywhere, not above the threshold.
  found = {tuple(roll.ravel()) for roll in np.asarray(made['roll'])}
  expected = {tuple(roll.ravel()) for roll in ROLLS} | {(0,) * 8}
  assert found == expected


def test_uniform_codes_reach_as_far_as_told():
  seen = []

  class Decoder:
    latent = 3

    def apply(self, variables, code, method):
      seen.append(code)
      return jnp.zeros((len(code), 8))

  for reach in (1.0, 10.0):
    codes(Decoder(), SPEC, reach=reach)['sample'](PARAMS, STATE, KEYS, {})
    assert 0.9 * reach < jnp.abs(seen[-1]).max() <= reach
    assert seen[-1].min() < 0 < seen[-1].max()


def test_reconstruct_and_interpolate():
  sampler = codes(MODEL, SPEC, points=3)
  made = sampler['reconstruct'](PARAMS, STATE, KEYS[:2], {'roll': ROLLS})
  np.testing.assert_array_equal(made['roll'], ROLLS)
  made = sampler['interpolate'](PARAMS, STATE, KEYS[:4], {'roll': ROLLS})
  np.testing.assert_array_equal(made['roll'][0], ROLLS[0])
  np.testing.assert_array_equal(made['roll'][2], ROLLS[1])
  np.testing.assert_array_equal(made['roll'][3], ROLLS[1])  # stays there


def test_what_a_harmonisation_must_agree_with():
  roll = np.zeros((1, 3, 8), int)
  roll[0, 0, [1, 5]] = 1
  roll[0, 1, 0] = 1
  melody, asked = voice_and_mask(roll, 2)
  assert np.argwhere(np.asarray(melody[0])).tolist() == [[0, 5], [1, 0]]
  np.testing.assert_array_equal(asked[0, 0], np.arange(8) >= 3)
  assert asked[0, 1].all()
  assert not asked[0, 2].any()  # nothing sounds, nothing is asked


def test_harmonize_finds_the_chord_below_the_melody():
  melody = np.zeros((2, 2, 4), int)
  melody[0, :, 3] = 1  # the upper note of the chord 1 3
  melody[1, :, 2] = 1  # and of 0 2
  sampler = codes(
    MODEL, SPEC, draw='bits', margin=1, iterations=400, learning_rate=0.1
  )
  given = {'roll': melody}
  made = sampler['harmonize'](PARAMS, STATE, KEYS[:2], given)
  np.testing.assert_array_equal(made['roll'], ROLLS[::-1])


def test_only_rolls_are_harmonized():
  spec = SPEC._replace(fields={'image': Field((8,), 'uint8', kind='grey')})
  model = stacked_autoencoder(spec, widths=(2,))
  sampler = codes(model, spec)
  with pytest.raises(UserError, match='reads piano rolls'):
    sampler['harmonize'](PARAMS, STATE, KEYS, {'image': np.zeros((64, 8))})
  for points in (1, 65):
    with pytest.raises(UserError, match='2 to 64, not'):
      codes(model, spec, points=points)
  for name in ('margin', 'iterations'):
    with pytest.raises(UserError, match=f'sample/{name} must be 0 or more'):
      codes(model, spec, **{name: -1})
