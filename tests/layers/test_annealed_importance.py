"""log Z against enumeration, and likelihoods that are known otherwise."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.models.rolls import rolls
from zoo.contracts import UserError
from zoo.evaluation.model import trivial_rolls
from zoo.evaluation.model.boltzmann_likelihood import boltzmann_likelihood
from zoo.layers import annealed_importance
from zoo.layers.boltzmann import Machine, free_energy
from zoo.models.rbm import rbm

MACHINES = 6


def machines():
  """Machines with strong weights, one for each of six frames."""
  rng = np.random.default_rng(0)
  return Machine(
    jnp.float32(rng.normal(0, 1.2, (12, 8))),
    jnp.float32(rng.normal(-1, 1, (MACHINES, 12))),
    jnp.float32(rng.normal(0, 1, (MACHINES, 8))),
  )


def test_exact_log_z_sums_over_the_visible_units_too():
  machine = Machine(*(x[..., :8] for x in machines()))
  machine = machine._replace(kernel=machine.kernel[:8])
  rows = np.arange(256)[:, None] >> np.arange(8) & 1
  energies = jax.vmap(
    lambda visible, hidden: free_energy(
      Machine(machine.kernel, visible, hidden), np.float32(rows)
    )
  )(machine.visible, machine.hidden)
  np.testing.assert_allclose(
    annealed_importance.exact_log_z(machine),
    jax.nn.logsumexp(-energies, -1),
    rtol=1e-5,
  )


def test_annealing_agrees_with_enumeration_from_both_sides():
  machine = machines()
  exact = annealed_importance.exact_log_z(machine)
  keys = jax.random.split(jax.random.key(0), MACHINES)

  @jax.jit
  def both(keys):
    found = annealed_importance.estimate(
      machine, machine.visible, keys, chains=64, temperatures=500
    )
    back = annealed_importance.reverse(
      machine,
      machine.visible,
      found.rows,
      keys,
      temperatures=500,
      settle=20,
    )
    return found.log_z, back

  up, down = both(keys)
  np.testing.assert_allclose(up, exact, atol=0.1)
  np.testing.assert_allclose(down, exact, atol=0.1)


def test_too_few_temperatures_flatter():
  machine = machines()
  exact = annealed_importance.exact_log_z(machine)
  keys = jax.random.split(jax.random.key(1), MACHINES)
  few = annealed_importance.estimate(
    machine, machine.visible, keys, chains=4, temperatures=2
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
  exact = -free_energy(machine, frames) - annealed_importance.exact_log_z(
    machine
  )
  found = boltzmann_likelihood(
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
  found = boltzmann_likelihood(
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
  # As many temperatures as you like: there is nothing to anneal.
  checked = found['checked_log_likelihood']
  assert checked['once'] == pytest.approx(checked['four_times'], rel=1e-5)
  assert checked['once'] == pytest.approx(checked['reverse'], rel=1e-5)
  assert 0 < found['accuracy']['model'] < 1
  test = trivial_rolls.rolls_of(splits['test'])
  assert found['accuracy']['repeat'] == trivial_rolls.accuracy(
    test.before, test.frames
  )
  empty = {k: v[:0] for k, v in splits['test'].items()}
  assert boltzmann_likelihood(
    rbm(rolls(5, 7)), params, {**splits, 'test': empty}
  ) == {'frames': 0}


@pytest.mark.parametrize('option', ['chains', 'temperatures', 'checked'])
def test_nothing_is_estimated_from_nothing(option):
  with pytest.raises(UserError, match=f'{option} must be at least 1, not 0'):
    boltzmann_likelihood(None, {}, {}, **{option: 0})
