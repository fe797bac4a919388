"""Scores of (dT, T, P): the slides' example, the fractions, what is refused."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from zoo.music import rhythm
from zoo.music.piece import Piece, notes


def piece(rows, **given):
  """A piece from (start, end, pitch) rows, in quarters."""
  start, end, pitch = zip(*rows, strict=True)
  return Piece('x', notes(start, end, pitch, **given))


def score(rows, **options):
  found = rhythm.score_of(piece(rows), **{'tolerance': 0.25, **options})
  return list(zip(*(column.tolist() for column in found), strict=True))


def test_the_example_of_the_slides():
  """[0,74,on] [2,77,on] [0,74,off] [3,77,off] is (0,2,74), (2,3,77)."""
  beats = rhythm.TICKS
  assert score([(0, 2, 74), (2, 5, 77)]) == [
    (0, 2 * beats, 74),
    (2 * beats, 3 * beats, 77),
  ]


def test_times_go_to_the_nearest_sixteenth_or_twelfth_of_a_beat():
  beats = [Fraction(m, 16) for m in range(16)] + [
    Fraction(m, 12) for m in range(12)
  ]
  legal = sorted({d + beat for d in range(rhythm.BEATS) for beat in beats})
  assert len(legal) == 64 * 24  # The fractions 0, 1/4, 1/2 and 3/4 are shared.
  ticks = np.array([int(time * rhythm.TICKS) for time in legal])
  times = np.random.RandomState(0).uniform(0, rhythm.BEATS, 5000)
  nearest = np.abs(times[:, None] * rhythm.TICKS - ticks).argmin(1)
  assert rhythm.snap(times).tolist() == ticks[nearest].tolist()
  # Exact times stay, a third of a beat among them.
  exact = np.array([float(time) for time in legal])
  assert rhythm.snap(exact).tolist() == ticks.tolist()


def test_tracks_are_merged_sorted_and_freed_of_duplicates():
  rows = [(0, 1, 60), (0, 1, 64), (0, 2, 60), (1, 2, 62), (1, 1.5, 65)]
  assert score(rows) == [
    (0, 48, 64),
    (0, 96, 60),  # The longer of two.
    (48, 24, 65),
    (0, 48, 62),
  ]
  assert [row[2] for row in score(rows, descending=False)] == [60, 64, 62, 65]


def test_notes_that_fall_together_are_sorted_as_if_they_always_had():
  """1/100 of a quarter is no time: both begin together, highest first."""
  assert score([(0, 1, 60), (0.01, 1, 72)]) == [(0, 48, 72), (0, 48, 60)]
  assert score([(0, 1, 60), (0.01, 2, 60)]) == [(0, 96, 60)]


def test_a_note_is_never_shorter_than_a_sixteenth_of_a_quarter():
  assert score([(0, 0.01, 60)]) == [(0, 3, 60)]


def test_the_rest_before_the_first_note_is_no_part_of_the_score():
  assert score([(3, 4, 60), (4, 5, 62)])[0] == (0, 48, 60)


@pytest.mark.parametrize(
  'rows, reason',
  [
    # Fifths of a quarter: each step of 9.6 ticks goes to 9, 100 steps drift
    # by 100 * 0.6 / 48 = 1.25 quarters.
    (
      [(place / 5, (place + 1) / 5, 60) for place in range(101)],
      'a rhythm more than 0.25 quarters off',
    ),
    ([(0, 1, 60), (70, 71, 60)], 'a time of more than 64 quarters'),
    ([(0, 80, 60)], 'a time of more than 64 quarters'),
  ],
)
def test_what_cannot_be_normalised_is_refused_with_a_reason(rows, reason):
  with pytest.raises(rhythm.Unscored, match=reason):
    rhythm.score_of(piece(rows), tolerance=0.25)


def test_drums_alone_have_no_notes():
  with pytest.raises(rhythm.Unscored, match='no notes'):
    rhythm.score_of(piece([(0, 1, 36)], drum=True), tolerance=1)


_notes = st.lists(
  st.tuples(st.integers(0, 40), st.integers(1, 200), st.integers(0, 127)),
  min_size=1,
  max_size=30,
)


@settings(max_examples=50, deadline=None)
@given(_notes)
def test_a_score_is_the_score_of_the_piece_that_it_makes(rows):
  """On sixteenths of a quarter; and nothing moves."""
  made = piece([(s * 12 / 48, (s * 12 + 3 * n) / 48, p) for s, n, p in rows])
  first = rhythm.score_of(made, tolerance=0)
  again = rhythm.score_of(rhythm.piece_of(first), tolerance=0)
  for one, other in zip(first, again, strict=True):
    assert one.tolist() == other.tolist()
