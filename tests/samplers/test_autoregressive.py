"""Music written symbol by symbol: the likeliest, the primer, the end."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.parameters import drawn, program
from zoo.contracts import UserError
from zoo.encoders.melody import Melody
from zoo.encoders.notes import Notes
from zoo.encoders.piano_roll import PianoRoll
from zoo.evaluation.model.scores import guesses
from zoo.layers.active_notes import Vocabulary
from zoo.losses.likelihood import init_model
from zoo.models.bachprop import STREAMS, BachProp
from zoo.models.gan import VectorGan
from zoo.models.melody_rnn import MelodyRnn
from zoo.models.rnn_nade import RnnNade
from zoo.samplers.autoregressive import autoregressive
from zoo.samplers.drawing import draw

CLASSES = (3, 4, 6)
TAG = np.array(CLASSES) - 1
NOTES = BachProp(CLASSES, None, hidden=(4, 4, 4), head_hidden=4)
# Heads that read the active notes must read the same when it samples.
ACTIVE = NOTES.clone(
  vocabulary=Vocabulary((0, 24), (12, 24, 48), 5, 48), active_notes=True
)
P = 8
ROLLS = RnnNade(
  P,
  inputs='voices',
  recurrent=(8,),
  hidden=8,
  voices=3,
  skip=True,
  reach=3,
  recall=True,
)
ROLL_SPEC = PianoRoll(steps=12, lowest=60, highest=67).spec
KEYS = jax.random.split(jax.random.key(1), 4)


def spec():
  plain = Notes().spec
  return plain._replace(sizes=dict(zip(STREAMS, CLASSES, strict=True)))


def params(model=NOTES):
  batch = {
    'notes': jnp.zeros((1, 2, 3), int),
    'roll': jnp.zeros((1, 2, P), int),
    'tokens': jnp.zeros((1, 2), int),
    'length': jnp.ones(1, int),
  }
  init = functools.partial(init_model, model)
  found = drawn(init, batch, scale=0.5 if model is ROLLS else 0.7)['params']
  if model is ROLLS:
    # Every other pitch is likely.
    bias = jnp.where(jnp.arange(P) % 2, 1.0, -1.0)
    found['visible_bias']['bias'] = bias
  return found


def made(mode='sample', condition=None, count=40, model=NOTES, **options):
  return draw(
    autoregressive(model, spec(), **{'steps': 12, **options}),
    mode,
    params(model),
    {},
    seed=0,
    indices=range(count),
    condition=condition or {},
  )['notes']


def rolls(mode='sample', condition=None, keys=KEYS, **options):
  sampler = autoregressive(ROLLS, ROLL_SPEC, **{'steps': 10, **options})
  return jax.jit(sampler[mode].function)(
    params(ROLLS), {}, keys, condition or {}
  )


def test_after_the_end_comes_nothing_and_before_it_no_tag():
  found = made()
  tags = found == TAG
  ended = tags[..., 0]
  assert ended[:, -1].any() and not ended[:, 0].all()
  # A row is a tag in all three columns or in none, and stays one.
  assert (tags.all(-1) == tags.any(-1)).all()
  assert (np.diff(ended.astype(int), axis=1) >= 0).all()
  assert len({one.tobytes() for one in found}) > 10


def test_a_sample_is_the_same_whatever_the_count():
  assert (made(count=3) == made(count=40)[:3]).all()


@pytest.mark.parametrize('model', [NOTES, ACTIVE], ids=['plain', 'active'])
def test_at_temperature_0_each_note_is_the_likeliest_of_the_next(model):
  found = jnp.asarray(made(count=1, temperature=0.0, model=model))
  outputs, _ = program(model)(
    {'params': params(model)}, found, (), model.begin(1)
  )
  right = model.likeliest(outputs, found) == found
  tags = (np.asarray(found[0]) == TAG).all(-1)
  length = int(np.argmax(tags)) if tags.any() else len(tags)
  # That T and P never end a piece is the sampler's own rule.
  assert bool(right[0, :length, 0].all())


def test_it_goes_on_from_the_end_of_what_was_given():
  """The likeliest continuation of a piece is the rest of that piece."""
  whole = made(count=1, temperature=0.0)[0]
  given = {'notes': whole[:4]}
  found = made('continue', given, count=2, temperature=0.0)
  assert (found[:, :4] == whole[:4]).all()
  assert (found[:, :12] == whole).all()
  short = made('continue', given, count=1, temperature=0.0, primer=2)
  assert (short[0, :2] == whole[2:4]).all()


def predicted(made):
  """The likeliest frames, the true ones before each known: [n, T, P]."""
  found = guesses(ROLLS, params(ROLLS), made, temperature=0.0)
  return found.reshape(len(made['roll']), -1, P)


def test_a_roll_is_what_the_model_predicts_from_its_own_past():
  made = rolls(temperature=0.0)
  assert made['roll'].shape == (4, 10, P)
  np.testing.assert_array_equal(made['length'], [10] * 4)
  guessed = predicted(made)
  np.testing.assert_array_equal(made['roll'], guessed)
  assert made['roll'].any()


def test_a_roll_is_of_its_key_alone():
  made = rolls()['roll']
  np.testing.assert_array_equal(rolls(keys=KEYS[2:3])['roll'], made[2:3])
  assert (made[0] != made[1]).any()


def test_a_continuation_begins_with_the_end_of_the_piece():
  # Two windows end to end, of 12 and 3 steps.
  rng = np.random.default_rng(0)
  roll = (rng.random((2, 12, P)) < 0.3).astype(np.uint8)
  given = {'roll': roll, 'length': np.array([12, 3], np.int32)}
  piece = roll.reshape(24, P)[:15]
  made = rolls('continue', given, primer=6, temperature=0.0)
  np.testing.assert_array_equal(made['length'], [16] * 4)
  np.testing.assert_array_equal(made['roll'][1, :6], piece[-6:])
  guessed = predicted(made)
  np.testing.assert_array_equal(made['roll'][1, 6:], guessed[1][6:])

  made = rolls('continue', given, primer=20)
  np.testing.assert_array_equal(made['length'], [25] * 4)
  np.testing.assert_array_equal(made['roll'][0, :15], piece)
  assert made['roll'][0, 15:25].any()
  assert not made['roll'][0, 25:].any()


def test_a_melody_goes_on_from_whole_bars():
  encoder_spec = Melody(bars=2).spec
  classes, bar = encoder_spec.sizes['classes'], 16
  model = MelodyRnn(classes, bar, (6,), metre=True)
  tokens = np.random.default_rng(0).integers(0, classes, (3, 32))

  def go_on(**options):
    sampler = autoregressive(model, encoder_spec, **options)
    return draw(
      sampler,
      'continue',
      params(model),
      {},
      seed=0,
      indices=range(2),
      condition={'tokens': tokens},
    )['tokens']

  for primer, kept in ((64, 64), (40, 32), (200, 96)):
    found = go_on(primer=primer)
    assert found.shape == (2, kept + 32)  # as many as a window has
    np.testing.assert_array_equal(found[1, :kept], tokens.reshape(-1)[-kept:])
  assert (found[0] != found[1]).any()
  with pytest.raises(UserError, match='sample/primer at least 16'):
    go_on(primer=15)


def test_wrong_options_are_refused():
  for temperature in ((1.0, 1.0), -1.0):
    with pytest.raises(UserError, match=r'sample/temperature must be .* after'):
      autoregressive(NOTES, spec(), temperature=temperature)
  for options in ({'steps': -1}, {'primer': 0}):
    for model, its in ((NOTES, spec()), (ROLLS, ROLL_SPEC)):
      with pytest.raises(UserError, match='sample/steps must be at least 0'):
        autoregressive(model, its, **options)
  with pytest.raises(UserError, match='sample/first must be a MIDI pitch'):
    autoregressive(NOTES, spec(), first=60)
  with pytest.raises(UserError, match='VectorGan does not: leave it'):
    autoregressive(VectorGan(2), spec())
  with pytest.raises(UserError, match='The input has no notes'):
    made('continue', {'tokens': np.zeros((1, 3))})
