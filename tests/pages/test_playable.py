"""A piece in seconds, for the player."""

import numpy as np
import pytest

from zoo.music.piece import ChordSymbol, Metre, Notes, Piece, Tempo, notes
from zoo.pages.playable import bar_starts, playable


def test_times_bars_and_chords_by_hand():
  # 60 quarters a minute for a bar of 3/4, then 120 in 2/4.
  piece = Piece(
    'a',
    notes([0, 3, 4], [1, 4, 4.5], [60, 62, 64]),
    (Metre(0.0, 3, 4), Metre(3.0, 2, 4)),
    (Tempo(0.0, 60.0), Tempo(3.0, 120.0)),
    chords=(ChordSymbol(0.0, 'C'), ChordSymbol(3.0, 'G7')),
  )
  assert playable(piece) == {
    'notes': [[0, 1, 60], [3, 3.5, 62], [3.5, 3.75, 64]],
    'seconds': 4.0,  # where the last bar ends
    'bars': [0, 3],
    'chords': [[0, 'C'], [3, 'G7']],
  }


def test_a_row_omits_only_its_last_default_columns():
  table = notes(
    [0, 1, 2, 3],
    [1, 2, 3, 4],
    60,
    velocity=[80, 100, 80, 80],
    program=[0, 0, 0, 5],
    drum=[False, False, True, False],
    part=[0, 0, 0, 2],
  )
  found = playable(Piece('a', table))['notes']
  assert [row[3:] for row in found] == [[], [100], [80, 0, 1], [80, 5, 0, 2]]


def test_an_excerpt_begins_with_its_first_note_and_is_cut():
  onset = np.arange(10) + 3.5
  piece = Piece('a', notes(onset, onset + 1.5, 60), tempos=(Tempo(0.0, 60.0),))
  found = playable(piece, 4.0, begin=None)
  assert found['notes'] == [
    [0, 1.5, 60],
    [1, 2.5, 60],
    [2, 3.5, 60],
    [3, 4, 60],
  ]
  assert found['seconds'] == 4 and found['bars'] == [0.5]


def test_silence_and_bars_of_a_piece_with_a_pickup():
  assert playable(Piece('a', notes([], [], []))) == {
    'notes': [],
    'seconds': 0,
    'bars': [],
  }
  piece = Piece(
    'a', notes([0, 1], [1, 5.5], 60), (Metre(0.0, 1, 4), Metre(1.0, 4, 4))
  )
  assert bar_starts(piece) == [0, 1, 5]


@pytest.mark.parametrize('seed', range(5))
def test_any_notes_lie_in_order_within_the_time(seed):
  rng = np.random.default_rng(seed)
  start = rng.uniform(0, 50, 200)
  piece = Piece(
    'a',
    notes(start, start + rng.uniform(0.01, 9, 200), rng.integers(0, 128, 200)),
    tempos=(Tempo(0.0, 77.7), Tempo(20.0, 203.1)),
  )
  assert isinstance(piece.notes, Notes)
  found = playable(piece)
  begins = [row[0] for row in found['notes']]
  assert begins == sorted(begins) and len(begins) == 200
  assert all(0 <= a < b <= found['seconds'] for a, b, *_ in found['notes'])
