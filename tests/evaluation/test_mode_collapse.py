"""Mode collapse, on sets with neighbours that can be counted."""

import numpy as np
import pytest

from zoo.contracts import Field, Spec, UserError
from zoo.evaluation.music.mode_collapse import (
  any_key,
  ball_radii,
  hamming,
  mean_distance,
  mode_collapse,
  nearest,
  sounding,
)

PITCHES = [-1, -1, *range(21, 109)]
SPEC = Spec(
  encoder='melody',
  options={},
  fields={'tokens': Field((8,), 'int8', 90)},
  sizes={'classes': 90, 'steps': 8, 'steps_per_bar': 4},
  quarters=0.25,
  tables={'pitches': PITCHES},
  vocabulary={},
)
RNG = np.random.default_rng(0)


def random_melodies(count):
  return RNG.integers(40, 60, (count, 8)).astype(np.int8)


def figures(generated, train, test=None, spec=SPEC, **options):
  def generate(count, same=False):
    return {'tokens': generated[:1].repeat(count, 0) if same else generated}

  return mode_collapse(
    generate,
    lambda count: {'tokens': np.full((count, 8), 50, np.int8)},
    {
      'train': {'tokens': train},
      'test': {'tokens': train[:0] if test is None else test},
    },
    spec,
    **{'count': len(generated), **options},
  )


def test_distances_by_hand():
  first = np.array([[1, 2, 3], [1, 2, 4]])
  second = np.array([[1, 2, 3], [7, 7, 7], [4, 2, 1]])
  assert hamming(first, second).tolist() == [[0, 3, 2], [1, 3, 2]]
  assert mean_distance(second) == pytest.approx((3 + 2 + 3) / 3)
  rows = RNG.integers(0, 3, (20, 7))
  between = hamming(rows, rows)
  np.testing.assert_array_equal(between, (rows[:, None] != rows[None]).sum(-1))
  assert mean_distance(rows) == pytest.approx(between.sum() / (20 * 19))
  assert mean_distance(rows[:1]) == 0


def test_neighbours_by_hand():
  # On a line: row i has i ones, so rows are |i - j| apart.
  def row(ones):
    return np.array([[1] * ones + [0] * (12 - ones)])

  reference = np.concatenate([row(0), row(1), row(3), row(9)])
  assert ball_radii(reference, 1).tolist() == [1, 1, 2, 6]
  assert ball_radii(reference, 2).tolist() == [3, 2, 3, 8]
  radii = ball_radii(reference, 1)
  # Balls are open: 0, 1, 2..4 and 4..14 ones.
  samples = np.concatenate([row(0), row(2), row(4), row(4)])
  found = nearest(reference, radii, samples, 1)
  assert found.precision == 1
  assert found.density == (1 + 1 + 2 + 2) / 4
  assert found.coverage == 3 / 4
  away = np.full((1, 12), 5)
  assert nearest(reference, radii, away, 1)[:3] == (0, 0, 0)


def test_active_notes():
  # C4 . off . | E4 . C4 .; then silence, silence, C4, and a double off.
  tokens = np.array([[41, 0, 1, 0, 45, 0, 41, 0], [0, 0, 41, 1, 0, 1, 0, 0]])
  seen = sounding(tokens, PITCHES)
  assert seen[0, :8].tolist() == [60, 60, -1, -1, 64, 64, 60, 60]
  assert seen[1, :8].tolist() == [-1, -1, 60, -1, -1, -1, -1, -1]
  on, off, hold = 1002, 1001, 1000
  assert seen[0, 8:].tolist() == [on, hold, off, hold, on, hold, on, hold]


def test_any_key_is_equal_for_transpositions_only():
  tune = np.array([[41, 0, 1, 0, 45, 0, 41, 0]])
  higher = np.where(tune >= 2, tune + 5, tune)
  other = higher.copy()
  other[0, 2] = 0
  assert (any_key(tune, PITCHES) == any_key(higher, PITCHES)).all()
  assert (any_key(tune, PITCHES) != any_key(other, PITCHES)).any()


def test_a_collapsed_generator_is_found_out():
  train = random_melodies(300)
  one = figures(train[:1].repeat(100, 0), train, same_z={'same': True})
  assert one['unique']['generated'] == 1 / 100
  assert one['distance']['generated'] == 0
  assert one['precision']['generated'] == 1
  assert one['coverage']['generated'] < 0.3
  assert one['copied']['generated'] == 1
  assert one['dependence_on_z']['generated'] == 0
  assert one['unique']['untrained'] == 1 / 100


def test_good_samples_and_the_columns():
  train = random_melodies(300)
  test, fresh = train[:200], random_melodies(200)
  found = figures(fresh, train[100:], test, same_z={'same': True})
  assert found['unique']['generated'] == 1
  assert found['dependence_on_z']['generated'] == 1
  assert found['copied']['generated'] == 0
  assert found['copied']['real'] == 1 / 2
  # Uniform notes are as good as any others.
  for name in ('precision', 'coverage'):
    gap = found[name]['generated'] - found[name]['independent']
    assert abs(gap) < 0.1
  assert list(found['unique']) == [
    'generated',
    'untrained',
    'independent',
    'real',
  ]
  assert found['space'] == 'sounding, k = 5'


def test_other_encoders_are_compared_symbol_by_symbol():
  spec = SPEC._replace(encoder='words', tables={})
  train = random_melodies(50)
  with pytest.raises(UserError, match=r"'words'.*symbols"):
    figures(train, train, spec=spec)
  found = figures(train + 1, train, spec=spec, space='symbols')
  assert found['copied']['generated'] == 0  # In another key.
  assert figures(train + 1, train)['copied']['generated'] == 1
  with pytest.raises(UserError, match='more than 5 training examples'):
    figures(train, train[:5])


@pytest.mark.parametrize('options', [{'count': 5}, {'neighbours': 0}])
def test_there_are_neighbours_and_more_samples_than_those(options):
  train = random_melodies(50)
  with pytest.raises(UserError, match='neighbours of at least 1 and a greater'):
    figures(train, train, **options)
