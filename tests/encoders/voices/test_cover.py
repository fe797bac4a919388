"""A user's piece: moved into range and back, bar by bar, note for note."""

import numpy as np
import pytest

from zoo.encoders.voices import Voices
from zoo.encoders.voices import cover as voice_cover
from zoo.music.piece import Metre, Piece, Tempo, notes

RANGES = np.array([57, 53, 48, 36]), np.array([81, 74, 69, 64])


def melody(pitches, length=1.0, **more):
  starts = np.arange(len(pitches)) * length
  return Piece('x', notes(starts, starts + length, pitches), **more)


@pytest.mark.parametrize(
  ('pitches', 'by'),
  [
    ([57, 81], 0),
    ([45, 60], 12),  # an octave rather than as little as may be
    ([80, 88], -12),
    ([47, 69], 12),
    ([50, 73], 7),  # 12 would be too high
    ([50, 76], 0),  # impossible
  ],
)
def test_a_melody_is_moved_into_range(pitches, by):
  assert voice_cover.shift_into(melody(pitches), *RANGES) == by


def test_moving_moves_the_key():
  piece = melody([60], metadata={'key_signatures': [[0.0, 2]]})
  up = voice_cover.moved(piece, 1)
  assert up.notes.pitch.tolist() == [61]
  assert up.metadata['key_signatures'] == [[0.0, -3]]  # D to E flat
  assert voice_cover.moved(up, -1).metadata == piece.metadata
  flats = melody([60], metadata={'key_signatures': [[0.0, -6]]})
  assert voice_cover.moved(flats, 12).metadata == flats.metadata


def test_bars_start_again_after_a_broken_one():
  metres = (Metre(0.0, 3, 4), Metre(5.0, 4, 4))
  options = {'padding': 1, 'steps_per_quarter': 1}
  bars = voice_cover.bar_numbers(metres, (2, 6), options)
  assert bars.ravel().tolist()[1:] == [1, 1, 1, 2, 2, 3, 3, 3, 3, 4, 4]
  assert voice_cover.bar_at(metres, 8.5) == ' in bar 3'
  assert voice_cover.bar_at(metres, None) == ''


@pytest.mark.parametrize('encoder', [{'steps': 0, 'padding': 4}, {'steps': 6}])
def test_a_melody_comes_back_note_for_note(encoder):
  encoder = Voices(**encoder)
  rows = [(0, 1, 45), (1, 4 / 3, 47), (4 / 3, 5 / 3, 48), (5 / 3, 2, 50)]
  start, end, pitch = zip(*rows, strict=True)
  piece = Piece(
    'x',
    notes(start, end, pitch, part=3),
    (Metre(0.0, 3, 4),),
    (Tempo(0.0, 77.0),),
    {'title': 'Low'},
  )
  given = encoder.cover(piece)
  assert set(given['shift']) == {12}
  pitched = given['voices'][..., 0] >= encoder.spec.sizes['first_pitch']
  assert pitched.sum() >= 4
  assert given['bar'].max() == 1
  made = {k: v.copy() for k, v in given.items()}
  # A model lets the alto sing its range's lowest pitch from the start.
  first = encoder.options['padding']
  made['voices'][0, first, 1] = encoder.spec.sizes['first_pitch']
  whole = encoder.complete(piece, made)
  kept = whole.notes.part == 0
  np.testing.assert_array_equal(whole.notes.start[kept], start)
  np.testing.assert_array_equal(whole.notes.end[kept], end)
  np.testing.assert_array_equal(whole.notes.pitch[kept], pitch)
  assert whole.notes.pitch[~kept].tolist() == [53 - 12]
  assert whole.metres == piece.metres and whole.tempos == piece.tempos
  assert whole.metadata['title'] == 'Low'


def test_whole_pieces_of_any_length_are_covered():
  encoder = Voices(steps=0, padding=4)  # measured on no corpus at all
  for count in (1, 40):
    given = encoder.cover(melody([60] * count))
    assert len(given['voices']) == 1
    assert given['voices'].shape[1] % 64 == 0
    assert given['length'].tolist() == [4 + 4 * count]
    assert encoder.join(given).length == count
