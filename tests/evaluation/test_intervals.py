"""Histograms of intervals and their distances, by hand arithmetic."""

import math

import numpy as np
import pytest

from tests.evaluation.tunes import ENCODER, generator, quarters, rows, windows
from zoo.evaluation.music.intervals import (
  WIDEST,
  histograms,
  intervals,
  jensen_shannon,
  total_variation,
)


def counted(histogram):
  """{interval: count} of what occurs."""
  return {
    int(place) - WIDEST: int(histogram[place])
    for place in np.flatnonzero(histogram)
  }


def test_successive_and_simultaneous_by_hand():
  # C E G, then D F together, then a high C alone; another piece begins on A.
  tune = [
    *((0, 1, pitch) for pitch in (60, 64, 67)),
    *((1, 1, pitch) for pitch in (62, 65)),
    (2, 1, 127),
  ]
  found = histograms(rows(tune, [], quarters(69, 69)))
  # From the highest to the highest: G to F, F to the top (62, counted with
  # 36), A to A. None from one piece to the next.
  assert counted(found['successive']) == {-2: 1, 36: 1, 0: 1}
  assert counted(found['simultaneous']) == {4: 1, 3: 2}


def test_distances_by_hand():
  one, other = np.array([3, 1, 0]), np.array([1, 1, 0])
  assert total_variation(one, other) == 0.25
  assert total_variation(one, 7 * one) == 0
  assert total_variation(np.array([1, 0]), np.array([0, 5])) == 1
  assert jensen_shannon(np.array([1, 0]), np.array([0, 5])) == pytest.approx(1)
  assert jensen_shannon(one, 2 * one) == pytest.approx(0, abs=1e-7)
  # p = (1, 0), q = (1/2, 1/2), m = (3/4, 1/4).
  bits = math.log2(4 / 3) / 2 + (0.5 * math.log2(2 / 3) + 0.5) / 2
  found = jensen_shannon(np.array([1, 0]), np.array([4, 4]))
  assert found == pytest.approx(math.sqrt(bits))


def test_figures_by_hand(tmp_path):
  train = windows((60, 62, 64, 66), (60, 61, 62, 63))  # 2 2 2 1 1 1
  found = intervals(
    generator((60, 60, 60, 61)),  # 0 0 1
    {'train': train, 'test': windows((60, 62, 64, 65))},  # 2 2 1
    ENCODER,
    tmp_path,
    count=8,
  )
  assert found['successive_intervals']['generated'] == 24
  of_held_out = found['successive_total_variation_from_held_out']
  assert of_held_out['training'] == pytest.approx(1 / 6)
  assert of_held_out['generated'] == pytest.approx(2 / 3)
  of_training = found['successive_total_variation_from_training']
  assert of_training['held_out'] == pytest.approx(1 / 6)
  assert of_training['generated'] == pytest.approx(2 / 3)
  assert not any(name.startswith('simultaneous') for name in found)
  assert (tmp_path / 'intervals.png').stat().st_size > 1000


def test_sets_without_intervals_say_nothing(tmp_path):
  empty = windows()
  found = intervals(
    lambda count: empty, {'train': empty, 'test': empty}, ENCODER, tmp_path
  )
  assert found == {}
