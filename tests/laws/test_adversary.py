"""Laws of every model that claims to be an Adversary, at tiny sizes.

A new model is tested by being listed in MODELS and named in TINY: an encoder's
spec that it reads, and options that make it small.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.parameters import drawn
from zoo.contracts import Field, Spec
from zoo.encoders.events import Events
from zoo.encoders.lead_sheet import LeadSheet
from zoo.losses.adversarial import adversarial
from zoo.models import MODELS
from zoo.questions import Adversary

B, K, T = 6, 5, 4
KEYS = jax.random.split(jax.random.key(6), B)
EVENTS = Events(events=6, tones=2, frequency='log').spec
# Standardized so that no choice is more than two deviations away.
_MEAN, _SCALE = [8.0, 64.0, 64.0], [8.0, 40.0, 40.0]
FITTED = EVENTS._replace(
  vocabulary={'mean': [*_MEAN, *_MEAN, 8.0], 'scale': [*_SCALE, *_SCALE, 8.0]}
)
BARS = LeadSheet(metre='2/4', lowest=60, highest=64).spec
TOKENS = Spec('toy', {}, {'tokens': Field((T,), 'int8', K)}, {}, 0.25, {}, {})
VECTORS = Spec('toy', {}, {'x': Field((2,), 'float32')}, {}, 0.0, {}, {})
LAYERS = {'generator_layers': (5,), 'discriminator_layers': (5,), 'latent': 3}
SMALL = {'generator_layers': (4,), 'channels': 3, 'latent': 3}
DENSE = {
  'critic': 'dense',
  'critic_layers': (5, 4),
  'critic_previous': True,
  'batch_norm': False,
  'previous': '1d',
}

# {model: {case: (spec, options)}}.
TINY = {
  'c_rnn_gan': {
    'published': (
      EVENTS,
      {'inputs': 3, 'generator_layers': (3,), 'critic_layers': (3,)},
    ),
    'convolution': (
      EVENTS,
      {
        'inputs': 3,
        'noise': 'normal',
        'generator_layers': (3,),
        'output_noise': 2,
        'output_layers': (3,),
        'critic': 'convolution',
        'critic_layers': (4,),
        'critic_dense': (3,),
        'summary': True,
      },
    ),
    'chosen': (
      FITTED,
      {
        'inputs': 3,
        'noise': 'normal',
        'generator_layers': (3,),
        'output_noise': 2,
        'bound': 5.0,
        'values': 'chosen',
        'critic': 'convolution',
        'critic_layers': (4,),
        'critic_dense': (3,),
        'summary': True,
      },
    ),
  },
  'gan': {
    'softmax': (TOKENS, {**LAYERS, 'embedding': 2, 'profile': 2}),
    'straight_through': (
      TOKENS,
      {**LAYERS, 'embedding': 2, 'relaxation': 'straight_through'},
    ),
  },
  'midinet': {
    'published': (BARS, {**SMALL, 'critic_layers': (5,)}),
    'dense': (
      BARS,
      {**SMALL, **DENSE, 'chord': 'last', 'chord_view': 'triad'},
    ),
  },
  'vector_gan': {'': (VECTORS, LAYERS)},
}
CLAIMED = [
  name
  for name, model in MODELS.items()
  if Adversary in getattr(model, '__mro__', ())
]
CASES = [(name, case) for name in CLAIMED for case in TINY.get(name, {'': 0})]


class Tiny:
  """A model with drawn weights, its spec, and a batch of its fields."""

  def __init__(self, name, case):
    self.spec, options = TINY[name][case]
    self.model = MODELS[name].from_spec(self.spec, **options)
    rng = np.random.default_rng(0)
    self.batch = {
      field: rng.integers(0, about.classes or 9, (B, *about.shape)).astype(
        about.dtype
      )
      for field, about in self.spec.fields.items()
    }
    self.variables = drawn(self.model.init, self.batch, KEYS)
    # Running variances are positive.
    self.variables = jax.tree_util.tree_map_with_path(
      lambda path, x: x**2 if path[-1].key == 'variance' else x, self.variables
    )

  def __call__(self, method, *arguments, **options):
    return _program(self.model, method)(self.variables, *arguments, **options)


@functools.cache
def _program(model, method):
  def apply(variables, *arguments, **options):
    return model.apply(variables, *arguments, method=method, **options)

  return jax.jit(apply)


@pytest.fixture(params=CASES, ids=lambda case: '-'.join(filter(None, case)))
def tiny(request):
  return Tiny(*request.param)


def test_parameters_are_those_of_two_players(tiny):
  assert set(tiny.variables['params']) == {'generator', 'discriminator'}


def test_rows_are_independent_in_evaluation(tiny):
  z = tiny.model.prior(KEYS)
  assert z.shape[:1] == (B,)
  np.testing.assert_array_equal(tiny.model.prior(KEYS[2:4]), z[2:4])
  made = tiny('generate', z, tiny.batch, KEYS)
  score, features = tiny('discriminate', made, tiny.batch)
  written = tiny('write', z, KEYS, batch=tiny.batch)
  assert score.shape == (B,) and features.shape[0] == B and features.ndim == 2
  few = {name: values[2:4] for name, values in tiny.batch.items()}
  alone = tiny('generate', z[2:4], few, KEYS[2:4])
  np.testing.assert_allclose(alone, made[2:4], rtol=1e-5, atol=1e-6)
  for one, all_ in zip(
    tiny('discriminate', alone, few), (score, features), strict=True
  ):
    np.testing.assert_allclose(one, all_[2:4], rtol=1e-4, atol=1e-5)
  for name, values in tiny('write', z[2:4], KEYS[2:4], batch=few).items():
    np.testing.assert_allclose(values, written[name][2:4], rtol=1e-5, atol=1e-6)


def test_what_is_written_is_what_is_generated(tiny):
  z = tiny.model.prior(KEYS)
  made = tiny('generate', z, tiny.batch, KEYS)
  written = tiny('write', z, KEYS, batch=tiny.batch)
  for name, values in written.items():
    about = tiny.spec.fields[name]
    assert values.shape == (B, *about.shape)
    if about.classes:
      assert jnp.all((0 <= values) & (values < about.classes))
  again = tiny.model.real(written)
  real = tiny.model.real(tiny.batch)
  assert again.shape == made.shape == real.shape
  if any(about.classes for about in tiny.spec.fields.values()):
    np.testing.assert_array_equal(again.argmax(-1), made.argmax(-1))
  else:
    np.testing.assert_allclose(again, made, rtol=1e-5)


@pytest.mark.parametrize(
  'options',
  [
    {'kind': 'saturating', 'real_target': 0.9, 'feature_matching': 1.0},
    {'kind': 'non_saturating', 'penalty': 'real'},
    {'kind': 'wasserstein', 'penalty': 'between'},
  ],
  ids=lambda options: options['kind'],
)
def test_each_player_sees_only_its_own_gradient(tiny, options):
  loss = adversarial(tiny.model, **options).loss
  statistics = tiny.variables.get('batch_stats', {})
  state = {'shared': {'batch_stats': statistics}, 'example': {}}

  @jax.jit
  def slopes(params):
    """Of the loss, and of each player's part."""

    def parts(params):
      total, (_, metrics) = loss(params, state, tiny.batch, KEYS, True)
      own = (metrics[name].mean() for name in ('generator', 'discriminator'))
      return jnp.stack([total, *own])

    return jax.jacrev(parts)(params)

  found = slopes(tiny.variables['params'])
  for place, player, other in (
    (1, 'generator', 'discriminator'),
    (2, 'discriminator', 'generator'),
  ):
    leaves = jax.tree.leaves(found[player])
    for leaf in leaves:
      np.testing.assert_allclose(leaf[0], leaf[place], 1e-4, 1e-6)
    assert max(np.abs(leaf[0]).max() for leaf in leaves) > 1e-4
    for leaf in jax.tree.leaves(found[other]):
      np.testing.assert_array_equal(leaf[place], 0)
