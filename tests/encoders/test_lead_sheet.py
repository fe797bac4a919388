"""Bars with the bar before them and their chord."""

import jax
import numpy as np
import pytest

from tests.encoders.tunes import make, same_notes
from zoo.contracts import Spec, UserError
from zoo.data.augmentations import transpose
from zoo.encoders.lead_sheet import LeadSheet
from zoo.music.piece import ChordSymbol, Metre

# Two bars of melody above chords of C major and of A minor, the root lowest.
MELODY = [(0, 2, 72), (2, 4, 76), (4, 8, 69)]
LOWER = [
  *((0, 4, pitch, 1) for pitch in (48, 52, 55)),
  *((4, 8, pitch, 1) for pitch in (45, 48, 52)),
]
PIECE = make(
  [*((*row, 0, False) for row in MELODY), *((*row, False) for row in LOWER)]
)


def held(tokens):
  return [int(one) for one in tokens[tokens != 0]]


def test_bars_chords_and_what_came_before():
  found = LeadSheet().encode(PIECE)
  assert found.dropped == {}
  tokens, previous = found.examples['tokens'], found.examples['previous']
  # Class 2 is MIDI pitch 48.
  assert [held(bar) for bar in tokens] == [[26, 30], [23]]
  assert tokens[0][8] == 30
  np.testing.assert_array_equal(previous, [np.zeros(16), tokens[0]])
  assert found.examples['chord'].tolist() == [0, 21]
  # At the end the progression begins again.
  assert found.examples['progression'][1].tolist() == [21, 0] * 4


def test_chord_symbols_come_before_other_parts():
  symbols = (ChordSymbol(0, 'F'), ChordSymbol(3, 'G7'), ChordSymbol(5, 'Dm'))
  piece = PIECE._replace(chords=symbols)
  # The chord that lasts longest in the bar.
  assert LeadSheet().encode(piece).examples['chord'].tolist() == [5, 14]
  parts = LeadSheet(chords='parts').encode(piece)
  assert parts.examples['chord'].tolist() == [0, 21]
  none = LeadSheet(chords='symbols').encode(PIECE)
  assert none.dropped == {'no chord': 2} and not len(none.examples['chord'])


def test_what_is_dropped():
  melody = [(0, 4, 72), (4, 8, 30), (8, 9, 72), (8, 9, 76), (16, 20, 74)]
  piece = make(melody)._replace(chords=(ChordSymbol(0, 'C'),))
  found = LeadSheet().encode(piece)
  assert found.dropped == {
    'pitch out of range': 1,
    'polyphonic': 1,
    'silence': 1,
  }
  # A silent bar before is silence, and so is one that was dropped.
  assert not found.examples['previous'].any()
  waltz = make([(0, 3, 72)], metres=(Metre(0.0, 3, 4),))
  assert 'metre' in LeadSheet().encode(waltz).dropped


def test_the_bar_before_a_change_of_metre_is_silence():
  metres = (Metre(0.0, 4, 4), Metre(4.0, 3, 4), Metre(7.0, 4, 4))
  melody = [(0, 4, 72), (4, 7, 74), (7, 11, 76)]
  piece = make(melody, metres)._replace(chords=(ChordSymbol(0, 'C'),))
  found = LeadSheet().encode(piece).examples
  assert len(found['tokens']) == 2 and not found['previous'].any()


def test_a_piece_covered_and_joined_is_itself():
  melody = make(MELODY)._replace(
    chords=(ChordSymbol(0.0, 'C'), ChordSymbol(4.0, 'Am'))
  )
  encoder = LeadSheet()
  rows = encoder.cover(melody)
  again = encoder.join(rows)
  assert same_notes(again, melody) and again.chords == melody.chords
  (first, second) = encoder.decode(rows)
  assert first.chords == (ChordSymbol(0.0, 'C'),)
  assert second.chords == (ChordSymbol(0.0, 'Am'),)
  assert encoder.read_from(melody) == [(0.0, 4.0), (4.0, 8.0)]
  no_chords = encoder.cover(make(MELODY))
  assert no_chords['chord'].tolist() == [24, 24]


def test_errors_and_the_spec():
  with pytest.raises(UserError, match='progression must be at least 1'):
    LeadSheet(progression=0)
  with pytest.raises(UserError, match='no melody in 4/4'):
    LeadSheet().cover(make([(0, 3, 72)], metres=(Metre(0.0, 3, 4),)))
  with pytest.raises(UserError, match=r'outside MIDI pitch 48\.\.88'):
    LeadSheet().cover(make([(0, 4, 20)]))
  spec = LeadSheet(progression=3).spec
  assert LeadSheet.from_spec(Spec.from_json(spec.to_json())).spec == spec


@pytest.mark.parametrize('by', [3, -7])
def test_transposed_bars_are_bars_of_the_transposed_piece(by):
  encoder = LeadSheet()
  augment = transpose(encoder.spec, low=by, high=by)
  before = encoder.encode(PIECE).examples
  moved = PIECE._replace(
    notes=PIECE.notes._replace(pitch=PIECE.notes.pitch + np.int16(by))
  )
  keys = jax.random.split(jax.random.key(0), 2)
  found = augment(keys, before)
  for name, values in encoder.encode(moved).examples.items():
    np.testing.assert_array_equal(found[name], values)
