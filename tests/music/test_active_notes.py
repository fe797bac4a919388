"""Both functions that resolve holds agree, on short windows and long ones."""

import numpy as np
import pytest

from zoo.layers import views
from zoo.music.active_notes import active_notes


def test_holds_are_resolved_by_hand():
  # A hold from before, pitch 2, held, rest, held, pitch 4.
  classes = np.array([[0, 2, 0, 1, 0, 4]])
  assert active_notes(classes, 2).tolist() == [[0, 2, 2, 0, 0, 4]]


@pytest.mark.parametrize('steps', [1, 7, 64, 65, 200])
def test_the_network_tower_resolves_them_alike(steps):
  random = np.random.default_rng(0)
  classes = random.integers(0, 9, (3, 2, steps)) * (
    random.random((3, 2, steps)) < 0.4
  )
  for first in (1, 3):
    np.testing.assert_array_equal(
      active_notes(classes, first), views.active_notes(classes, first)
    )
