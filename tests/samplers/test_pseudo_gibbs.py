"""What a user fixes is kept, for any model and any option."""

import functools

import jax
import numpy as np
import pytest

from tests.parameters import drawn
from zoo.contracts import UserError
from zoo.encoders.voices import Voices
from zoo.models.deepbach import MARKS, DeepBach
from zoo.music.piece import Piece, notes
from zoo.samplers.pseudo_gibbs import pseudo_gibbs

ENCODER = Voices(steps=0, padding=2)
SPEC = ENCODER.spec
FAST = {'iterations': 12, 'share': 0.5}
PARTS = ((72, 74, 76, 72), (67, 65, 67, 67), (60, 62, 60, 64), (48, 50, 52, 48))


def given(parts=4):
  """Two bars of half notes in as many of the parts."""
  rows = [
    (2 * place, 2 * place + 2, pitch, part)
    for part, line in enumerate(PARTS[:parts])
    for place, pitch in enumerate(line)
  ]
  start, end, pitch, part = zip(*rows, strict=True)
  return ENCODER.cover(Piece('x', notes(start, end, pitch, part=part)))


@functools.cache
def trained():
  model = DeepBach.from_spec(SPEC, form='maxent', context=2)
  given = {name: np.zeros((1, 5), int) for name in MARKS}
  voices = np.zeros((1, 5, 4), int)
  return model, drawn(model.init, voices, given, scale=0.3)['params']


def harmonized(condition, **options):
  model, params = trained()
  sampler = pseudo_gibbs(model, SPEC, **FAST, **options)
  keys = jax.random.split(jax.random.key(0), len(condition['voices']))
  made = jax.jit(sampler['harmonize'].function)(params, {}, keys, condition)
  return {k: np.asarray(v) for k, v in made.items()}


def moved(condition, **options):
  """[T, V] whether each cell has changed."""
  made = harmonized(condition, **options)['voices']
  return (made != condition['voices'])[0], made[0]


MUSIC = np.zeros(64, bool)
MUSIC[2:34] = True
BARS = np.where(MUSIC, (np.arange(64) - 2) // 16 + 1, 0)


@pytest.mark.parametrize(
  ('options', 'fixed'),
  [
    ({}, {0}),
    ({'fix': 'soprano, bass'}, {0, 3}),
    ({'fix': ''}, set()),
  ],
)
def test_fixed_voices_stay_and_the_others_move(options, fixed):
  changed, _ = moved(given(), **options)
  assert not changed[~MUSIC].any()
  for voice in range(4):
    assert changed[:, voice].any() == (voice not in fixed)


def test_bars_and_places_stay():
  changed, _ = moved(given(), bars=2, keep='alto@2,bass@2.3')
  assert not changed[BARS != 2].any()
  assert not changed[:, 1].any()
  assert changed[18:34, 2].any()
  assert not changed[26:30, 3].any()
  assert changed[18:26, 3].any() and changed[30:34, 3].any()


def test_the_rhythm_stays():
  condition = given()
  changed, made = moved(condition, rhythm='as_given')
  assert changed[:, 1:].any()
  np.testing.assert_array_equal(made == 0, condition['voices'][0] == 0)


def test_only_the_allowed_pitches_are_written():
  _, made = moved(given(1), pitches='C E G')
  table = np.array(SPEC.tables['pitches'])
  sung = table[np.arange(4), made[2:34]][:, 1:]
  assert set(sung[sung >= 0] % 12) == {0, 4, 7}
  # A voice cannot begin by going on.
  assert (made[2] != 0).all()


def test_silence_is_for_all_and_fermatas_end_phrases():
  rows = notes([2, 3, 4], [3, 4, 8], [72, 74, 76])
  condition = ENCODER.cover(Piece('x', rows))
  made = harmonized(condition)
  assert (made['voices'][0, 2:10] == condition['voices'][0, 2:10, :1]).all()
  assert np.flatnonzero(made['fermata'][0]).tolist() == list(range(18, 34))
  none = harmonized(condition, fermatas='none')
  assert not none['fermata'].any()
  assert not harmonized(condition, fermatas='input')['fermata'].any()


def test_the_key_is_the_users_and_moves_with_the_piece():
  condition = given(1)
  assert set(harmonized(condition)['key'][0, 2:34]) == {7}
  assert set(harmonized(condition, key='Eb')['key'][0]) == {4}
  up = {**condition, 'shift': np.array([12])}
  assert set(harmonized(up, key='Eb')['key'][0]) == {4}
  up['shift'] = np.array([1])  # E flat, a semitone up, is E
  assert set(harmonized(up, key='Eb')['key'][0]) == {11}


def test_samples_are_as_long_as_asked_and_as_many():
  model, params = trained()
  sampler = pseudo_gibbs(model, SPEC, **FAST, length=3, key='D')
  keys = jax.random.split(jax.random.key(0), 2)
  made = jax.jit(sampler['sample'].function)(params, {}, keys, {})
  pieces = ENCODER.decode(made)
  assert made['length'].tolist() == [2 + 48] * 2
  assert {round(piece.length) for piece in pieces} <= {10, 11, 12}
  assert pieces[0].metadata['key_signatures'] == [[0.0, 2]]
  starts = [start for start, _ in pieces[0].metadata['fermatas']]
  assert min(starts) >= 6
  assert (made['voices'][0] != made['voices'][1]).any()


@pytest.mark.parametrize(
  'options',
  [
    {'length': 0},
    {'share': 0.0},
    {'temperature': 0.0},
    {'fix': 'treble'},
    {'pitches': 'X'},
  ],
)
def test_options_out_of_range(options):
  with pytest.raises(UserError, match='sample/'):
    pseudo_gibbs(trained()[0], SPEC, **options)


def test_passes_need_iterations_after_them():
  for passes, least in ((0, 0), (1, 32), (48, 408 + 16)):
    options = {'share': 1 / 16, 'passes': passes}
    pseudo_gibbs(trained()[0], SPEC, **options, iterations=least)
    if passes:
      with pytest.raises(UserError, match=f'needs at least {least}, so that'):
        pseudo_gibbs(trained()[0], SPEC, **options, iterations=least - 1)
