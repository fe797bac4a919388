"""Linear probes of the codes of bars."""

import numpy as np
import pytest

from studies import features
from tests.made_corpora import named
from zoo.contracts import UserError
from zoo.encoders.units import Units
from zoo.music.piece import Metre, Piece, notes


def _tune(identity, pitches, key='C', length=1.0):
  start = np.arange(len(pitches)) * length
  return Piece(
    identity,
    notes(start, start + length, pitches),
    (Metre(0.0, 4, 4),),
    metadata={'key': key, 'header': {'M': 'C'}},
  )


def test_histograms_by_hand():
  encoder = Units()
  piece = _tune('a/b#1', [60, 64, 67, 72, 60, 60, 60, 60])
  bars = features.bars_of(encoder, piece)
  assert bars.shape == (2, 16)
  found = features.histograms(bars, encoder.spec.tables['pitches'])
  assert found['pitch classes'][[0, 4, 7]].tolist() == [6 / 8, 1 / 8, 1 / 8]
  leaps = {4: 1, 3: 1, 5: 1, -12: 1, 0: 3}
  for step in range(-12, 13):
    assert found['intervals'][step + 12] == pytest.approx(
      leaps.get(step, 0) / 7
    )
  onsets, lengths = np.split(found['rhythm'], 2)
  assert np.flatnonzero(onsets).tolist() == [0, 4, 8, 12]
  assert lengths[4 - 0] == 1.0 or lengths[3] == 1.0  # All last four steps.
  assert found['rhythm'].sum() == pytest.approx(2)


def test_labels_say_the_metre_as_written():
  piece = _tune('oneills1850/a.abc#1', [60, 62], 'Am')
  assert features.labels(piece) == {
    'key': 'Am',
    'metre': 'C',
    'collection': 'oneills1850',
  }
  doubled = piece._replace(metadata={**piece.metadata, 'doubled': True})
  assert features.labels(doubled)['metre'] == '2/4'
  cut = piece._replace(metadata={'header': {'M': '2/2'}})
  assert (
    features.labels(cut)['metre'] == 'C|' and not features.labels(cut)['key']
  )


def test_means_over_the_bars_of_each_tune():
  codes = np.array([[1.0, 0], [3, 2], [5, 5]])
  found = features.means(codes, np.array([0, 0, 1]), 2)
  assert found.tolist() == [[2, 1], [5, 5]]


def test_pitch_classes_tell_two_keys_apart_and_rhythm_does_not(monkeypatch):
  random = np.random.default_rng(0)
  monkeypatch.setattr(features, 'LEAST', 10)
  scales = {
    'C': [60, 62, 64, 65, 67, 69, 71],
    'E': [64, 66, 68, 69, 71, 73, 75],
  }
  pieces = [
    _tune(f'{one}', random.choice(scales[key], 16), key)
    for split, count in (('train', 40), ('validation', 20), ('test', 40))
    for one, key in zip(named(split, count), ['C', 'E'] * count, strict=False)
  ]
  found = features.study([], pieces)
  key = found['key']
  assert key['classes'] == 2 and key['tunes'] == 40
  assert key['accuracy']['pitch classes'] >= 0.95
  assert key['accuracy']['rhythm'] == key['accuracy']['commonest'] == 0.5
  assert '| pitch classes |' in features.table({'key': key})


def test_a_run_without_codes_of_bars_is_refused(tmp_path):
  with pytest.raises(UserError, match='no trained checkpoint'):
    features.describer(tmp_path, Units())
