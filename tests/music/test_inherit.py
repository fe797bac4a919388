"""A piece made from another keeps its tempo, metre, key, program and title."""

import numpy as np
import pytest

from zoo.encoders.melody import Melody
from zoo.encoders.notes import Notes
from zoo.encoders.piano_roll import PianoRoll
from zoo.encoders.voices import Voices
from zoo.music import midi_notes, smf
from zoo.music.inherit import between, inherit
from zoo.music.piece import ChordSymbol, Metre, Piece, Tempo, notes

SOURCE = Piece(
  'mine',
  notes(
    np.arange(64) / 2,
    np.arange(64) / 2 + 0.5,
    60 + np.arange(64) % 12,
    program=73,
  ),
  (Metre(0.0, 2, 2),),
  (Tempo(0.0, 66.0), Tempo(16.0, 99.0)),
  {'title': 'Air', 'key': 'Em', 'key_signatures': [[0.0, 1]]},
)


def assert_kept(piece, source=SOURCE):
  assert piece.metres == source.metres
  assert piece.tempos == source.tempos
  assert set(piece.notes.program.tolist()) == {73}
  for name in ('title', 'key', 'key_signatures'):
    assert piece.metadata[name] == source.metadata[name]


@pytest.mark.parametrize(
  'encoder',
  [
    Melody(bars=2, lowest=48, highest=83),
    PianoRoll(steps=8, steps_per_quarter=2),
    Notes(),
    Voices(lowest=(40,), highest=(90,)),
  ],
  ids=lambda one: type(one).__name__,
)
def test_what_comes_back_through_an_encoder_inherits(encoder):
  encoder = encoder.fit([SOURCE])
  made = encoder.join(encoder.cover(SOURCE))
  assert made.tempos != SOURCE.tempos  # No encoder keeps them by itself.
  kept = inherit(made, SOURCE)
  assert_kept(kept)
  np.testing.assert_array_equal(kept.notes.pitch, SOURCE.notes.pitch)
  np.testing.assert_allclose(kept.notes.start, SOURCE.notes.start)
  # And so it is in the file.
  again = midi_notes.read_midi(smf.dump(kept), 'x')
  assert_kept(again)


def test_a_pick_up_stays_one():
  """BachProp's notes begin at 0; the piece begins at the third quarter."""
  source = Piece(
    'up',
    notes([2, 3, 5], [3, 5, 7], [60, 62, 64]),
    (Metre(0.0, 3, 4), Metre(6.0, 4, 4)),
    (Tempo(0.0, 60.0), Tempo(5.0, 70.0)),
    {'key_signatures': [[0.0, 2], [3.0, -1]]},
  )
  encoder = Notes().fit([source])
  made = encoder.join(encoder.cover(source))
  assert made.notes.start.tolist() == [0, 1, 3]
  kept = inherit(made, source, begin=2.0)
  assert kept.notes.start.tolist() == [2, 3, 5]
  assert kept.notes.end.tolist() == [3, 5, 7]
  assert (kept.metres, kept.tempos) == (source.metres, source.tempos)
  assert kept.metadata == source.metadata


def test_a_stretch_begins_with_what_holds_there():
  """Bars 3 and 4, from quarter 6 on; what changes at its end is beyond it."""
  source = SOURCE._replace(
    metres=(Metre(0.0, 3, 4), Metre(6.0, 4, 4), Metre(14.0, 3, 4)),
    tempos=(Tempo(0.0, 60.0), Tempo(4.0, 70.0), Tempo(10.0, 80.0)),
    metadata={'key_signatures': [[0.0, 1], [7.0, 2], [20.0, 3]]},
  )
  made = Piece('x', notes([0], [1], [60]))
  kept = inherit(made, source, 6.0, 14.0)
  assert kept.metres == (Metre(0.0, 4, 4),)
  assert kept.tempos == (Tempo(0.0, 70.0), Tempo(4.0, 80.0))
  assert kept.metadata['key_signatures'] == [[0.0, 1], [1.0, 2]]
  assert kept.notes.start.tolist() == [0]


def test_programs_go_by_the_place_of_the_part():
  """Drums are separate; new voices have the program of the last one given."""
  source = Piece(
    'two',
    notes(
      [0, 0, 0, 1],
      [1, 1, 1, 2],
      [72, 60, 36, 60],
      program=[40, 42, 0, 42],
      part=[1, 5, 3, 5],
      drum=[False, False, True, False],
    ),
  )
  made = Piece(
    'x',
    notes(
      [0, 0, 0, 0, 0],
      [1, 1, 1, 1, 1],
      [60, 61, 62, 63, 36],
      program=[0, 0, 0, 19, 0],
      part=[0, 1, 2, 3, 4],
      drum=[False] * 4 + [True],
    ),
  )
  found = inherit(made, source).notes
  order = np.argsort(found.part)
  assert found.program[order].tolist() == [40, 42, 42, 19, 0]
  silent = inherit(made, Piece('none', notes([], [], [])))
  assert sorted(silent.notes.program.tolist()) == [0, 0, 0, 0, 19]


def test_what_the_source_does_not_say_stays():
  """Keys, fermatas and chord symbols of a model's own."""
  made = Piece(
    'x',
    notes([0], [1], [60]),
    metadata={'key_signatures': [[0.0, -2]], 'fermatas': [[0.0, 1.0]]},
    chords=(ChordSymbol(0.0, 'Am'),),
  )
  source = Piece('s', notes([1], [2], [60]), (Metre(0.0, 3, 4),))
  kept = inherit(made, source, begin=1.0)
  assert kept.metadata == {
    'key_signatures': [[0.0, -2]],
    'fermatas': [[1.0, 2.0]],
  }
  assert kept.chords == (ChordSymbol(1.0, 'Am'),)
  named = source._replace(metadata={'key': 'D', 'title': ''})
  assert inherit(made, named).metadata == {
    'key': 'D',
    'fermatas': [[0.0, 1.0]],
  }
  assert made.metadata['key_signatures'] == [[0.0, -2]]  # not changed in place


def test_points_between_two_pieces():
  """Half way from 60 to 240 quarters a minute is 120."""
  first = SOURCE._replace(tempos=(Tempo(0.0, 60.0), Tempo(8.0, 50.0)))
  second = Piece(
    'b',
    notes([0], [1], [60], program=40),
    (Metre(0.0, 4, 4),),
    (Tempo(0.0, 240.0),),
    {'title': 'Jig'},
  )
  made = Piece('x', notes([0], [1], [60]))
  found = [between(made, first, second, share) for share in (0, 0.5, 1)]
  assert [one.tempos for one in found] == [
    (Tempo(0.0, 60.0),),
    (Tempo(0.0, 120.0),),
    (Tempo(0.0, 240.0),),
  ]
  assert [one.notes.program.tolist() for one in found] == [[73], [73], [40]]
  assert [one.metres[0][1:] for one in found] == [(2, 2), (2, 2), (4, 4)]
  assert {one.metadata['title'] for one in found} == {'Air - Jig'}
  assert found[2].metadata == {'title': 'Air - Jig'}
  same = between(made, first, first, 0.3)
  assert same.metadata['title'] == 'Air' and same.tempos == first.tempos[:1]
