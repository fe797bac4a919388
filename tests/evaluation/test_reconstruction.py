"""Reconstruction figures: by hand, and whatever the batch."""

import jax
import jax.numpy as jnp
import numpy as np

from zoo.evaluation.model import MODEL_EVALUATORS
from zoo.evaluation.model.reconstruction import reconstruction
from zoo.models.music_vae import MusicVae

K, T = 6, 8
MODEL = MusicVae(K, T, 4, form='beatwise', latent=3, encoder=(4,), decoder=(5,))
RNG = np.random.default_rng(0)
TOKENS = RNG.integers(0, K, (11, T)).astype(np.int8)


class Parrot:
  """Always writes the melody 2 0 0 1, whatever it hears; mu 0, sigma 1."""

  def apply(self, variables, *arguments, method):
    return getattr(self, method)(*arguments)

  def encode(self, tokens):
    return jnp.zeros((len(tokens), 2)), jnp.ones((len(tokens), 2))

  def shift(self, tokens):
    return tokens

  def decode(self, z, inputs):
    melody = jnp.int32([2, 0, 0, 1])
    logits = jnp.log(0.1 + 0.6 * jax.nn.one_hot(melody, 4))
    return jnp.broadcast_to(logits, (len(z), 4, 4))

  def generate(self, z, keys, temperature):
    return jnp.broadcast_to(jnp.int32([2, 0, 0, 1]), (len(z), 4))


def test_figures_by_hand():
  tokens = np.int8([[2, 0, 0, 1], [2, 3, 0, 0], [0, 0, 0, 0]])
  figures = MODEL_EVALUATORS['reconstruction'](
    Parrot(), {}, {'test': {'tokens': tokens}}
  )
  model = {
    name: value.pop('free_running')
    for name, value in figures.items()
    if name not in ('examples', 'kl_bits', 'cross_entropy')
  }
  assert figures['examples'] == 3
  np.testing.assert_allclose(model['accuracy'], (4 + 2 + 2) / 12)
  np.testing.assert_allclose(model['onset_accuracy'], 3 / 4)
  np.testing.assert_allclose(model['onset_f1'], 2 * 3 / (4 + 6))
  np.testing.assert_allclose(model['exact_match'], 1 / 3)
  for name, value in model.items():
    assert figures[name]['teacher_forced'] == value
  held = {name: figures[name]['always_hold'] for name in model}
  assert held['onset_accuracy'] == held['onset_f1'] == 0
  np.testing.assert_allclose(held['accuracy'], 8 / 12)
  np.testing.assert_allclose(held['exact_match'], 1 / 3)
  assert figures['kl_bits'] == {'model': 0}
  # 8 steps right with probability .7, 4 wrong with .1.
  expected = -(8 * np.log(0.7) + 4 * np.log(0.1)) / 3
  np.testing.assert_allclose(figures['cross_entropy']['model'], expected, 1e-5)


def test_no_figure_depends_on_the_batch():
  params = jax.jit(MODEL.init)(jax.random.key(0), TOKENS)['params']
  params = jax.tree.map(
    lambda x: x + jnp.float32(RNG.normal(size=x.shape)), params
  )
  splits = {'validation': {'tokens': TOKENS}}
  whole, parts = (
    reconstruction(MODEL, params, splits, split='validation', batch=batch)
    for batch in (512, 4)
  )
  assert whole['examples'] == 11
  assert 0 < whole['accuracy']['free_running'] < 1
  jax.tree.map(
    lambda a, b: np.testing.assert_allclose(a, b, 1e-5), whole, parts
  )


def test_nothing_is_measured_of_an_empty_split():
  splits = {'test': {'tokens': TOKENS[:0]}}
  assert reconstruction(MODEL, {}, splits) == {'examples': 0}
