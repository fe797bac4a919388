"""Key signatures by name, and from the notes."""

import pytest

from zoo.music.piece import Piece, notes
from zoo.music.signatures import key_signatures, likely_sharps, sharps_of


@pytest.mark.parametrize(
  ('name', 'sharps'),
  [
    ('C', 0),
    ('F#m', 3),
    ('Bb', -2),
    ('Gm', -2),
    ('Ddor', 0),
    ('Gmix', 0),
    ('Elyd', 5),
    ('D#', -3),  # nine sharps sound as three flats
    ('', None),
    ('H', None),
    ('Cx', None),
  ],
)
def test_sharps_of_a_key(name, sharps):
  assert sharps_of(name) == sharps


def tune(pitches):
  starts = range(len(pitches))
  return notes(starts, [start + 1 for start in starts], pitches)


def test_the_scale_that_fits_and_the_tonic_that_ends():
  assert likely_sharps(tune([62, 64, 66, 67, 69, 71, 73, 74])) == 2
  # C D E F G fit F, C and none else; the last note decides.
  assert likely_sharps(tune([64, 65, 67, 62, 60])) == 0
  assert likely_sharps(tune([64, 60, 67, 62, 65])) == -1
  assert likely_sharps(tune([])) == 0


def test_what_is_written_counts_first():
  table = tune([62, 64, 60])
  assert key_signatures(Piece('x', table)) == [[0.0, 0]]
  assert key_signatures(Piece('x', table, metadata={'key': 'Dm'})) == [
    [0.0, -1]
  ]
  written = [[0.0, 3], [4.0, -2]]
  both = {'key': 'C', 'key_signatures': written}
  assert key_signatures(Piece('x', table, metadata=both)) == written
