"""Metrics at every kept checkpoint."""

import pytest

from studies import over_training


def _found(value):
  return {
    'error': {'generated': value, 'real': 0.0},
    'scale': {'generated': 1 - value, 'real': 0.9},
  }


def test_means_and_ends_of_stages_by_hand(tmp_path):
  values = [0.9, 0.8, 0.6, 0.2, 0.1]
  found = [_found(value) for value in values]
  made = over_training._summary(
    found, found[-2:], [10, 20, 30, 40, 50], [0, 0, 1, 1, 1]
  )
  assert made['last'] == pytest.approx({'error': 0.15, 'scale': 0.85})
  assert made['stage_0'] == pytest.approx({'error': 0.8, 'scale': 0.2})
  assert made['metrics']['error']['generated'] == values
  lines = over_training.table(made).splitlines()
  assert [line.split()[0] for line in lines] == [
    *('step', '10', '20', '30', '40', '50'),
    *('last', 'stage_0', 'real'),
  ]
  assert lines[6].split()[1:] == ['0.150', '0.850']
  over_training.draw(made, tmp_path / 'curves.png')
  assert (tmp_path / 'curves.png').read_bytes()[:4] == b'\x89PNG'
