"""Bags of features, by hand, and the same in both towers."""

import jax.numpy as jnp
import numpy as np

from zoo import unit_bags

# C4 for three steps, E4, a rest, G4, E5 for two: of pitches C4..B5.
LOWEST, PITCHES = 60, 24
BAR = np.array([[2, 0, 0, 6, 1, 9, 18, 0]])


def parts():
  """{name: counts} of BAR."""
  bag = unit_bags.bag(np, BAR, LOWEST, PITCHES)[0]
  sizes = {
    'octave': 12,
    'length': 8,
    'pitch': PITCHES,
    'interval': 25,
    'first': PITCHES,
    'last': PITCHES,
    'both': 12 * 8,
    'pairs': 144,
    'onsets': 8,
    'silent': 8,
  }
  assert sum(sizes.values()) == len(bag) == unit_bags.width(8, PITCHES)
  cuts = np.cumsum([*sizes.values()])[:-1]
  return dict(zip(sizes, np.split(bag, cuts), strict=True))


def test_what_is_counted():
  found = parts()
  where = {name: np.flatnonzero(x).tolist() for name, x in found.items()}
  assert found['octave'][[0, 4, 7]].tolist() == [1, 2, 1]
  assert found['length'].tolist() == [2, 1, 1, 0, 0, 0, 0, 0]
  assert where['pitch'] == [0, 4, 7, 16]
  # Up a third, a third again over the rest, a sixth.
  assert found['interval'][[16, 15, 21]].tolist() == [1, 1, 1]
  assert found['interval'].sum() == 3
  assert (where['first'], where['last']) == ([0], [16])
  lengths = {(0, 3): 1, (4, 1): 1, (4, 2): 1, (7, 1): 1}
  both = [(place // 8, place % 8 + 1) for place in where['both']]
  assert dict.fromkeys(both, 1) == lengths
  assert [divmod(place, 12) for place in where['pairs']] == [
    (0, 4),
    (4, 7),
    (7, 4),
  ]
  assert where['onsets'] == [0, 3, 5, 6]
  assert where['silent'] == [4]


def test_both_towers_count_alike():
  random = np.random.default_rng(0)
  units = random.integers(0, 2 + PITCHES, (5, 3, 8))
  units[..., 0] = np.maximum(units[..., 0], 1)
  expected = unit_bags.bag(np, units, LOWEST, PITCHES)
  found = unit_bags.bag(jnp, jnp.asarray(units), LOWEST, PITCHES)
  np.testing.assert_array_equal(found, expected)


def test_silence_has_nothing_but_rests():
  rest = np.array([1, 0, 0, 0, 0, 0, 0, 0])
  bag = unit_bags.bag(np, rest, LOWEST, PITCHES)
  assert bag[-8:].tolist() == [1] * 8
  assert bag[:-8].sum() == 0
