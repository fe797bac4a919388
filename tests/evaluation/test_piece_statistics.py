"""Statistics of pieces: equal to muspy's, and by hand arithmetic."""

import math
import warnings

import numpy as np
import pytest

from tests.evaluation.tunes import ENCODER, generator, quarters, rows, windows
from zoo.evaluation.music.piece_statistics import (
  RESOLUTION,
  piece_statistics,
  statistics,
)
from zoo.music import smf
from zoo.music.piece import Piece, notes

rng = np.random.default_rng(7)
START = np.sort(rng.integers(0, 30 * RESOLUTION, 90)) / RESOLUTION
MANY = list(
  zip(
    START,
    rng.integers(1, 60, 90) / RESOLUTION,
    rng.integers(40, 90, 90),
    strict=True,
  )
)
TUNES = {
  'many': MANY,
  'gap': [(0, 1, 60), (0, 1.5, 64), (6.25, 0.5, 67)],
  'chord': [(1, 2, pitch) for pitch in (48, 55, 64, 72)],
  'scale': quarters(60, 62, 64, 65, 67, 69, 71, 73),
}


@pytest.mark.parametrize('name', TUNES)
def test_equal_to_muspy_on_a_file(name, tmp_path):
  with warnings.catch_warnings():
    warnings.simplefilter('ignore')
    muspy = pytest.importorskip('muspy')
  found = rows(TUNES[name])
  start = np.rint(found.onset / 960 * RESOLUTION) / RESOLUTION
  piece = Piece('0', notes(start, start + found.length / 960, found.pitch))
  (tmp_path / 'file.mid').write_bytes(smf.dump(piece))
  music = muspy.read(str(tmp_path / 'file.mid'))
  music.adjust_resolution(RESOLUTION)
  for figure, value in statistics(found, 0).items():
    theirs = getattr(muspy, figure)(music)
    assert value == pytest.approx(theirs, nan_ok=True), figure


def test_by_hand():
  # C major for a quarter, nothing for one, then C for two.
  tune = [*((0, 1, pitch) for pitch in (60, 64, 67)), (2, 2, 72)]
  found = statistics(rows(tune), 0)
  assert found['pitch_range'] == 12
  assert found['n_pitches_used'] == 4
  assert found['n_pitch_classes_used'] == 3
  assert found['pitch_entropy'] == 2
  assert found['pitch_class_entropy'] == 1.5  # C twice of four
  assert found['polyphony'] == (3 + 1 + 1) / 3
  assert found['polyphony_rate'] == 1 / 4
  assert found['scale_consistency'] == 1
  # Beats 0 and 1 (a note ends there), 2, 3 and 4: all are touched.
  assert found['empty_beat_rate'] == 0


def test_silence_says_nothing():
  found = statistics(rows([]), 0)
  assert found.pop('pitch_range') == 0
  assert found.pop('n_pitches_used') == found.pop('n_pitch_classes_used') == 0
  assert all(math.isnan(value) for value in found.values())


def test_means_over_pieces():
  found = piece_statistics(
    generator((60, 60, 60, 60), (60, 72, 60, 72)),
    {'train': windows((60, 62, 64, 65)), 'test': windows()},
    ENCODER,
    count=2,
  )
  assert found['pitch_range'] == {'generated': 6, 'shuffled': 5, 'training': 5}
  assert found['pitch_entropy']['generated'] == 0.5
  assert found['notes']['training'] == 4
