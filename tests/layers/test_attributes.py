"""Attributes of music, counted by hand."""

import numpy as np
import pytest

from zoo.contracts import Field, Spec
from zoo.encoders.drums import Drums
from zoo.encoders.melody import Melody
from zoo.encoders.trio import Trio
from zoo.layers import attributes

MELODY = Melody(bars=1).spec


def tokens(**onsets):
  """A bar of holds with an onset of a MIDI pitch at step `at_N`."""
  row = np.zeros((1, 16), np.int8)
  for at, pitch in onsets.items():
    row[0, int(at[3:])] = pitch - 21 + 2
  return row


def measured(row):
  found = attributes.measure(MELODY, {'tokens': row})
  return {name: value.item() for name, value in found.items()}


def test_attributes_of_a_bar_by_hand():
  # C at 0, E at 3 (held over 4), F# at 6 (held over 8), G at 9, A at 10.
  row = tokens(at_0=60, at_3=64, at_6=66, at_9=67, at_10=69)
  assert measured(row) == pytest.approx(
    {
      'density': 5 / 16,
      'c_major': 4 / 5,
      'interval': (4 + 2 + 1 + 2) / 4,
      'syncopation_16': 2 / 5,  # 3 and 9: nothing on 2 and 8
      'syncopation_8': 2 / 5,  # 6 and 10: nothing on 4 and 8
    }
  )


def test_a_note_off_is_not_an_onset_and_a_dotted_rhythm_is_syncopated():
  row = tokens(at_15=60)
  row[0, 4] = 1
  assert measured(row) == {
    'density': 1 / 16,
    'c_major': 1,
    'interval': 0,
    'syncopation_16': 1,
    'syncopation_8': 0,
  }
  assert measured(tokens(at_14=60, at_15=60))['syncopation_16'] == 0


def test_silence_has_none_of_anything():
  assert set(measured(np.zeros((1, 16), np.int8)).values()) == {0}


def test_drums_have_hits_and_no_pitches():
  spec = Drums(bars=1).spec
  row = np.zeros((1, 16), np.int16)
  row[0, [0, 3, 6]] = 3, 1, 4  # two drums at once, then one each
  found = attributes.measure(spec, {'tokens': row})
  assert found == {
    'density': 4 / 16,
    'syncopation_16': 1 / 4,
    'syncopation_8': 1 / 4,
  }


def test_a_trio_is_counted_together():
  spec = Trio(bars=1).spec
  row = tokens(at_0=60, at_8=62)
  bass = tokens(at_0=37, at_4=49)
  drums = np.zeros((1, 16), np.int16)
  drums[0, 2] = 1
  found = attributes.measure(
    spec, {'melody': row, 'bass': bass, 'drums': drums}
  )
  assert found['density'] == 5 / 16
  assert found['c_major'] == 2 / 4
  assert found['interval'] == (2 + 12) / 2


def test_rolls_have_their_highest_line():
  field = Field((4, 3), 'uint8', 2, 'bit', 'axis')
  tables = {'pitches': [60, 61, 62]}
  spec = Spec('rolls', {}, {'roll': field}, {}, 1.0, tables, {})
  roll = np.zeros((1, 4, 3), np.uint8)
  roll[0, 0, [0, 2]] = 1
  roll[0, 1, 2] = 1  # held
  roll[0, 2, 1] = 1
  assert attributes.attributes_of(spec) == ('density', 'c_major', 'interval')
  found = attributes.measure(spec, {'roll': roll})
  assert found == {'density': 3 / 4, 'c_major': 2 / 3, 'interval': 1}


def test_pictures_have_none():
  field = Field((6,), 'uint8', 256, 'grey')
  spec = Spec('image', {}, {'image': field}, {}, 0.0, {}, {})
  assert attributes.attributes_of(spec) == ()
  assert attributes.measure(spec, {'image': np.zeros((2, 6))}) == {}
