"""Pieces that are similar in any key form a family."""

import numpy as np

from zoo.music import likeness
from zoo.music.rhythm import Score


def melody(seed, count=60):
  random = np.random.RandomState(seed)
  return Score(
    random.choice([0, 12, 24, 48], count),
    random.choice([24, 48, 96], count),
    60 + random.randint(-12, 12, count),
  )


def moved(score, by):
  return score._replace(pitch=score.pitch + by)


def part(score, first, last):
  return Score(*(column[first:last] for column in score))


def families(*scores):
  return likeness.families([likeness.patterns(score) for score in scores])


def test_a_piece_has_a_pattern_for_every_run_of_notes():
  assert len(likeness.patterns(melody(0))) == 60 - 12 + 1
  assert len(likeness.patterns(part(melody(0), 0, 5))) == 1


def test_patterns_know_times_and_intervals_but_no_key():
  score = melody(0, 12)
  same = likeness.patterns(score).tolist()
  assert likeness.patterns(moved(score, -7)).tolist() == same
  for column in range(3):
    changed = [values.copy() for values in score]
    changed[column][5] += 1
    assert likeness.patterns(Score(*changed)).tolist() != same
  # How long after something else the first note begins is no part of it.
  later = score._replace(after=np.append(99, score.after[1:]))
  assert likeness.patterns(later).tolist() == same


def test_families():
  """A piece, another, the first a fifth up, and most of the other, cut."""
  first, second = melody(1), melody(2)
  found = families(
    first, second, moved(first, 7), part(second, 10, 50), melody(3)
  )
  assert found == [0, 1, 0, 1, 4]


def test_kin_of_kin_are_kin():
  """A and C share too little; B, their overlap and more, has both."""
  long = melody(4, 120)
  a, b, c = part(long, 0, 60), part(long, 20, 90), part(long, 45, 120)
  assert families(a, c) == [0, 1]
  assert families(a, b, c) == [0, 0, 0]


def test_no_music_is_alike_to_nothing():
  nothing = np.zeros(0, np.uint64)
  assert likeness.families([nothing, nothing]) == [0, 1]
