"""Likelihoods per step of convolutional RBMs, where they can be computed."""

import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Field, Spec
from zoo.evaluation.model.energy_likelihood import energy_likelihood
from zoo.evaluation.model.template_sampling import template_sampling
from zoo.models.c_rbm import CRbm

SPEC = Spec(
  'melody_roll', {}, {'pitch': Field((8,), 'int8', 3)}, {}, 0.5, {}, {}
)
MODEL = CRbm.from_spec(SPEC, hidden=2, width=3)
SHARES = np.array([0.2, 0.3, 0.5])
PARAMS = {
  'kernel': jnp.zeros((3, 3, 2)),
  'visible_bias': jnp.log(jnp.float32(SHARES)) + 0.7,
  'hidden_bias': jnp.array([0.3, -1.0]),
}


def split(seed, count=5):
  random = np.random.default_rng(seed)
  pitch = random.integers(0, 3, (count, 8)).astype(np.int8)
  return {'pitch': pitch, 'piece': np.arange(count)}


SPLITS = {'train': split(0), 'validation': split(1), 'test': split(2)}


def test_without_weights_a_step_has_the_likelihood_of_its_pitch():
  found = energy_likelihood(
    MODEL, PARAMS, SPLITS, chains=4, temperatures=3, check=False
  )
  expected = np.log(SHARES)[SPLITS['test']['pitch']].mean()
  likelihood = found['log_likelihood']
  np.testing.assert_allclose(likelihood['model'], expected, rtol=1e-4)
  assert set(likelihood) == {'model', 'unigram', 'bigram'}
  # Then the order of steps is nothing to it.
  free = found['free_energy']
  np.testing.assert_allclose(free['held_out'], free['shuffled'], rtol=1e-5)


def test_template_sampling_counts_what_a_sampler_made():
  test = SPLITS['test']['pitch']
  energies = []

  def make(mode, count, given):
    assert mode == 'template' and count == 2
    energies.append(0)
    nothing = np.zeros((2, 8), np.int8)
    return {
      'pitch': np.concatenate([given['pitch'], nothing[:1]]),
      'errors': np.array([[1.0, 2, 3], [3, 2, 1]]),
      'free_errors': np.full((2, 3), 4.0),
      'free_energy': np.array([1e6, -1e6]),
    }

  found = template_sampling(MODEL, PARAMS, SPLITS, make, templates=3, count=2)
  assert found['templates'] == 3 and found['samples'] == 6
  assert found['self-similarity'] == {'guided': 2, 'free': 4, 'ratio': 0.5}
  assert found['in_band']['guided'] == 0
  # One of two samples is its template, and the other a rest.
  shared = found['cells']
  assert shared['template'] == 0.5 and 0 < shared['unrelated'] < 0.5
  assert len(energies) == 3 and test.shape == (5, 8)


def test_free_energy_of_a_row_is_that_of_the_model():
  rows, _ = MODEL.read(SPLITS['test'])
  found = MODEL.apply({'params': PARAMS}, rows)[:, 0]
  hidden = 8 * jnp.sum(jax.nn.softplus(PARAMS['hidden_bias']))
  bias = np.asarray(PARAMS['visible_bias'])[SPLITS['test']['pitch']].sum(1)
  np.testing.assert_allclose(found, -bias - hidden, rtol=1e-5)
