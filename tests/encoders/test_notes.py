"""Rows of notes: dictionaries, tags, what is dropped, and back to pieces."""

from fractions import Fraction

import numpy as np
import pytest

from zoo.contracts import Spec, UserError
from zoo.encoders.notes import FACTORS, Notes
from zoo.music.piece import Piece, notes

# (start, end, pitch) in quarters.
ROWS = [(0, 1, 60), (0, 2, 48), (1, 1.5, 64), (2, 4, 67)]


def piece(rows, identity='x'):
  start, end, pitch = zip(*rows, strict=True)
  return Piece(identity, notes(start, end, pitch))


def fitted(*rows):
  return Notes().fit([piece(one) for one in rows or [ROWS]])


def test_dictionaries_are_the_sorted_values_of_the_training_pieces():
  encoder = fitted()
  assert encoder.vocabulary == {
    'after': [0, 48],
    'length': [24, 48, 96],
    'pitch': list(range(48, 68)),
  }
  assert encoder.spec.sizes == {
    'after': 3,
    'length': 4,
    'pitch': 21,
    'ticks_per_quarter': 48,
  }


def test_a_row_for_each_note_and_one_that_ends_the_piece():
  examples = fitted().encode(piece(ROWS)).examples
  assert examples['notes'].tolist() == [
    [0, 1, 12],  # (0, 48, 60), the highest of two first
    [0, 2, 0],  # (0, 96, 48)
    [1, 0, 16],  # (48, 24, 64)
    [1, 2, 19],  # (48, 96, 67)
    [2, 3, 20],
  ]
  assert examples['room'].tolist() == [[0, 0]] * 5


def test_room_is_what_the_dictionary_leaves_below_and_above():
  encoder = fitted(ROWS)
  room = encoder.encode(piece([(0, 1, 50), (1, 2, 60)])).examples['room']
  assert room.tolist() == [[2, 7]] * 3  # 48..67


def test_factors_are_those_that_keep_all_durations_in_the_dictionary():
  times = [(0, 1, 60), (1, 3, 60), (3, 3.5, 60), (5, 5.25, 60)]
  encoder = fitted(times)
  assert encoder.vocabulary['after'] == [0, 48, 96]
  assert encoder.vocabulary['length'] == [12, 24, 48, 96]
  mask = encoder.encode(piece([(0, 1, 60), (1, 2, 60)])).examples['factors']
  legal = [str(f) for i, f in enumerate(FACTORS) if mask[0] >> i & 1]
  # dT 0 and 48, T 48: 24 is no dT, 144 is neither.
  assert legal == ['1', '2']
  one = encoder.encode(piece([(0, 1, 60)])).examples['factors']
  legal = [str(f) for i, f in enumerate(FACTORS) if one[0] >> i & 1]
  assert legal == ['1/4', '1/2', '1', '2']


def test_thirds_are_exact():
  """A triplet eighth is a third of a quarter, 16 ticks of 48."""
  encoder = fitted([(0, 1, 60), (0, 1 / 3, 62), (0, 2 / 3, 64)])
  tables = encoder.spec.tables['dilate_length']
  third = FACTORS.index(Fraction(1, 3))
  two_thirds = FACTORS.index(Fraction(2, 3))
  assert encoder.vocabulary['length'] == [16, 32, 48]
  assert tables[third] == [-1, -1, 0, 3]
  assert tables[two_thirds] == [-1, -1, 1, 3]
  assert tables[FACTORS.index(2)] == [1, -1, -1, 3]
  assert tables[FACTORS.index(3)] == [2, -1, -1, 3]


def test_pieces_outside_the_dictionaries_are_dropped_with_a_reason():
  encoder = fitted()
  for rows, reason in (
    ([(0, 1, 60), (1.5, 2.5, 60)], 'a dT that no training piece has'),
    ([(0, 1.25, 60)], 'a T that no training piece has'),
    ([(0, 1, 47)], 'a P that no training piece has'),
    ([(0, 99, 60)], 'a time of more than 64 quarters'),
  ):
    encoded = encoder.encode(piece(rows))
    assert len(encoded.examples['notes']) == 0
    assert encoded.dropped == {reason: 1}
    with pytest.raises(UserError, match=reason):
      encoder.cover(piece(rows))


def test_a_piece_comes_back_as_it_was():
  encoder = fitted()
  examples = encoder.encode(piece(ROWS)).examples
  again = encoder.decode({'notes': examples['notes'][None]})[0]
  joined = encoder.join(encoder.cover(piece(ROWS)))
  for made in (again, joined):
    for one, other in zip(made.notes, piece(ROWS).notes, strict=True):
      assert one.tolist() == other.tolist()


def test_what_comes_after_the_end_is_not_played():
  encoder = fitted()
  rows = encoder.encode(piece(ROWS)).examples['notes']
  twice = np.concatenate([rows, rows])[None]
  assert len(encoder.decode({'notes': twice})[0].notes.start) == len(ROWS)


def test_it_is_rebuilt_from_its_spec():
  encoder = Notes(order='ascending').fit([piece(ROWS)])
  spec = Spec.from_json(encoder.spec.to_json())
  again = Notes.from_spec(spec)
  assert again.spec == encoder.spec
  one, other = (e.encode(piece(ROWS)).examples for e in (encoder, again))
  assert one['notes'].tolist() == other['notes'].tolist()
  assert one['notes'][:2, 2].tolist() == [0, 12]


def test_alike_pieces_have_one_group():
  random = np.random.RandomState(0)
  tune = [(i, i + 1, int(p)) for i, p in enumerate(random.randint(50, 70, 40))]
  higher = [(start, end, pitch + 3) for start, end, pitch in tune]
  other = [(start, end, 120 - pitch) for start, end, pitch in tune]
  pieces = [piece(tune, 'a'), piece(other, 'b'), piece(higher, 'c')]
  assert Notes().groups(pieces) == ['a', 'b', 'a']
