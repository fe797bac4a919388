"""The latent sampler of MusicVAE: its modes; samples do not depend on count."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zoo.contracts import Field, Spec, UserError
from zoo.layers.latent import slerp
from zoo.models.music_vae import MusicVae
from zoo.samplers import SAMPLERS
from zoo.samplers.drawing import draw

K, T = 6, 8
MODEL = MusicVae(
  K, T, 4, 0, 0, form='beatwise', latent=3, encoder=(4,), decoder=(5,)
)
FIELD = Field((T,), 'int8', K, transposed='table')
TABLES = {'pitches': [-1, -1, 60, 61, 62, 63]}
SPEC = Spec('toy', {}, {'tokens': FIELD}, {}, 0.25, TABLES, {})
TOKENS = np.random.default_rng(0).integers(0, K, (40, T)).astype(np.int8)


@pytest.fixture(scope='module')
def params():
  rng = np.random.default_rng(1)
  first = jax.jit(MODEL.init)(jax.random.key(0), {'tokens': TOKENS[:1]})[
    'params'
  ]
  return jax.tree.map(
    lambda x: x + jnp.float32(rng.normal(size=x.shape)), first
  )


def _draw(params, mode, count, condition=None, by_row=False, **options):
  made = draw(
    SAMPLERS['latent'](MODEL, SPEC, **options),
    mode,
    params,
    {},
    seed=3,
    indices=range(count),
    condition=condition or {},
    by_row=by_row,
  )
  assert made['tokens'].shape == (count, T)
  return made['tokens']


def _mu(params, tokens):
  batch = {'tokens': tokens}
  return MODEL.apply({'params': params}, batch, method='encode')[0]


def _decode(params, z):
  keys = jax.random.split(jax.random.key(0), len(z))
  made = MODEL.apply({'params': params}, z, keys, method='generate')
  return made['tokens']


def test_samples_are_the_same_whatever_the_count(params):
  few = _draw(params, 'sample', 3, temperature=0.7)
  many = _draw(params, 'sample', 70, temperature=0.7)
  np.testing.assert_array_equal(few, many[:3])
  assert len(np.unique(many, axis=0)) > 10
  assert ((many >= 0) & (many < K)).all()


def test_reconstructs_from_mu(params):
  made = _draw(params, 'reconstruct', 40, {'tokens': TOKENS}, by_row=True)
  np.testing.assert_array_equal(made, _decode(params, _mu(params, TOKENS)))


def test_interpolates_from_the_first_to_the_second(params):
  made = _draw(params, 'interpolate', 5, {'tokens': TOKENS[:2]}, points=5)
  ends = _decode(params, _mu(params, TOKENS[:2]))
  np.testing.assert_array_equal(made[[0, 4]], ends)


def test_the_path_turns_about_a_gaussian_prior(params):
  made = _draw(params, 'interpolate', 3, {'tokens': TOKENS[:2]}, points=3)
  middle = slerp(*_mu(params, TOKENS[:2]), jnp.float32([0.5]))
  np.testing.assert_array_equal(made[1:2], _decode(params, middle))


def test_modes_say_what_they_take():
  sampler = SAMPLERS['latent'](MODEL, SPEC, points=5, gradations=3, side=4)
  modes = {name: mode for name, mode in sampler.items() if name != 'fit'}
  assert {name: mode.inputs for name, mode in modes.items()} == {
    'sample': (0, 0),
    'reconstruct': (1, 1),
    'interpolate': (2, 4),
    'average': (2, 16),
    'vary': (1, 1),
    'translate': (1, 1),
    'map': (0, 0),
    'attribute': (1, 1),
    'page': (0, 0),
  }
  count = modes['interpolate'].options['count']
  assert (count(2), count(4)) == (5, 25)
  assert modes['map'].options == {'count': 16}
  for name in ('attribute', 'translate'):
    assert modes[name].options == {'count': 3}
  assert modes['average'].options == {'count': 1}
  assert not modes['vary'].options
  several = {name for name, mode in modes.items() if mode.by_window}
  assert several == {*modes} - {'sample', 'reconstruct', 'map', 'page'}
  assert all(mode.help for mode in modes.values())


def test_the_mixture_is_fitted_and_drawn_from(params):
  sampler = SAMPLERS['latent'](MODEL, SPEC, components=40, prior='mixture')
  key = jax.random.key(0)
  learned = sampler['fit'](params, {}, key, {'tokens': TOKENS})
  learned = {k: np.asarray(v) for k, v in learned.items()}
  # As many components as codes: each has one of its own, and no spread.
  mu = np.asarray(_mu(params, TOKENS))
  np.testing.assert_allclose(
    np.sort(learned['centres'][:, 0]), np.sort(mu[:, 0]), atol=1e-4
  )
  asked = {'prior': 'mixture', 'components': 40}
  made = _draw(params, 'sample', 60, learned, **asked)
  written = {tuple(row) for row in np.asarray(_decode(params, mu)).tolist()}
  assert np.mean([tuple(row) in written for row in made.tolist()]) > 0.9


def test_a_mixture_that_was_not_fitted_is_refused(params):
  with pytest.raises(UserError, match='train'):
    _draw(params, 'sample', 1, prior='mixture')


def test_a_mixture_of_other_components_is_refused(params):
  sampler = SAMPLERS['latent'](MODEL, SPEC, components=3)
  key = jax.random.key(0)
  learned = sampler['fit'](params, {}, key, {'tokens': TOKENS})
  asked = {'prior': 'mixture', 'components': 4}
  with pytest.raises(UserError, match=r'is 4, and the mixture .* has 3'):
    _draw(params, 'sample', 1, learned, **asked)


def test_points_out_of_range_are_refused():
  with pytest.raises(UserError, match='2 to 64, not 1'):
    SAMPLERS['latent'](MODEL, SPEC, points=1)
