"""log Z against enumeration, and likelihoods that are known otherwise."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.models.rolls import rolls
from zoo.contracts import Field, UserError
from zoo.evaluation.model import trivial_rolls
from zoo.evaluation.model.energy_likelihood import energy_likelihood
from zoo.layers import annealed_importance
from zoo.layers.boltzmann import Machine, free_energy, softplus
from zoo.models.rbm import Rbm

rbm = Rbm.from_spec

MACHINES = 6
MODEL = rbm(rolls(1, 12), hidden=8)


def machines():
  """RBMs with strong weights, one for each of six frames."""
  rng = np.random.default_rng(0)
  return Machine(
    jnp.float32(rng.normal(0, 1.2, (12, 8))),
    jnp.float32(rng.normal(-1, 1, (MACHINES, 12))),
    jnp.float32(rng.normal(0, 1, (MACHINES, 8))),
  )


def states(count):
  return jnp.float32(np.arange(2**count)[:, None] >> np.arange(count) & 1)


def exact_log_z(machine):
  """log Z [...] = log sum_h exp(c.h + sum_i softplus(b + W h)_i)."""
  hidden = states(machine.kernel.shape[1])
  inputs = machine.visible[..., None, :] + hidden @ machine.kernel.T
  scores = machine.hidden @ hidden.T + jnp.sum(softplus(inputs), -1)
  return jax.nn.logsumexp(scores, -1)


def params_of(machine):
  zeros = {'visible_bias': jnp.zeros(12), 'hidden_bias': jnp.zeros(8)}
  return {'kernel': machine.kernel, **zeros}


def test_exact_log_z_sums_over_the_visible_units_too():
  machine = machines()
  lifted = machine._replace(
    visible=machine.visible[:, None], hidden=machine.hidden[:, None]
  )
  energies = free_energy(lifted, states(12))
  np.testing.assert_allclose(
    exact_log_z(machine), jax.nn.logsumexp(-energies, -1), rtol=1e-5
  )


def test_annealing_agrees_with_enumeration_from_both_sides():
  machine = machines()
  exact = exact_log_z(machine)
  keys = jax.random.split(jax.random.key(0), MACHINES)

  @jax.jit
  def both(keys):
    given = MODEL, params_of(machine), machine[1:]
    found = annealed_importance.estimate(
      *given, keys, chains=64, temperatures=500
    )
    back = annealed_importance.reverse(
      *given, found.rows, keys, temperatures=500, settle=20
    )
    return found.log_z, back

  up, down = both(keys)
  np.testing.assert_allclose(up, exact, atol=0.1)
  np.testing.assert_allclose(down, exact, atol=0.1)


def test_too_few_temperatures_flatter():
  machine = machines()
  exact = exact_log_z(machine)
  keys = jax.random.split(jax.random.key(1), MACHINES)
  few = annealed_importance.estimate(
    MODEL, params_of(machine), machine[1:], keys, chains=4, temperatures=2
  )
  assert np.mean(few.log_z - exact) < -0.2


def _split(seed, pieces):
  rng = np.random.default_rng(seed)
  return {
    'roll': rng.integers(0, 2, (pieces, 5, 7)).astype(np.uint8),
    'length': np.int32([5, 2, 4][:pieces]),
  }


def test_frames_with_one_machine_share_its_log_z():
  splits = {
    name: _split(seed, 3)
    for seed, name in enumerate(('train', 'validation', 'test'))
  }
  keys = jax.random.split(jax.random.key(5), 3)
  params = {
    'kernel': jax.random.normal(keys[0], (7, 4)),
    'visible_bias': jax.random.normal(keys[1], (7,)),
    'hidden_bias': jax.random.normal(keys[2], (4,)),
  }
  machine = Machine(*params.values())
  music = np.arange(5) < splits['test']['length'][:, None]
  frames = jnp.float32(splits['test']['roll'][music])
  exact = -free_energy(machine, frames) - exact_log_z(machine)
  found = energy_likelihood(
    rbm(rolls(5, 7), hidden=4), params, splits, chains=400, temperatures=60
  )
  likelihood = found['log_likelihood']['model']
  assert likelihood == pytest.approx(float(jnp.mean(exact)), abs=0.02)
  # Every frame is guessed by all the chains.
  assert 0 < found['accuracy']['model'] < 1


def test_without_weights_the_likelihood_is_that_of_single_pitches():
  splits = {
    name: _split(seed, 3)
    for seed, name in enumerate(('train', 'validation', 'test'))
  }
  splits['test']['roll'][0, 0] = 0
  music = np.arange(5) < splits['train']['length'][:, None]
  frames = splits['train']['roll'][music]
  share = (frames.sum(0) + 0.5) / (len(frames) + 1)
  params = {
    'kernel': jnp.zeros((7, 2)),
    'visible_bias': jnp.float32(np.log(share / (1 - share))),
    'hidden_bias': jnp.zeros(2),
  }
  found = energy_likelihood(
    rbm(rolls(5, 7), hidden=2),
    params,
    splits,
    chains=2,
    temperatures=3,
    checked=4,
    batch=8,
  )
  assert found['frames'] == 11
  rows = found['log_likelihood']
  assert rows['model'] == pytest.approx(rows['note_unigram'], rel=1e-5)
  # Any number of temperatures: there is nothing to anneal.
  checked = found['checked_log_likelihood']
  assert checked['once'] == pytest.approx(checked['four_times'], rel=1e-5)
  assert checked['once'] == pytest.approx(checked['reverse'], rel=1e-5)
  assert 0 < found['accuracy']['model'] < 1
  test = trivial_rolls.rolls_of(splits['test'])
  assert found['accuracy']['repeat'] == trivial_rolls.accuracy(
    test.before, test.frames
  )
  empty = {k: v[:0] for k, v in splits['test'].items()}
  assert energy_likelihood(
    rbm(rolls(5, 7)), params, {**splits, 'test': empty}
  ) == {'frames': 0}


@pytest.mark.parametrize('option', ['chains', 'temperatures', 'checked'])
def test_nothing_is_estimated_from_nothing(option):
  with pytest.raises(UserError, match=f'{option} must be at least 1, not 0'):
    energy_likelihood(None, {}, {}, **{option: 0})


def test_whole_examples_are_scored_too():
  splits = {
    name: _split(seed, 3)
    for seed, name in enumerate(('train', 'validation', 'test'))
  }
  model = rbm(rolls(5, 7), hidden=2, rows='examples')
  rolls_of_all = [split['roll'].reshape(-1, 35) for split in splits.values()]
  share = (rolls_of_all[0].sum(0) + 0.5) / 4
  params = {
    'kernel': jnp.zeros((35, 2)),
    'visible_bias': jnp.float32(np.log(share / (1 - share))),
    'hidden_bias': jnp.zeros(2),
  }
  found = energy_likelihood(model, params, splits, chains=2, temperatures=3)
  assert found['frames'] == 3
  rows = found['log_likelihood']
  expected = np.where(rolls_of_all[2], np.log(share), np.log1p(-share))
  assert rows['model'] == pytest.approx(expected.sum(-1).mean(), rel=1e-5)
  assert rows['model'] == pytest.approx(rows['note_unigram'], rel=1e-5)
  assert set(found['accuracy']) == {'model'}
  images = rolls()._replace(fields={'image': Field((4,), 'uint8', kind='grey')})
  greys = {k: {'image': np.full((2, 4), 100, np.uint8)} for k in splits}
  with pytest.raises(UserError, match='zeros and ones'):
    energy_likelihood(rbm(images), {}, greys)
