"""Active notes: by hand, and with rows cut anywhere."""

import jax
from jax import export
import jax.numpy as jnp
import numpy as np

from zoo.layers.active_notes import (
  ActiveNotes,
  Vocabulary,
  features,
  follow,
  later,
  silence,
)

VOCABULARY = Vocabulary((0, 24, 48), (24, 48, 96), 20, 48)
TAG = (3, 3, 20)
# dT, T, P: a quarter and an eighth together; an eighth later a half; when the
# quarter ends, its pitch again, for an eighth; then another piece.
NOTES = np.array(
  [
    TAG,
    (0, 1, 10),
    (0, 0, 5),
    (1, 2, 12),
    (1, 0, 10),
    TAG,
    (0, 2, 3),
  ]
)[None]
FRESH = (NOTES == TAG).all(-1)


def heard(notes=NOTES, fresh=FRESH):
  return follow(
    jnp.asarray(notes), jnp.asarray(fresh), silence(1, VOCABULARY), VOCABULARY
  )[0]


def rest(ends):
  """{pitch: ticks} of the notes that are active or end now."""
  return [
    {int(p): int(row[p]) for p in np.flatnonzero(row >= 0)}
    for row in np.asarray(ends[0])
  ]


def test_active_notes_by_hand():
  found = heard()
  assert rest(found.ends) == [
    {},
    {10: 48},
    {10: 48, 5: 24},
    {10: 24, 5: 0, 12: 96},
    {10: 24, 12: 72},
    {},
    {3: 96},
  ]
  # Without what begins at the same time; 10 ends as it is struck again.
  assert rest(found.before) == [
    {},
    {},
    {},
    {10: 24, 5: 0},
    {10: 0, 12: 72},
    {},
    {},
  ]
  assert found.struck[0].tolist() == [0, 1, 2, 1, 1, 0, 1]
  assert found.since[0].tolist() == [0, 0, 0, 24, 48, 0, 0]


def test_notes_that_end_later_by_hand():
  found = heard()
  same, moved = (
    later(found, jnp.full((1, 7), by, jnp.int32)) for by in (0, 24)
  )
  jax.tree.map(np.testing.assert_array_equal, same, found)
  assert rest(moved.ends)[3:5] == [{10: 0, 12: 72}, {10: 0, 12: 48}]
  assert rest(moved.before)[3:5] == rest(moved.ends)[3:5]
  assert not moved.struck.any()
  assert moved.since[0].tolist() == [24, 24, 24, 48, 72, 24, 24]


def test_notes_one_by_one_give_the_state_of_all_at_once():
  carry, parts = silence(1, VOCABULARY), []
  for step in range(NOTES.shape[1]):
    now = slice(step, step + 1)
    found, carry = follow(NOTES[:, now], FRESH[:, now], carry, VOCABULARY)
    parts.append(found)
  whole = heard()
  together = ActiveNotes(
    *(np.concatenate(p, 1) for p in zip(*parts, strict=True))
  )
  assert rest(together.ends) == rest(whole.ends)
  assert rest(together.before) == rest(whole.before)
  np.testing.assert_array_equal(together.struck, whole.struck)
  np.testing.assert_array_equal(together.since, whole.since)


def test_features_do_not_depend_on_the_key():
  """Pitches are counted, not named."""
  up = NOTES + np.where(FRESH[..., None], 0, (0, 0, 4))
  result = features(heard(), VOCABULARY)
  np.testing.assert_array_equal(features(heard(up), VOCABULARY), result)
  # After the fourth note: an eighth of the way through two quarters, 24 ticks
  # until the next end, one note struck, two that sound, and none more to come
  # in the place of the one that has ended.
  row = np.asarray(result[0, 3])
  turns = 2 * np.pi * 0.5 / np.array([0.5, 1, 2, 3, 4])
  np.testing.assert_allclose(row[:5], np.sin(turns), atol=1e-6)
  np.testing.assert_allclose(row[5:10], np.cos(turns), atol=1e-6)
  assert row[10:13].tolist() == [1, 0, 0]
  assert np.flatnonzero(row[13:]).tolist() == [1, 5 + 2, 10 + 0]


def test_the_carry_is_in_a_format_that_programs_are_kept_in():
  exported = export.export(jax.jit(lambda: silence(1, VOCABULARY)))()
  kept = export.deserialize(exported.serialize()).call()
  assert isinstance(kept, ActiveNotes)
  jax.tree.map(np.testing.assert_array_equal, kept, silence(1, VOCABULARY))
