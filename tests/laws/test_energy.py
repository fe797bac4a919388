"""Laws of every model that claims to be an Energy, by enumeration of states.

A new model is tested by being listed in MODELS and named in TINY: an encoder's
spec that it reads as rows of eight units, and options that make it small.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.models.rolls import rolls
from tests.parameters import drawn
from zoo.contracts import Field, Spec
from zoo.layers import annealed_importance
from zoo.layers.boltzmann import before_each
from zoo.layers.threefry import uniform
from zoo.models import MODELS
from zoo.questions import Energy

B, T, D = 3, 4, 8
TOKENS = Spec('toy', {}, {'tokens': Field((2,), 'int8', 4)}, {}, 0.25, {}, {})
BITS = jnp.float32(np.arange(2**D)[:, None] >> np.arange(D) & 1)

# {model: {case: (spec, options)}}.
TINY = {
  'rbm': {
    'frames': (rolls(T, D), {'hidden': 3}),
    'examples': (rolls(2, 4), {'hidden': 3, 'rows': 'examples'}),
    'tokens': (TOKENS, {'hidden': 3}),
  },
  'c_rbm': {
    'rolls': (rolls(4, 2), {'hidden': 2, 'width': 3}),
    'classes': (TOKENS, {'hidden': 3, 'width': 3}),
  },
  'rnn_rbm': {
    'tanh': (rolls(T, D), {'hidden': 3, 'recurrent': (4,)}),
    'lstm': (
      rolls(T, D),
      {'hidden': 3, 'recurrent': (4, 3), 'cell': 'lstm', 'skip': True},
    ),
    'gru': (rolls(T, D), {'hidden': 3, 'recurrent': (4,), 'cell': 'gru'}),
  },
}
CLAIMED = [
  name
  for name, model in MODELS.items()
  if Energy in getattr(model, '__mro__', ())
]
CASES = [(name, case) for name in CLAIMED for case in TINY.get(name, {'': 0})]


class Tiny:
  """A model with drawn weights, and rows that it read of a batch."""

  def __init__(self, name, case):
    spec, options = TINY[name][case]
    self.model = MODELS[name].from_spec(spec, **options)
    rng = np.random.default_rng(1)
    batch = {
      field: rng.integers(0, about.classes, (B, *about.shape))
      for field, about in spec.fields.items()
      if about.classes
    }
    if 'length' in spec.fields:
      batch['length'] = np.full(B, spec.sizes['steps'])
    self.rows, self.mask = self.model.read(batch)
    self.variables = drawn(self.model.init, self.rows, scale=0.8)
    self.states = BITS
    if each := self.model.one_of:
      on = BITS.reshape(len(BITS), -1, each).sum(-1)
      self.states = BITS[(on == 1).all(-1)]
    self.params = self.variables['params']

  def __call__(self, method, *arguments):
    return _program(self.model, method)(self.variables, *arguments)

  def condition(self, rows):
    past = before_each(rows)
    return self('condition', past, self.model.begin(len(rows)))[0]

  def machine(self):
    """The biases of one row's energy, leaves [1, 1, ...]."""
    biases = self.condition(self.rows)
    return jax.tree.map(lambda leaf: leaf[:1, -1:], biases)

  def log_p(self, biases, beta):
    """log p of all states [S] by their energies, and log Z."""
    scores = -self('energy', self.states[None], biases, beta)[0]
    return jax.nn.log_softmax(scores), jax.nn.logsumexp(scores)


@functools.cache
def _program(model, method):
  def apply(variables, *arguments):
    return model.apply(variables, *arguments, method=method)

  return jax.jit(apply)


@pytest.fixture(
  params=CASES, ids=lambda case: '-'.join(filter(None, case)), scope='module'
)
def tiny(request):
  return Tiny(*request.param)


def test_rows_are_of_as_many_units_as_the_model_says(tiny):
  assert tiny.rows.shape[::2] == (B, D) and tiny.model.visible == D
  assert tiny.mask.shape == tiny.rows.shape[:2]
  assert tiny.model.framed == (tiny.rows.shape[1] > 1)
  found = tiny('__call__', tiny.rows)
  expected = tiny('energy', tiny.rows, tiny.condition(tiny.rows))
  np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize('beta', [0.0, 0.3, 1.0])
def test_a_sweep_leaves_the_distribution_of_its_energy_invariant(tiny, beta):
  count = 40000
  biases = tiny.machine()
  expected = np.exp(np.float64(tiny.log_p(biases, beta)[0]))
  rng = np.random.default_rng(2)
  states = tiny.states
  begin = states[rng.choice(len(states), count, p=expected / expected.sum())]
  keys = jax.random.split(jax.random.key(3), 1)
  uniforms = uniform(keys, (count, tiny.model.uniforms))
  after = tiny('sweep', begin[None], biases, uniforms, beta)[0]
  assert jnp.any(after != begin)
  for rows in (begin, after):
    numbers = 2.0 ** np.arange(D)
    found = np.bincount(np.int32(rows @ numbers), minlength=2**D)
    found = found[np.int32(states @ numbers)]
    assert found.sum() == count
    # Rare states together, so that each class has five or more.
    order = np.argsort(expected)
    rare = order[np.cumsum(expected[order]) * count < 5]
    rare = order[: len(rare) + 1]
    kept = np.setdiff1d(order, rare)
    seen = np.append(found[kept], found[rare].sum())
    wanted = count * np.append(expected[kept], expected[rare].sum())
    # Chi-squared: its mean is the number of classes, and its variance twice
    # that; four deviations.
    classes = len(seen) - 1
    distance = np.sum((seen - wanted) ** 2 / wanted)
    assert distance < classes + 4 * np.sqrt(2 * classes)


def test_without_coupling_the_units_are_independent(tiny):
  biases = tiny.machine()
  log_p, log_z = tiny.log_p(biases, 0.0)
  np.testing.assert_allclose(tiny('base', biases)[0, 0], log_z, rtol=1e-5)
  uniforms = uniform(jax.random.split(jax.random.key(5), 1), (20000, D))
  shares = jnp.mean(tiny('first', biases, uniforms)[0], 0)
  np.testing.assert_allclose(shares, jnp.exp(log_p) @ tiny.states, atol=0.015)
  coupled = tiny.log_p(biases, 1.0)[0]
  assert jnp.max(jnp.abs(coupled - log_p)) > 0.1


def test_annealed_importance_sampling_is_enumeration(tiny):
  biases = jax.tree.map(
    lambda leaf: leaf.reshape(-1, *leaf.shape[2:]), tiny.condition(tiny.rows)
  )
  count = len(jax.tree.leaves(biases)[0])
  keys = jax.random.split(jax.random.key(4), count)

  @jax.jit
  def both(params, biases, keys):
    given = tiny.model, params, biases
    found = annealed_importance.estimate(
      *given, keys, chains=200, temperatures=100
    )
    down = annealed_importance.reverse(
      *given, found.rows, keys, temperatures=100, settle=20
    )
    return found.log_z, down

  lifted = jax.tree.map(lambda leaf: leaf[:, None], biases)
  states = jnp.broadcast_to(tiny.states, (count, *tiny.states.shape))
  exact = jax.nn.logsumexp(-tiny('energy', states, lifted, 1.0), -1)
  for found in both(tiny.params, biases, keys):
    np.testing.assert_allclose(found, exact, atol=0.1)


def test_biases_are_conditioned_on_the_rows_before_alone(tiny):
  rows = tiny.rows
  if not tiny.model.framed:
    rows = jnp.concatenate([rows, 1 - rows, rows], 1)
  biases = tiny.condition(rows)
  leaves = jax.tree.leaves(biases)
  moves = False
  for t in range(rows.shape[1]):
    other = rows.at[:, t:].set(1 - rows[:, t:])
    for one, two in zip(
      leaves, jax.tree.leaves(tiny.condition(other)), strict=True
    ):
      np.testing.assert_array_equal(one[:, : t + 1], two[:, : t + 1])
      moves |= bool(jnp.any(one[:, t + 1 :] != two[:, t + 1 :]))
  assert moves == (not tiny.model.constant)


def test_conditioning_in_two_goes_is_conditioning_at_once(tiny):
  past = before_each(tiny.rows)
  whole, _ = tiny('condition', past, tiny.model.begin(B))
  first, carry = tiny('condition', past[:, :2], tiny.model.begin(B))
  second, _ = tiny('condition', past[:, 2:], carry)
  joined = jax.tree.map(lambda *x: jnp.concatenate(x, 1), first, second)
  jax.tree.map(
    lambda one, two: np.testing.assert_allclose(one, two, 2e-4, 1e-5),
    joined,
    whole,
  )
