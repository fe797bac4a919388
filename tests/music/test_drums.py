"""The kits: nine classes, every pitch once, and what a user can change."""

import numpy as np
import pytest

from zoo.contracts import UserError
from zoo.music import drums
from zoo.music.drums import GENERAL_MIDI, KITS, NINE_DRUMS, PITCHES, ROLAND_TD11


def test_general_midi_is_magentas_table():
  """Every General MIDI percussion pitch, and those of GS, has a class."""
  from note_seq.drums_encoder_decoder import DEFAULT_DRUM_TYPE_PITCHES

  assert list(GENERAL_MIDI) == list(NINE_DRUMS)
  for ours, theirs in zip(
    GENERAL_MIDI.values(), DEFAULT_DRUM_TYPE_PITCHES, strict=True
  ):
    assert sorted(ours) == sorted(theirs)
  classes = drums.drum_map().classes
  assert (classes[27:88] >= 0).all()
  assert np.flatnonzero(classes < 0).tolist() == [
    *range(22),
    *range(23, 26),
    *range(88, 128),
  ]


def test_rolands_22_pitches_and_where_they_differ():
  """Groove's page: tom 1 is 48 and 50, tom 2 is 45 and 47, 58 a tom's rim."""
  pitches = [pitch for row in ROLAND_TD11.values() for pitch in row]
  assert len(pitches) == len(set(pitches)) == 22
  general, roland = (drums.drum_map(kit).classes for kit in KITS)
  differ = {p for p in pitches if general[p] != roland[p]}
  assert differ == {45, 48, 58}
  assert [NINE_DRUMS[roland[p]] for p in (45, 48, 58)] == [
    'mid_tom',
    'high_tom',
    'low_tom',
  ]


@pytest.mark.parametrize('kit', KITS)
def test_each_class_is_written_as_a_pitch_that_reads_back(kit):
  found = drums.drum_map(kit)
  assert found.classes[list(PITCHES)].tolist() == list(range(9))
  assert found.pitches.tolist() == list(PITCHES)


def test_a_users_table_changes_the_kit():
  found = drums.drum_map(changes=['60=kick', '36=none', '35=none'])
  assert found.classes[60] == 0 and found.classes[36] == -1
  assert found.pitches[0] == 60
  assert found.pitches[1:].tolist() == list(PITCHES[1:])


@pytest.mark.parametrize(
  ('changes', 'message'),
  [
    (['60'], 'not .60.'),
    (['60=conga'], 'the classes are kick'),
    (['128=kick'], 'not .128=kick.'),
    (['-1=kick'], 'not .-1=kick.'),
    (['36=none', '35=none'], 'no pitch for kick: give it one'),
  ],
)
def test_bad_tables(changes, message):
  with pytest.raises(UserError, match=message):
    drums.drum_map(changes=changes)


def test_combinations_are_bits():
  table = drums.combination_table()
  assert table.shape == (512, 10)
  assert table[0].tolist() == [0] * 9 + [1]
  assert table[0b101].tolist() == [1, 0, 1, 0, 0, 0, 0, 0, 0, 0]
  assert table[511].tolist() == [1] * 9 + [0]
  assert table[:, 9].sum() == 1


def test_lanes_are_ordered_from_kick_to_cymbals():
  assert drums.in_kit_order({51, 42, 36, 38, 49, 10}) == [
    *(36, 38, 42, 49, 51, 10)
  ]
  assert drums.name_of(36) == 'Kick' and drums.name_of(10) == 'Drum 10'
