"""Reconstruction figures: by hand, whatever the batch, beside baselines."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zoo.contracts import Field, Spec
from zoo.evaluation.model import MODEL_EVALUATORS
from zoo.evaluation.model.linear_codes import principal
from zoo.evaluation.model.reconstruction import reconstruction
from zoo.layers.visible import visible_of
from zoo.models.music_vae import MusicVae

K, T = 6, 8
MODEL = MusicVae(
  K, T, 4, 0, 0, form='beatwise', latent=3, encoder=(4,), decoder=(5,)
)
SPEC = Spec('toy', {}, {'tokens': Field((T,), 'int8', K)}, {}, 0.25, {}, {})
RNG = np.random.default_rng(0)
TOKENS = RNG.integers(0, K, (11, T)).astype(np.int8)
ROLL = Spec(
  'toy', {}, {'roll': Field((1, 4), 'uint8', 2, 'bit')}, {}, 0.25, {}, {}
)
FOUR = Spec('toy', {}, {'tokens': Field((4,), 'int8', 4)}, {}, 0.25, {}, {})
THREE = Spec('toy', {}, {'tokens': Field((4,), 'int8', 3)}, {}, 0.25, {}, {})


class Parrot:
  """Always writes the melody 2 0 0 1, whatever it encodes; mu 0, sigma 1."""

  latent, autoregressive = 2, True

  def apply(self, variables, *arguments, method):
    return getattr(self, method)(*arguments)

  def encode(self, batch):
    shape = (len(batch['tokens']), 2)
    return jnp.zeros(shape), jnp.ones(shape)

  def decode(self, z, batch):
    melody = jnp.int32([2, 0, 0, 1])
    logits = jnp.log(0.1 + 0.6 * jax.nn.one_hot(melody, 4))
    return jnp.broadcast_to(logits, (len(z), 4, 4))

  def logits(self, outputs):
    return {'tokens': outputs}

  def generate(self, z, keys, temperature, threshold):
    return {'tokens': jnp.broadcast_to(jnp.int32([2, 0, 0, 1]), (len(z), 4))}


def test_figures_by_hand():
  tokens = np.int8([[2, 0, 0, 1], [2, 3, 0, 0], [0, 0, 0, 0]])
  figures = MODEL_EVALUATORS['reconstruction'](
    Parrot(), {}, {}, {'test': {'tokens': tokens}}, FOUR
  )
  names = ('accuracy', 'onset_accuracy', 'onset_f1', 'exact_match')
  model = {name: figures[name]['model'] for name in names}
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
  assert figures['kl_bits']['model'] == 0
  # 8 steps right with probability .7, 4 wrong with .1.
  expected = -(8 * np.log(0.7) + 4 * np.log(0.1)) / 3
  np.testing.assert_allclose(figures['cross_entropy']['model'], expected, 1e-5)


def test_no_figure_depends_on_the_batch():
  init = jax.jit(MODEL.init)
  params = init(jax.random.key(0), {'tokens': TOKENS})['params']
  params = jax.tree.map(
    lambda x: x + jnp.float32(RNG.normal(size=x.shape)), params
  )
  splits = {'train': {'tokens': TOKENS[:7]}, 'validation': {'tokens': TOKENS}}
  whole, parts = (
    reconstruction(
      MODEL, params, {}, splits, SPEC, split='validation', batch=batch
    )
    for batch in (512, 4)
  )
  assert whole['examples'] == 11
  assert 0 < whole['accuracy']['model'] < 1
  jax.tree.map(
    lambda a, b: np.testing.assert_allclose(a, b, 1e-5), whole, parts
  )


def test_nothing_is_measured_of_an_empty_split():
  splits = {'train': {'tokens': TOKENS}, 'test': {'tokens': TOKENS[:0]}}
  assert reconstruction(MODEL, {}, {}, splits, SPEC) == {'examples': 0}


class Fixed:
  """Writes what it reads, with logits of 8 nats, except two notes."""

  latent, autoregressive = 1, False
  visible = visible_of(ROLL)

  def apply(self, variables, *arguments, method):
    return getattr(self, method)(*arguments)

  def encode(self, batch):
    return self.visible.read(batch), None

  def decode(self, z, batch):
    heard = z * (jnp.cumsum(z, -1) <= 2)
    return 16 * heard - 8

  def logits(self, outputs):
    return {self.visible.field: outputs}

  def generate(self, z, keys, temperature, threshold):
    return self.visible.write(self.decode(z, {}))


def rolls(*rows):
  rows = np.array(rows, np.uint8)[:, None]
  return {'roll': rows, 'piece': np.zeros(len(rows), np.int32)}


def test_rolls_by_hand():
  splits = {
    'train': rolls([1, 1, 0, 0], [1, 0, 0, 0]),
    'test': rolls([1, 1, 0, 0], [0, 1, 1, 1], [1, 0, 0, 0]),
  }
  figures = reconstruction(Fixed(), {}, {}, splits, ROLL, batch=2)
  assert figures['examples'] == 3
  assert figures['mistakes'] == {
    'model': pytest.approx(1 / 3),
    'training': 0,
    # [1 .5 0 0] says 1 0 0 0 at a half and below: 1, 4 and 0 wrong.
    'training_mean': pytest.approx(5 / 3),
    'silence': pytest.approx(6 / 3),
    # The one way in which training rows differ is the second place: 1 1 0 0
    # twice and 1 0 0 0, wrong at three places of the second row.
    'components': pytest.approx(3 / 3),
  }
  assert figures['exact_match']['model'] == pytest.approx(2 / 3)
  assert figures['squared_error']['silence'] == pytest.approx(2)
  assert figures['squared_error']['training_mean'] == pytest.approx(
    (0.25 + (1 + 0.25 + 2) + 0.25) / 3, rel=1e-3
  )
  sure = np.log1p(np.exp(-8))
  assert figures['cross_entropy']['model'] == pytest.approx(
    (11 * sure + 8 + sure) / 3, rel=1e-4
  )
  assert set(figures['cross_entropy']) == {'model', 'training', 'training_mean'}
  # Six notes, of which the model leaves out one; it adds none. The means say
  # 1 0 0 0: two right of three that are written.
  recall = {'model': 5 / 6, 'silence': 0, 'training_mean': 2 / 6}
  precision = {'model': 1, 'silence': 0, 'training_mean': 2 / 3}
  for whose, value in recall.items():
    assert figures['recall'][whose] == pytest.approx(value)
    assert figures['precision'][whose] == pytest.approx(precision[whose])
  assert figures['f1']['model'] == pytest.approx(10 / 11)
  assert 'accuracy' not in figures
  empty = {**splits, 'test': {k: v[:0] for k, v in splits['test'].items()}}
  assert reconstruction(Fixed(), {}, {}, empty, ROLL) == {'examples': 0}


def test_of_tokens_the_events_count_by_themselves():
  tokens = np.array([[2, 0, 0, 1]], np.int8)
  examples = {'tokens': tokens, 'piece': np.zeros(1, np.int32)}

  class First(Fixed):
    """Predicts the first step correctly and holds from there."""

    visible = visible_of(THREE)

    def decode(self, z, batch):
      logits = z.reshape(-1, 4, 3).at[:, 1:].set(jnp.array([1.0, 0, 0]))
      return logits.reshape(z.shape)

  splits = {'train': examples, 'test': examples}
  figures = reconstruction(First(), {}, {}, splits, THREE)
  assert figures['mistakes']['model'] == 1
  assert figures['onset_accuracy'] == {
    'model': 1 / 2,
    'training': 1 / 2,
    'training_mean': 1,
    'always_hold': 0,
    'components': 1,
  }
  # Softmaxes of a 1 and two 0, in the right place at three steps of four.
  assert figures['cross_entropy']['model'] == pytest.approx(
    4 * np.log(np.e + 2) - 3
  )
  assert figures['events']['model'] == 2
  assert 'squared_error' not in figures


def test_principal_components_of_a_line():
  spec = Spec(
    'toy', {}, {'image': Field((3,), 'uint8', kind='grey')}, {}, 0.0, {}, {}
  )
  values = np.array([[0, 0, 51], [255, 255, 51]], np.uint8)
  mean, axes = principal(visible_of(spec), values, 1, 1)
  np.testing.assert_allclose(mean, [0.5, 0.5, 0.2], rtol=1e-6)
  np.testing.assert_allclose(np.abs(axes), [[0.5**0.5, 0.5**0.5, 0]], atol=1e-6)
