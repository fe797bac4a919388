"""The study of pre-training: summaries and table of its cells."""

import numpy as np
import pytest

from studies import pretraining
from zoo.losses import LOSSES


def test_the_test_error_is_that_of_the_epoch_that_validation_chooses():
  found = {
    # Two seeds, three epochs: the second and the third are chosen.
    'validation': np.array([[0.9, 0.1, 0.2], [0.9, 0.3, 0.25]]),
    'test': np.array([[0.8, 0.12, 0.05], [0.8, 0.4, 0.2]]),
    'seconds': np.float64(3),
  }
  result = pretraining.summary(found)
  assert result['seeds'] == [0.12, 0.2] and result['epoch'] == [1, 2]
  assert result['test'] == pytest.approx(0.16)
  assert result['spread'] == pytest.approx(np.sqrt(2 * 0.04**2))
  assert result['last'] == pytest.approx(0.125)


def test_the_table_has_a_row_for_each_way_to_begin():
  cell = {'test': 0.16, 'spread': 0.0566}
  result = pretraining.table(
    {
      'none-1': cell,
      'rbm-4': cell,
      'commonest label': {'test': 0.9},
      'naive Bayes': {'test': 0.25},
    }
  )
  lines = result.splitlines()
  assert lines[1].split() == ['none', '16.00', '+-', '5.66']
  assert lines[3].startswith('rbm') and lines[3].endswith('16.00 +- 5.66')
  assert lines[-2:] == ['commonest label: 90.00', 'naive Bayes: 25.00']


def test_every_layer_has_a_stage_and_then_the_labels():
  for pretrain in pretraining.PRETRAINING:
    config = pretraining.cell(3, pretrain)
    names = [stage['loss']['name'] for stage in config['stages']]
    layers = 0 if pretrain == 'none' else 3
    assert names == ['layerwise'] * layers + ['likelihood']
    assert set(names) <= set(LOSSES)
    for layer, stage in enumerate(config['stages'][:layers]):
      assert stage['loss']['layer'] == layer
      assert list(stage['optimizer']) == [f'layer_{layer}/.*', '.*']
      assert stage['optimizer']['.*'] is None
