"""Generators and discriminators: sizes, relaxations, and who owns what."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.parameters import drawn, shapes
from zoo.contracts import Field, Spec, UserError
from zoo.models.gan import Gan, VectorGan

K, T, B = 5, 4, 6
KEYS = jax.random.split(jax.random.key(0), B)


def tiny(**options):
  sizes = {'generator_layers': (7,), 'discriminator_layers': (9,)}
  return Gan(K, T, latent=3, embedding=2, **sizes, **options)


def spec_of(**fields):
  return Spec('toy', {}, fields, {}, 0.25, {}, {})


def count(tree):
  return sum(leaf.size for leaf in jax.tree.leaves(tree))


def test_parameters_by_hand():
  params = shapes(tiny().init, {}, KEYS)['params']
  assert set(params) == {'generator', 'discriminator'}
  # 3 -> 7 -> T * 2, then 2 -> K at each step.
  assert count(params['generator']) == (3 + 1) * 7 + (7 + 1) * 8 + (2 + 1) * K
  # K -> 2 at each step without bias, then T * 2 -> 9 -> 1.
  assert count(params['discriminator']) == K * 2 + (8 + 1) * 9 + (9 + 1)


def test_the_discriminator_receives_how_often_each_class_occurs():
  params = shapes(tiny(profile=2).init, {}, KEYS)['params']
  # Two stretches of K shares beside the T * 2.
  assert count(params['discriminator']) == K * 2 + (8 + 2 * K + 1) * 9 + 10
  with pytest.raises(UserError, match='must divide the 4 steps'):
    tiny(profile=3)


@pytest.mark.parametrize('gumbel', [False, True])
@pytest.mark.parametrize('relaxation', ['softmax', 'straight_through'])
def test_examples_are_distributions_and_have_a_gradient(relaxation, gumbel):
  model = tiny(relaxation=relaxation, gumbel=gumbel)
  variables = drawn(model.init, {}, KEYS)
  z = model.prior(KEYS)

  def generate(variables, keys=KEYS):
    return model.apply(variables, z, {}, keys, method='generate')

  examples = generate(variables)
  np.testing.assert_allclose(examples.sum(-1), 1, atol=1e-6)
  hard = bool(jnp.all((jnp.abs(examples) < 1e-6) | (examples > 1 - 1e-6)))
  assert hard == (relaxation == 'straight_through')
  slope = jax.grad(lambda v: generate(v)[..., 0].sum())(variables)['params']
  assert np.abs(slope['generator']['output']['kernel']).max() > 0
  other = generate(variables, jax.random.split(jax.random.key(9), B))
  assert bool(jnp.all(other == examples)) == (not gumbel)


def test_sharpness_changes_no_likeliest_class():
  variables = drawn(tiny().init, {}, KEYS)
  z = tiny().prior(KEYS)
  soft, sharp = (
    tiny(sharpness=s).apply(variables, z, {}, KEYS, method='generate')
    for s in (1.0, 100.0)
  )
  np.testing.assert_array_equal(soft.argmax(-1), sharp.argmax(-1))
  assert sharp.max(-1).mean() > soft.max(-1).mean()


def test_a_melody_depends_on_its_own_z_and_key_alone():
  model = tiny()
  variables = drawn(model.init, {}, KEYS)
  z = model.prior(KEYS)
  for temperature in (0.0, 1.0):
    whole, alone = (
      model.apply(variables, z[rows], KEYS[rows], temperature, method='write')
      for rows in (slice(None), slice(2, 3))
    )
    np.testing.assert_array_equal(whole['tokens'][2:3], alone['tokens'])
  assert whole['tokens'].shape == (B, T)


def test_temperature_one_draws_from_the_softmax():
  model = tiny()
  variables = drawn(model.init, {}, KEYS)
  n = 4000
  z = jnp.broadcast_to(3 * model.prior(KEYS[:1]), (n, 3))
  keys = jax.random.split(jax.random.key(2), n)
  tokens = model.apply(variables, z, keys, 1.0, method='write')['tokens']
  p = model.apply(variables, z[:1], {}, keys[:1], method='generate')[0, 0]
  share = np.bincount(tokens[:, 0], minlength=K) / n
  np.testing.assert_allclose(share, p, atol=4 * 0.5 / n**0.5)


def test_priors():
  keys = jax.random.split(jax.random.key(3), 4000)
  normal = Gan(K, T, noise='normal', latent=2).prior(keys)
  uniform = Gan(K, T, noise='uniform', latent=2).prior(keys)
  np.testing.assert_allclose(normal.std(), 1, atol=0.05)
  np.testing.assert_allclose(uniform.std(), 3**-0.5, atol=0.03)
  assert -1 <= uniform.min() < -0.99 and 0.99 < uniform.max() <= 1


def test_vectors():
  sizes = {'generator_layers': (7,), 'discriminator_layers': (9,)}
  model = VectorGan(2, latent=3, **sizes)
  params = drawn(model.init, {}, KEYS)['params']
  assert count(params['generator']) == (3 + 1) * 7 + (7 + 1) * 2
  assert count(params['discriminator']) == (2 + 1) * 9 + (9 + 1)
  z = model.prior(KEYS)
  made = model.apply({'params': params}, z, KEYS, method='write')['x']
  score, features = model.apply(
    {'params': params}, made, {}, method='discriminate'
  )
  assert (made.shape, score.shape, features.shape) == ((B, 2), (B,), (B, 9))


def test_sizes_are_read_off_the_spec_and_judged_before_anything_is_drawn():
  melodies = spec_of(tokens=Field((T,), 'int8', K), length=Field((), 'int8'))
  model = Gan.from_spec(melodies, latent=3)
  assert (model.classes, model.steps, model.latent) == (K, T, 3)
  assert VectorGan.from_spec(spec_of(x=Field((2,), 'float32'))).size == 2
  with pytest.raises(UserError, match='must divide the 4 steps'):
    Gan.from_spec(melodies, profile=3)
  with pytest.raises(UserError, match="the encoder 'toy' writes none"):
    Gan.from_spec(spec_of(roll=Field((T, K), 'uint8', 2)))
  with pytest.raises(UserError, match="the encoder 'toy' writes none"):
    VectorGan.from_spec(melodies)
