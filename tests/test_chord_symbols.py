"""Chord symbols as 24 triads and none."""

import numpy as np
import pytest

from zoo import chord_symbols
from zoo.contracts import UserError


@pytest.mark.parametrize(
  'text, chord',
  [
    ('C', 0),
    ('Am7', 9 + 12),
    ('F#m', 6 + 12),
    ('Bb', 10),
    ('Cb', 11),
    ('C/E', 0),
    ('Gmaj7', 7),
    ('Gm(maj7)', 7 + 12),
    ('Bdim', 11 + 12),
    ('E-7', 4 + 12),
    ('Dsus4', 2),
    ('Aaug', 9),
    ('N.C.', 24),
    ('H', None),
    ('', None),
    ('c', None),
  ],
)
def test_a_symbol_is_its_triad(text, chord):
  assert chord_symbols.triad(text) == chord


def test_names_and_symbols_are_inverse():
  for chord in range(chord_symbols.CLASSES):
    assert chord_symbols.triad(chord_symbols.name(chord)) == chord


def test_members_of_triads():
  members = chord_symbols.members()
  assert members[0].tolist() == [0, 4, 7]
  assert members[9 + 12].tolist() == [9, 0, 4]
  assert members[24].tolist() == [-1, -1, -1]
  chroma = chord_symbols.chroma()
  np.testing.assert_array_equal(chroma.sum(1), [3] * 24 + [0])
  assert np.flatnonzero(chroma[9 + 12]).tolist() == [0, 4, 9]


def test_a_progression():
  assert chord_symbols.progression('C Am | F G7') == [0, 21, 5, 7]
  assert chord_symbols.progression('') == []
  with pytest.raises(UserError, match="'X' is no chord"):
    chord_symbols.progression('C X')
  with pytest.raises(UserError, match='more than 4096'):
    chord_symbols.progression('C ' * 5000)
