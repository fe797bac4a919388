"""Melodies as the active pitch: by hand, and the inverse."""

import numpy as np

from tests.encoders.tunes import make, same_notes
from zoo.contracts import Spec
from zoo.encoders.melody_roll import MelodyRoll, active, events

OPEN = {'bars': 1, 'stride': 1, 'min_notes': 0, 'min_pitches': 0, 'gap_bars': 0}


def test_active_notes_by_hand():
  # Rest, C, held, off, held, D, held, C.
  tokens = np.array([[0, 41, 0, 1, 0, 43, 0, 41]])
  found = active(tokens)
  np.testing.assert_array_equal(found, [[0, 40, 40, 0, 0, 42, 42, 40]])
  np.testing.assert_array_equal(events(found), tokens)


def test_decode_is_the_inverse_of_encode():
  encoder = MelodyRoll(**OPEN)
  piece = make([(0, 1, 60), (1, 2.5, 62), (3, 4, 67)])
  found = encoder.encode(piece).examples['pitch']
  np.testing.assert_array_equal(found, [[9, 9, 11, 11, 11, 0, 16, 16]])
  pitches = encoder.spec.tables['pitches']
  assert pitches[9] == 60 and pitches[0] == -1
  assert same_notes(encoder.decode({'pitch': found})[0], piece)
  again = MelodyRoll.from_spec(Spec.from_json(encoder.spec.to_json()))
  assert again.spec == encoder.spec
  both = make([(0, 2, 60), (2, 6, 62), (6, 8, 60)])
  covered = encoder.cover(both)
  assert covered['pitch'].shape == (2, 8)
  assert same_notes(encoder.join(covered), both)


def test_transpositions_are_the_same_music():
  encoder = MelodyRoll(**OPEN)
  rows = [
    encoder.encode(make([(0, 1, 60 + k), (2, 4, 64 + k)])).examples['pitch']
    for k in (0, 5)
  ]
  one, other = (encoder.canonical({'pitch': row}) for row in rows)
  np.testing.assert_array_equal(one, other)
