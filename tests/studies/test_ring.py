"""One named config covers the ring of eight Gaussians, on five seeds."""

import numpy as np

from studies.ring import GAUSSIANS, RING, SEEDS, centres, covered, play, ring


def test_what_counts_as_covered():
  assert covered(ring(2048, seed=1))[0] == GAUSSIANS
  assert covered(ring(2048, seed=1))[1] > 0.97
  # One Gaussian of eight gives most of its points to its neighbour.
  place = np.arange(800) % 8
  place[(place == 0) & (np.arange(800) > 300)] = 1
  assert covered(centres()[place]) == (7, 1.0)
  assert covered(np.zeros((100, 2))) == (0, 0.0)


def test_five_seeds_cover_the_ring_whole():
  assert len(SEEDS) == 5
  for samples in play(RING, SEEDS):
    count, near = covered(samples)
    assert count == GAUSSIANS
    assert near > 0.5
