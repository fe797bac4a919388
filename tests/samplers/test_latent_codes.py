"""The latent sampler of autoencoders: random codes, harmonies by descent."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zoo.contracts import Field, Spec, UserError
from zoo.models.stacked_autoencoder import StackedAutoencoder
from zoo.samplers.drawing import draw
from zoo.samplers.latent import latent, voice_and_mask

SPEC = Spec(
  'toy', {}, {'roll': Field((2, 4), 'uint8', 2, 'bit')}, {}, 0.25, {}, {}
)
MODEL = StackedAutoencoder.from_spec(
  SPEC, widths=(2,), tied=True, prior_code='bits'
)
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
  made = latent(MODEL, SPEC)['sample'](PARAMS, STATE, KEYS, {})
  # Neither unit leaves sigmoid(0) = .5 everywhere, not above the threshold.
  found = {tuple(roll.ravel()) for roll in np.asarray(made['roll'])}
  expected = {tuple(roll.ravel()) for roll in ROLLS} | {(0,) * 8}
  assert found == expected


def test_uniform_codes_reach_as_far_as_scaled():
  seen = []
  uniform = MODEL.copy(prior_code='uniform')

  class Decoder:
    latent, gaussian = 2, False
    encode = generate = None
    prior = uniform.prior

    def apply(self, variables, code, *rest, method):
      seen.append(code)
      return {}

  for scale in (1.0, 10.0):
    latent(Decoder(), SPEC, scale=scale)['sample'](PARAMS, STATE, KEYS, {})
    assert 0.9 * scale < jnp.abs(seen[-1]).max() <= scale
    assert seen[-1].min() < 0 < seen[-1].max()


def test_a_mixture_of_codes_decodes_to_what_was_learned():
  sampler = latent(MODEL, SPEC, components=2, prior='mixture')
  examples = {'roll': np.repeat(ROLLS, 8, 0)}
  learned = sampler['fit'](PARAMS, STATE, jax.random.key(1), examples)
  made = sampler['sample'](PARAMS, STATE, KEYS, learned)
  found = {tuple(roll.ravel()) for roll in np.asarray(made['roll'])}
  assert found == {tuple(roll.ravel()) for roll in ROLLS}


def test_notes_are_drawn_by_temperature():
  sampler = latent(MODEL, SPEC, temperature=1.0)
  made = draw(
    sampler,
    'reconstruct',
    PARAMS,
    STATE,
    seed=0,
    indices=range(64),
    condition={'roll': np.zeros_like(ROLLS[:1]).repeat(64, 0)},
    by_row=True,
  )['roll']
  # The code of silence is (.5, .5), which both kernels cancel: fair coins.
  assert 0.4 < made.mean() < 0.6
  assert len(np.unique(made.reshape(64, -1), axis=0)) > 32


def test_reconstruct_and_interpolate():
  sampler = latent(MODEL, SPEC, points=3)
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
  sampler = latent(MODEL, SPEC, margin=1, iterations=400, learning_rate=0.1)
  given = {'roll': melody}
  made = sampler['harmonize'](PARAMS, STATE, KEYS[:2], given)
  np.testing.assert_array_equal(made['roll'], ROLLS[::-1])


def test_only_rolls_are_harmonized():
  spec = SPEC._replace(fields={'image': Field((8,), 'uint8', kind='grey')})
  model = StackedAutoencoder.from_spec(spec, widths=(2,))
  assert 'harmonize' in latent(MODEL, SPEC)
  with pytest.raises(UserError, match="no mode of this sampler 'harmonize'"):
    draw(
      latent(model, spec),
      'harmonize',
      PARAMS,
      STATE,
      seed=0,
      indices=[0],
      condition={'image': np.zeros((64, 8))},
    )
  for points in (1, 65):
    with pytest.raises(UserError, match='2 to 64, not'):
      latent(model, spec, points=points)
  for name in ('margin', 'iterations'):
    with pytest.raises(UserError, match=f'sample/{name} must be 0 or more'):
      latent(model, spec, **{name: -1})
