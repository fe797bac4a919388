"""Drums as combinations: by hand, the inverse, and what is dropped and why."""

import json

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from zoo.contracts import Spec, UserError
from zoo.encoders.drums import Drums
from zoo.music.drums import NINE_DRUMS
from zoo.music.piece import Metre, Piece, notes

KICK, SNARE, HAT, OPEN = 1, 2, 4, 8


FOUR = (Metre(0.0, 4, 4),)


def drums(hits, metres=FOUR, length=0.1, **columns):
  """A piece of (quarter, pitch) hits."""
  start, pitch = np.array(hits, float).reshape(-1, 2).T
  table = notes(start, start + length, pitch, **{'drum': True, **columns})
  return Piece('beat', table, metres)


ROCK = [(q / 2, 42) for q in range(16)]
ROCK += [(q, 36) for q in (0, 2, 4, 6)] + [(q, 38) for q in (1, 3, 5, 7)]


def test_a_rock_beat_by_hand():
  found = Drums().encode(drums(ROCK))
  beat = [HAT | KICK, 0, HAT, 0, HAT | SNARE, 0, HAT, 0]
  assert found.examples['tokens'].tolist() == [beat * 4]
  assert found.examples['tokens'].dtype == np.int16
  assert found.dropped == {}


def test_hits_go_to_the_nearest_step_halves_up():
  hits = [(0.124, 36), (0.125, 38), (1.9, 42), (3.9, 46), (5, 36)]
  (tokens,) = Drums().encode(drums(hits)).examples['tokens']
  at = {step: int(tokens[step]) for step in np.flatnonzero(tokens)}
  assert at == {0: KICK, 1: SNARE, 8: HAT, 16: OPEN, 20: KICK}


def test_a_hit_just_before_a_window_belongs_to_its_first_step():
  early = drums([(0, 36), (3.95, 38), (7.95, 49)])
  found = Drums(bars=1).encode(early).examples['tokens']
  assert found[:, 0].tolist() == [KICK, SNARE, 1 << NINE_DRUMS.index('crash')]


def test_windows_move_by_the_stride_and_silent_ones_are_dropped():
  beats = drums([(0, 36), (4, 38), (16, 42)])
  found = Drums().encode(beats)
  assert found.dropped == {'silence': 1}
  assert found.examples['tokens'][:, [0, 16]].tolist() == [
    [KICK, SNARE],
    [SNARE, 0],
    [0, HAT],
  ]
  assert len(Drums(stride=2).encode(beats).examples['tokens']) == 1
  found = Drums(gap_bars=1).encode(beats)
  assert found.dropped == {'silence': 1, 'a long silence': 2}
  found = Drums(min_hits=2).encode(beats)
  assert found.dropped == {'silence': 1, 'too few hits': 2}


def test_what_hits_are_dropped_is_counted_once_each():
  """A flam, an unmapped pitch, and both in windows that overlap."""
  hits = [(0, 36), (0.02, 36), (4, 20), (4, 20), (4, 38), (8, 42), (8, 99)]
  found = Drums(stride=1).encode(drums(hits))
  assert len(found.examples['tokens']) == 2
  assert found.dropped == {
    'hit: same drum on the same step': 1,
    'hit: no drum class for pitch 20': 2,
    'hit: no drum class for pitch 99': 1,
  }


def test_a_piece_of_unmapped_hits_says_so():
  found = Drums().encode(drums([(0, 20), (1, 20)]))
  assert len(found.examples['tokens']) == 0
  assert found.dropped == {'silence': 1, 'hit: no drum class for pitch 20': 2}


def test_metres_other_than_the_one_asked_for_are_counted():
  waltz = (Metre(0.0, 3, 4),)
  assert Drums().encode(drums(ROCK, waltz)).dropped == {'metre': 2}
  change = (Metre(0.0, 4, 4), Metre(8.0, 7, 8))
  found = Drums().encode(drums([*ROCK, (9, 36)], change))
  assert len(found.examples['tokens']) == 1
  assert found.dropped == {'metre': 1}
  assert Drums().encode(drums(ROCK, (Metre(0.0, 2, 2),))).dropped == {}
  slow = Drums(metre='12/8')
  assert slow.spec.sizes['steps_per_bar'] == 24
  found = slow.encode(drums(ROCK, (Metre(0.0, 12, 8),)))
  assert found.examples['tokens'].shape == (1, 48)


def test_a_bar_that_a_change_of_metre_breaks_off():
  change = (Metre(0.0, 4, 4), Metre(10.0, 4, 4))
  found = Drums().encode(drums([*ROCK, (9, 36), (10, 36)], change))
  assert found.dropped == {'hit: in a bar that breaks off': 1}
  assert len(found.examples['tokens']) == 2


def test_no_drums_and_too_long():
  tune = drums([(0, 60)], drum=False)
  assert Drums().encode(tune).dropped == {'no drums': 1}
  assert Drums().encode(drums([(1e6, 36)])).dropped == {'too long': 1}


def test_melodic_notes_are_not_hits():
  both = notes([0, 0, 1], [1, 1, 2], [36, 36, 38], drum=[True, False, False])
  (tokens,) = Drums().encode(Piece('both', both)).examples['tokens']
  assert np.flatnonzero(tokens).tolist() == [0]


def test_off_the_grid_is_a_tolerance():
  triplet = drums([(0, 36), (1 / 3, 42), (2 / 3, 42), (4, 36)])
  assert len(Drums().encode(triplet).examples['tokens']) == 1
  assert Drums(tolerance=0.25).encode(triplet).dropped == {'off grid': 1}


@st.composite
def windows(draw, steps=32):
  tokens = draw(
    st.lists(st.integers(0, 511), min_size=steps, max_size=steps).filter(any)
  )
  return np.array(tokens, np.int16)


@given(tokens=windows())
@pytest.mark.parametrize(
  'options',
  [
    {},
    {'kit': 'roland_td11'},
    {'pitches': ('36=snare', '38=none', '60=low_tom')},
  ],
  ids=['general', 'roland', 'own'],
)
def test_encode_undoes_decode(options, tokens):
  encoder = Drums(**options)
  (piece,) = encoder.decode({'tokens': tokens[None]})
  found = encoder.encode(piece)
  assert found.examples['tokens'].tolist() == [tokens.tolist()]
  assert found.dropped == {}


def test_decoded_notes_are_drums_with_sensible_pitches_and_loudness():
  (piece,) = Drums().decode({'tokens': np.array([[511] + [0] * 31])})
  table = piece.notes
  assert table.drum.all() and (table.program == 0).all()
  assert sorted(table.pitch.tolist()) == [36, 38, 42, 43, 46, 47, 49, 50, 51]
  assert (table.end - table.start == 0.25).all()
  loud = dict(zip(table.pitch.tolist(), table.velocity.tolist(), strict=True))
  assert 60 <= min(loud.values()) and max(loud.values()) <= 115
  assert loud[36] > loud[51] > 0 and loud[38] > loud[42]


def test_cover_and_join_keep_a_users_piece():
  piece = drums([*ROCK, (17, 49), (30, 36)])
  encoder = Drums()
  covered = encoder.cover(piece)
  assert covered['tokens'].shape == (4, 32)
  joined = encoder.join(covered)
  ours = set(zip(*piece.notes[0:3:2], strict=True))
  assert set(zip(*joined.notes[0:3:2], strict=True)) == ours
  with pytest.raises(UserError, match='channel 10'):
    encoder.cover(drums([(0, 60)], drum=False))
  with pytest.raises(UserError, match='no drums in 4/4'):
    encoder.cover(drums(ROCK, (Metre(0.0, 3, 4),)))


def test_the_spec_rebuilds_the_encoder():
  encoder = Drums(bars=1, kit='roland_td11', pitches=('60=low_tom',))
  text = encoder.spec.to_json()
  again = Drums.from_spec(Spec.from_json(text))
  assert again.spec.to_json() == text
  table = json.loads(text)['tables']['drums']
  assert (len(table), len(table[0])) == (512, 10)
  assert encoder.spec.sizes == {
    **{'classes': 512, 'steps': 16, 'bars': 1},
    **{'steps_per_beat': 4, 'steps_per_bar': 16},
  }


def test_canonical_rows_are_equal_for_equal_windows_alone():
  tokens = np.array([[1, 0], [1, 0], [2, 0]])
  rows = Drums().canonical({'tokens': tokens})
  assert (rows[0] == rows[1]).all() and (rows[0] != rows[2]).any()


@pytest.mark.parametrize(
  ('options', 'message'),
  [
    ({'bars': 0}, 'encoder/bars must be at least 1'),
    ({'tolerance': 0.6}, 'between 0 and 0.5'),
    ({'metre': '4-4'}, "like '4/4'"),
    (
      {'metre': '7/16', 'steps_per_quarter': 2},
      'is not a whole number of steps',
    ),
    ({'pitches': ('hat',)}, 'encoder/pitches'),
  ],
)
def test_bad_options(options, message):
  with pytest.raises(UserError, match=message):
    Drums(**options)
