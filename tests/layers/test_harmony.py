"""Intervals to the surrounding notes, by hand and in every key."""

import jax
import jax.numpy as jnp
import numpy as np

from tests.parameters import program
from zoo.layers.harmony import (
  NONE,
  Relations,
  degrees,
  described,
  surroundings,
)

# Classes: hold, rest, then pitches from 60 (upper voice) and 48 (lower).
PITCHES = np.array([[NONE, NONE, *range(60, 76)], [NONE, NONE, *range(48, 64)]])
C = 2
CELLS = jnp.arange(18)


def score(upper, lower):
  """[1, T, 2] classes of two lines of pitches, with 0 for hold, 1 for rest."""
  lines = np.array([upper, lower])
  first = np.array([[60], [48]])
  return jnp.asarray(np.where(lines > 1, lines - first + 2, lines).T[None])


def around(upper, lower, sharps=0, voice=0):
  voices = score(upper, lower)
  key = jnp.full(voices.shape[:2], sharps + 7)
  return surroundings(voices, key, PITCHES, voice, C)


# A cell in the middle, of which the upper voice's own 65 must not be seen.
UPPER, LOWER = [60, 62, 65, 0, 67, 0], [0, 53, 0, 55, 1, 48]


def test_surroundings_by_hand():
  given = around(UPPER, LOWER)
  assert given.before.tolist() == [[62, 65]]
  assert given.after.tolist() == [[67, 67]]
  assert given.now[..., 0].tolist() == [[53, 55]]
  assert given.last[..., 0].tolist() == [[53, 53]]
  assert given.then[..., 0].tolist() == [[NONE, NONE]]  # a rest
  assert given.until[..., 0].tolist() == [[55, 55]]
  below = around(UPPER, LOWER, voice=1)
  assert below.before.tolist() == [[53, 53]]
  assert below.after.tolist() == [[55, NONE]]  # of the rest that follows
  assert below.now[..., 0].tolist() == [[65, 65]]


def test_tonics_and_degrees():
  voices = score(UPPER, LOWER)
  for sharps, tonic in ((0, 0), (1, 7), (-1, 5), (2, 2), (-3, 3)):
    key = jnp.full(voices.shape[:2], sharps + 7)
    assert around(UPPER, LOWER, sharps).tonic.tolist() == [[tonic, tonic]]
    found = degrees(voices, key, PITCHES, 0)[0]
    # Of the upper voice what begins, of the lower what sounds.
    own = [x and (x - tonic) % 12 for x in (60, 62, 65, 0, 67, 0)]
    own[3] = own[5] = 12
    assert found[:, 0].tolist() == own
    other = [(x - tonic) % 12 for x in (53, 53, 55, 0, 48)]
    other[3] = 12
    assert found[:, 1].tolist() == [12, *other]


def logits_of(given, params=None):
  relations = Relations(tuple(PITCHES[0].tolist()))
  features = jnp.ones((*given.before.shape, 3))
  if params is None:
    rng = np.random.default_rng(0)
    params = jax.tree.map(
      lambda x: jnp.asarray(rng.normal(size=x.shape), jnp.float32),
      relations.init(jax.random.key(0), features, given),
    )
  return program(relations)(params, features, given), params


def test_nothing_changes_when_all_moves_to_another_key():
  given = around(UPPER, LOWER)
  moved = around(
    [x + 3 if x > 1 else x for x in UPPER],
    [x + 3 if x > 1 else x for x in LOWER],
    sharps=-3,
  )
  np.testing.assert_array_equal(described(given), described(moved))
  here, params = logits_of(given)
  there, _ = logits_of(moved, params)
  # Class k of the one is class k + 3 of the other; hold and rest stay.
  np.testing.assert_allclose(here[..., 2:-3], there[..., 5:], rtol=1e-6)
  np.testing.assert_allclose(here[..., :2], there[..., :2], rtol=1e-6)


def test_parallel_fifths_have_an_entry_of_their_own():
  # The lower voice steps from 53 to 55 at the cell; 62 above, no: 60 is a
  # fifth above 53, and 62 would be one above 55.
  given = around([60, 0, 65, 67, 0], [53, 0, 55, 0, 0])
  base, params = logits_of(given)
  way = 9 * (12 * 7 + 7) + 3 * 1 + 1 + 4  # fifth, fifth, up, up
  table = params['params']['into'].at[0, way].add(10.0)
  changed, _ = logits_of(given, {'params': {**params['params'], 'into': table}})
  difference = np.asarray(changed - base)[0, 0]
  pitch = np.flatnonzero(np.abs(difference) > 1)
  assert PITCHES[0][pitch].tolist() == [62, 74]  # and an octave higher
