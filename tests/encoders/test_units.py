"""Runs of bars: what an example contains, what breaks a run, what is kept."""

import numpy as np
import pytest

from tests.encoders.tunes import make, same_notes
from zoo.contracts import UserError
from zoo.encoders.units import TITLE, Units

# A note a bar, the third bar held over from the second, the fourth silent.
TUNE = make([(0, 4, 60), (4, 12, 62), (16, 20, 64), (20, 22, 65)])


def test_each_bar_is_independent():
  found = Units(units=8).encode(TUNE).examples
  assert found['length'].tolist() == [6 * 16]
  bars = found['tokens'].reshape(8, 16)
  # A held note begins again, a silent bar begins with a note-off.
  assert bars[:, 0].tolist() == [14, 16, 16, 1, 18, 19, 0, 0]
  assert found['bar'].tolist() == [0]
  name = bytes(found['title'][0]).decode()
  assert (name.strip(), len(name)) == ('tune', TITLE)


def test_decoding_ends_where_the_length_says():
  encoder = Units(units=8)
  (piece,) = encoder.decode(encoder.encode(TUNE).examples)
  expected = [(0, 4, 60), (4, 8, 62), (8, 12, 62), (16, 20, 64), (20, 22, 65)]
  assert same_notes(piece, make(expected))


def test_a_long_melody_gives_several_examples_that_join():
  encoder = Units(units=4)
  found = encoder.encode(TUNE).examples
  assert found['length'].tolist() == [64, 32]
  assert found['bar'].tolist() == [0, 4]
  whole = encoder.join(found)
  assert same_notes(
    whole, Units(units=8).decode(Units(units=8).encode(TUNE).examples)[0]
  )
  given = encoder.cover(TUNE)
  assert given['length'].tolist() == [64, 32]
  assert encoder.read_from(TUNE) == [(0, 16), (16, 24)]


def test_a_faulty_bar_breaks_the_run_and_is_counted():
  chord = make([(0, 4, 60), (4, 8, 62), (8, 12, 64), (8, 12, 67), (12, 16, 60)])
  found = Units(units=8).encode(chord)
  assert found.examples['length'].tolist() == [32]
  assert found.dropped == {'polyphonic': 1, 'a bar that stands alone': 1}
  low = Units(units=8, lowest=61).encode(TUNE)
  assert low.examples['bar'].tolist() == [1]
  assert low.dropped == {'pitch out of range': 1}


def test_the_encoder_is_rebuilt_from_its_spec():
  encoder = Units(units=5, lowest=50)
  again = Units.from_spec(type(encoder.spec).from_json(encoder.spec.to_json()))
  assert again.spec == encoder.spec
  assert encoder.spec.fields['tokens'].shape == (80,)
  for name, value in encoder.encode(TUNE).examples.items():
    assert value.shape[1:] == encoder.spec.fields[name].shape
    np.testing.assert_array_equal(value, again.encode(TUNE).examples[name])


def test_one_unit_is_not_a_run():
  with pytest.raises(UserError, match='encoder/units must be at least 2'):
    Units(units=1)
