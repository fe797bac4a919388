"""The orders of pitches: by hand, and as one walk through every frame."""

import itertools

import numpy as np
import pytest

from zoo.layers.pitch_order import (
  first_notes,
  notes_placed,
  place_next,
  unasked,
)

P = 5
EVERY = np.array(list(itertools.product((0, 1), repeat=P)), np.int32)


@pytest.mark.parametrize(
  ('order', 'notes', 'placed'),
  [
    ('u', [1, 3, 4, 6], [0, 0, 1, 1, 2, 3]),
    ('d', [4, 3, 1, 6], [3, 2, 2, 1, 0, 0]),
    ('ud', [1, 4, 3, 6], [0, 0, 3, 2, 1, 1]),
    ('du', [4, 1, 3, 6], [1, 1, 2, 2, 0, 0]),
    ('ddu', [4, 3, 1, 6], [2, 2, 3, 1, 0, 0]),
  ],
)
def test_notes_by_hand(order, notes, placed):
  frame = np.array([0, 1, 0, 1, 1, 0])
  np.testing.assert_array_equal(first_notes(frame, 4, order), notes)
  np.testing.assert_array_equal(first_notes(frame, 2, order), notes[:2])
  np.testing.assert_array_equal(notes_placed(frame, 4, order), placed)


@pytest.mark.parametrize('order', ['u', 'd', 'ud', 'du', 'uud', 'dudu'])
def test_a_walk_asks_every_pitch_when_it_should_and_finds_all_notes(order):
  notes = np.asarray(first_notes(EVERY, P, order))
  placed = np.asarray(notes_placed(EVERY, P, order))
  frames = np.zeros_like(EVERY)
  for step in range(P + 1):
    open_still = np.asarray(unasked(frames, P, order))
    there = EVERY.sum(-1) >= step
    np.testing.assert_array_equal(open_still[there], placed[there] >= step)
    capped = np.asarray(notes_placed(EVERY, step, order))
    np.testing.assert_array_equal(capped, np.minimum(placed, step))
    after = np.asarray(place_next(frames, open_still & (EVERY > 0), order))
    found = np.where((after > frames).any(-1), (after - frames).argmax(-1), P)
    assert (after.sum(-1) - frames.sum(-1) == (found < P)).all()
    if step < P:
      np.testing.assert_array_equal(found, notes[:, step])
    frames = after
  np.testing.assert_array_equal(frames, EVERY)
