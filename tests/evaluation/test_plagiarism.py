"""Longest copied runs and notes in common, by hand arithmetic."""

import numpy as np
import pytest

from tests.evaluation.tunes import ENCODER, generator, quarters, rows, windows
from zoo.evaluation.music.plagiarism import in_common, plagiarism
from zoo.evaluation.music.shared_patterns import SortedPatterns


def share(run, *tunes):
  """in_common of the last tune with those before it."""
  known = rows(*tunes)
  source = np.arange(len(tunes)) < len(tunes) - 1
  names = SortedPatterns(known, in_any_key=True).names(run)
  return in_common(known, names, source, run)[-1]


def test_notes_in_common_by_hand():
  scale = quarters(60, 62, 64, 65, 67, 69, 71, 72)
  # Its first five notes in another key, then three that go elsewhere.
  tune = quarters(50, 52, 54, 55, 57, 57, 57, 57)
  assert share(3, scale, tune) == 5 / 8
  assert share(5, scale, tune) == 5 / 8
  assert share(6, scale, tune) == 0
  assert share(3, scale, scale) == 1
  # Too short a piece for a run has none in common.
  assert share(3, scale, quarters(60, 62)) == 0


def test_runs_that_overlap_count_each_note_once():
  # 60 61 60 61 60 61: four runs of three, all of them in the source.
  trill = quarters(60, 61, 60, 61, 60, 61)
  assert share(3, trill, quarters(60, 61, 60, 61, 80, 40)) == 4 / 6


def test_the_closest_piece_is_one_piece():
  # Each source has another half of the tune; no one has both.
  tune = quarters(60, 61, 63, 70, 50, 55, 57, 58)
  left = quarters(60, 61, 63, 70)
  right = quarters(50, 55, 57)
  assert share(3, left, right, tune) == 4 / 8
  assert share(3, right, left, tune) == 4 / 8
  assert share(3, right, tune) == 3 / 8


def test_figures_by_hand():
  train = windows((60, 62, 64, 65), (40, 52, 41, 53))
  found = plagiarism(
    generator((62, 64, 66, 67), (62, 64, 66, 79)),
    {'train': train, 'test': windows((60, 62, 64, 30))},
    ENCODER,
    count=2,
    run=3,
  )
  # All four notes in another key, and three of four.
  assert found['longest_run']['generated'] == 3.5
  assert found['longest_run_of_all']['generated'] == 4
  assert found['longest_share']['generated'] == pytest.approx((1 + 3 / 4) / 2)
  # As they stand only D E is there.
  assert found['longest_run_exact']['generated'] == 2
  assert found['longest_run_exact']['held_out'] == 3
  assert found['in_common']['generated'] == pytest.approx((1 + 3 / 4) / 2)
  assert found['in_common_of_all']['generated'] == 1
  assert found['copied'] == {'generated': 0.5, 'held_out': 0, 'shuffled': 0}


def test_silent_pieces_do_not_count():
  silent = {'tokens': np.zeros((3, 16), np.int8), 'piece': np.arange(3)}
  found = plagiarism(
    lambda count: {'tokens': np.zeros((count, 16), np.int8)},
    {'train': windows((60, 62, 64, 65)), 'test': silent},
    ENCODER,
    count=2,
  )
  assert all(set(row) == {'shuffled'} for row in found.values())
