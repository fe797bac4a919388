"""Step 1 of training is the one that was measured; see `golden`."""

import jax
import numpy as np
import pytest

import run as command_line
from tests.training import golden

GOLDEN = golden.read()

# Of several models, the experiments that compile within seconds.
CHEAP = (
  'chord_from_melody',
  'mnist_autoencoder',
  'minibach',
  'rbm',
  'rnn_melody',
)


@pytest.mark.parametrize('name', CHEAP)
def test_step_one_has_the_golden_loss_and_gradient_norm(name):
  found = golden.step_one(name, GOLDEN['renamed'])
  kept = GOLDEN['experiments'][name]
  assert found.keys() == kept.keys()
  for stage in kept:
    assert found[stage] == pytest.approx(kept[stage], rel=1e-4)
  jax.clear_caches()


def test_golden_values_are_those_of_all_experiments_and_no_others():
  missing = {*command_line.experiment_names()} - GOLDEN['experiments'].keys()
  wanted = ' '.join(sorted(missing))
  assert not missing, f'run: python -m tests.training.golden {wanted}'
  assert GOLDEN['experiments'].keys() <= {*command_line.experiment_names()}


def test_a_renamed_parameter_keeps_its_values():
  shape = jax.ShapeDtypeStruct((3, 2), np.float32)
  old = golden.drawn({'rnn': {'kernel': shape}}, {})
  same = golden.drawn({'rnn': {'kernel': shape}, 'head': {'bias': shape}}, {})
  new = golden.drawn(
    {'decoder': {'kernel': shape}}, {'decoder/(.*)': r'rnn/\1'}
  )
  np.testing.assert_array_equal(old['rnn']['kernel'], same['rnn']['kernel'])
  np.testing.assert_array_equal(old['rnn']['kernel'], new['decoder']['kernel'])
  assert not np.array_equal(same['rnn']['kernel'], same['head']['bias'])
