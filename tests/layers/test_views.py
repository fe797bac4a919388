"""Views of a voice: value, one-hot, embedding, roll."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zoo.encoders.piano_roll import PianoRoll
from zoo.encoders.voices import Voices
from zoo.layers.views import View, active_notes
from zoo.music.piece import Piece, notes

# A hold from before, pitch 2, held, rest, held, pitch 4, the same again.
CLASSES = jnp.array([[0, 2, 0, 1, 0, 4, 4]])


def see(kind, **options):
  view = View(kind, classes=5, first=2, **options)
  params = view.init(jax.random.key(0), CLASSES)
  return view.apply(params, CLASSES), params


def test_holds_are_resolved():
  assert active_notes(CLASSES, 2).tolist() == [[0, 2, 2, 0, 0, 4, 4]]


def test_a_value_is_the_pitch_as_a_share_of_the_range():
  seen, _ = see('value')
  assert seen[0, :, 0].tolist() == pytest.approx([0, 1 / 3, 1 / 3, 0, 0, 1, 1])


def test_a_roll_shows_what_sounds_and_a_one_hot_what_happens():
  roll, _ = see('roll')
  assert roll.shape == (1, 7, 3)
  assert roll[0, :, 0].tolist() == [0, 1, 1, 0, 0, 0, 0]
  assert roll[0, :, 2].tolist() == [0, 0, 0, 0, 0, 1, 1]
  one_hot, _ = see('one_hot')
  assert one_hot.argmax(-1).tolist() == CLASSES.tolist()


def test_an_embedding_is_a_row_for_each_class():
  seen, params = see('embedding', features=3)
  table = params['params']['embedding']['embedding']
  assert table.shape == (5, 3)
  assert (seen[0, 5] == table[4]).all()


def test_the_rolls_of_all_voices_are_the_many_hot_roll_of_the_piece():
  """Two voices, a unison and a rest; each roll from its lowest pitch on."""
  rows = [(0, 1, 72, 0), (1, 2, 67, 0), (0, 2, 67, 1), (3, 4, 60, 0)]
  start, end, pitch, part = zip(*rows, strict=True)
  piece = Piece('x', notes(start, end, pitch, part=part))
  ranges = {'lowest': (57, 53), 'highest': (81, 74)}
  encoder = Voices(steps=16, **ranges)
  voices = jnp.asarray(encoder.encode(piece).examples['voices'])
  first = encoder.spec.sizes['first_pitch']
  many = np.zeros((1, 16, 128), bool)
  for voice, classes in enumerate(encoder.spec.vocabulary['classes']):
    view = View('roll', classes=classes, first=first)
    low = ranges['lowest'][voice]
    roll = view.apply({}, voices[..., voice]) > 0
    many[..., low : low + classes - first] |= roll
  expected = PianoRoll(steps=16, steps_per_quarter=4, lowest=0, highest=127)
  np.testing.assert_array_equal(many, expected.encode(piece).examples['roll'])
