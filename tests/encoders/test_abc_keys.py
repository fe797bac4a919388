"""Tunes in ABC in all keys at once, and the random choice of one."""

import jax.numpy as jnp
import numpy as np
import pytest

from tests.abc_books import book
from zoo.contracts import Spec, UserError
from zoo.data.text_augmentations import draw_key
from zoo.encoders import ENCODERS
from zoo.encoders.abc_keys import AbcKeys
from zoo.encoders.abc_text import ROOTS, AbcText
from zoo.music import abc_tokens


@pytest.fixture(scope='module')
def pieces():
  return book(6)


@pytest.fixture(scope='module')
def encoder(pieces):
  fitted = AbcKeys(least=1).fit(pieces)
  return AbcKeys.from_spec(Spec.from_json(fitted.spec.to_json()))


def test_each_column_is_the_tune_in_that_key(encoder, pieces):
  for piece in pieces[:3]:
    rows = encoder.encode(piece).examples
    np.testing.assert_array_equal(rows['in_keys'][:, 0], rows['text'])
    (in_c,) = encoder.decode({'text': rows['text'][None]})
    for column, root in enumerate(ROOTS):
      (moved,) = encoder.decode({'text': rows['in_keys'][None, :, column]})
      assert moved.metadata['key'].startswith(root)
      (interval,) = set((moved.notes.pitch - in_c.notes.pitch).tolist())
      assert interval % 12 == column and -6 <= interval <= 5
      assert moved.notes.start == pytest.approx(in_c.notes.start)


def test_the_rows_in_c_are_those_of_the_encoder_without_keys(encoder, pieces):
  plain = AbcText(least=1).fit(pieces)
  for piece in pieces:
    assert encoder.words(encoder.encode(piece).examples['text']) == (
      plain.words(plain.encode(piece).examples['text'])
    )


def test_a_tune_goes_to_another_key_and_back():
  tune = 'M:4/4 K:Dmix |: D 2 c > ^g | _B 2 B =F :|'.split()
  moved = abc_tokens.in_key_of(tune, 'Eb')
  assert ' '.join(moved) == 'M:4/4 K:Ebmix |: E 2 d > =a | _c 2 c _G :|'
  assert abc_tokens.in_key_of(moved, 'D') == tune
  assert abc_tokens.key_of(moved) == ('Eb', 'mix')


def test_a_tune_that_the_vocabulary_lacks_in_a_key_stays_in_c(pieces):
  encoder = AbcKeys(least=1).fit(pieces)
  encoder.vocabulary.remove('K:Ebmaj')
  rows = encoder.encode(pieces[0]).examples  # a jig in G
  np.testing.assert_array_equal(rows['in_keys'][:, 3], rows['text'])
  assert (rows['in_keys'][:, 2] != rows['text']).any()


def test_a_tune_has_one_key_and_all_keys_are_as_likely(encoder, pieces):
  rows = encoder.encode(pieces[0]).examples
  count = len(rows['text'])
  numbers = np.random.default_rng(0).integers(0, 2**32, 1200, np.uint32)
  batch = {
    'text': jnp.tile(rows['text'], (1200, 1)),
    'in_keys': jnp.tile(rows['in_keys'], (1200, 1, 1)),
    'piece_draw': jnp.tile(jnp.asarray(numbers)[:, None], (1, count)),
  }
  found = draw_key(encoder.spec)(None, batch)
  assert found.keys() == {'text', 'piece_draw'}
  text = np.asarray(found['text'])
  equal = (text[:, :, None] == rows['in_keys'][None]).all(1)
  drawn = np.bincount(equal.argmax(1), minlength=12)
  assert equal.any(1).all()
  # 100 of each are expected, with a deviation of 9.6.
  assert drawn.min() > 60 and drawn.max() < 140
  stays = draw_key(encoder.spec, probability=0.0)(None, batch)['text']
  np.testing.assert_array_equal(stays, batch['text'])


def test_other_encoders_and_shares_are_refused(encoder):
  with pytest.raises(UserError, match='set encoder/name=abc_keys'):
    draw_key(ENCODERS['abc_text'](least=1).spec)
  with pytest.raises(UserError, match='between 0 and 1, not 2'):
    draw_key(encoder.spec, probability=2)
