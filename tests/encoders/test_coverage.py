"""What is dropped of a user's piece is said, by bar, for every encoder."""

import numpy as np
import pytest

from zoo.encoders import coverage
from zoo.encoders.drums import Drums
from zoo.encoders.melody import Melody
from zoo.encoders.notes import Notes
from zoo.encoders.piano_roll import PianoRoll
from zoo.encoders.trio import Trio
from zoo.encoders.voices import Voices
from zoo.music.piece import Metre, Piece, notes

SCALE = [60, 62, 64, 65, 67, 69, 71, 72]


def tune(bars=4, **columns):
  start = np.arange(4.0 * bars)
  pitch = np.resize(SCALE, len(start))
  return notes(start, start + 1, pitch, **columns)


def joined(*tables):
  columns = zip(*tables, strict=True)
  return notes(*(np.concatenate(column) for column in columns))


def said(encoder, piece):
  made = encoder.join(encoder.cover(piece))
  return coverage.dropped(encoder, piece, made)


@pytest.mark.parametrize(
  'encoder',
  [Melody(bars=2), PianoRoll(), Voices(), Trio(bars=2), Notes()],
  ids=lambda one: type(one).__name__,
)
def test_nothing_is_said_of_a_tune_that_is_read_whole(encoder):
  piece = Piece('tune', tune())
  encoder = encoder.fit([piece])
  if hasattr(encoder, 'measure'):
    encoder = encoder.measure([piece])
  assert said(encoder, piece) == []


def test_lower_notes_and_other_parts_of_a_melody_are_said_by_bar():
  chords = notes([4, 13], [5, 14], [48, 48])
  second = tune(part=1)._replace(pitch=tune().pitch - 12)
  piece = Piece('tune', joined(tune(), chords, second))
  assert said(Melody(bars=2), piece) == [
    '16 notes in part 2',
    '2 notes that others cover or the grid misses (bars 2, 4)',
  ]


def test_bars_in_another_metre_are_said():
  """Two bars of 4/4, two of 3/4 that are passed over, two of 4/4."""
  metres = (Metre(0.0, 4, 4), Metre(8.0, 3, 4), Metre(14.0, 4, 4))
  start = np.arange(22.0)
  piece = Piece('tune', notes(start, start + 1, np.resize(SCALE, 22)), metres)
  words = ['6 notes in 3/4, outside what is read (bars 3-4)']
  encoder = Melody(bars=2)
  assert said(encoder, piece) == words
  stretches = coverage.read_from(encoder, piece)
  assert stretches == [(0.0, 8.0), (14.0, 22.0)]
  assert coverage.source_time(stretches, 9.0) == 15.0
  hits = piece._replace(
    notes=piece.notes._replace(
      pitch=np.resize([36, 38], 22).astype(np.int16), drum=np.ones(22, bool)
    )
  )
  assert said(Drums(bars=2), hits) == words


def test_a_bar_that_fills_no_window_is_said():
  """Three bars before a change of metre, read two at a time."""
  metres = (Metre(0.0, 4, 4), Metre(12.0, 3, 4))
  piece = Piece('tune', tune(3), metres)
  assert said(Melody(bars=2), piece) == [
    '4 notes in 4/4, outside what is read (bar 3)'
  ]


def test_drums_are_said_where_there_is_no_place_for_them():
  beat = notes([0, 1], [0.5, 1.5], [36, 38], part=1, drum=True)
  piece = Piece('tune', joined(tune(), beat))
  words = ['2 notes of drums']
  assert said(Melody(bars=2), piece) == words
  assert said(PianoRoll().measure([piece]), piece) == words
  assert said(Notes().fit([piece]), piece) == words
  assert said(Drums(bars=2), piece) == ['16 notes that are not drums']
  assert said(Trio(bars=2), piece) == []


def test_hits_without_a_class_are_said():
  beat = notes([0, 1, 5], [0.5, 1.5, 5.5], [36, 38, 90], drum=True)
  assert said(Drums(bars=2), Piece('beat', beat)) == [
    '1 note that others cover or the grid misses (bar 2)'
  ]


def test_passing_notes_between_the_steps_of_a_roll_are_said():
  quick = notes([4.25], [4.5], [50])
  piece = Piece('tune', joined(tune(), quick))
  assert said(PianoRoll(steps_per_quarter=1).measure([piece]), piece) == [
    '1 note that others cover or the grid misses (bar 2)'
  ]


def test_bars_are_counted_over_changes_of_metre():
  metres = (Metre(0.0, 4, 4), Metre(6.0, 3, 4))  # Bar 2 is broken off.
  assert coverage.bars_of(metres, np.array([0.0, 4.0])) == 'bars 1-2'
  assert coverage.bars_of(metres, np.array([6.0])) == 'bar 3'
  assert coverage.bars_of(metres, np.array([0.0, 6.0, 9.5])) == 'bars 1, 3-4'


def test_a_roll_begins_with_its_first_frame():
  piece = Piece('late', notes([2, 3], [3, 4], [60, 62]))
  whole = PianoRoll().measure([piece])
  assert coverage.read_from(whole, piece) == [(2.0, np.inf)]
  assert said(whole, piece) == []
