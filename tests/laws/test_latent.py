"""Laws of every model that claims to be Latent, at tiny sizes.

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
from zoo.layers.metrics import normal_divergence
from zoo.models import MODELS
from zoo.questions import Latent

B, K, T = 5, 6, 8
SIZES = {'classes': K, 'steps': T, 'steps_per_beat': 4, 'steps_per_bar': 4}
TOKENS = Spec(
  'melody', {}, {'tokens': Field((T,), 'int8', K)}, SIZES, 0.25, {}, {}
)
DRUMS = Spec(
  'drums',
  {},
  {'tokens': Field((T,), 'int16', 8)},
  {**SIZES, 'classes': 8},
  0.25,
  {},
  {'drums': ['kick', 'snare', 'ride']},
)
TRIO = DRUMS._replace(
  encoder='trio',
  fields={
    'melody': Field((T,), 'int8', K),
    'bass': Field((T,), 'int8', 5),
    'drums': Field((T,), 'int16', 8),
  },
)
ROLL = Spec(
  'rolls', {}, {'roll': Field((4, 3), 'uint8', 2, 'bit')}, {}, 0.25, {}, {}
)
IMAGE = Spec(
  'image', {}, {'image': Field((6,), 'uint8', 256, 'grey')}, {}, 0.0, {}, {}
)
LABELLED = IMAGE._replace(
  fields={**IMAGE.fields, 'label': Field((), 'int32', 3)}
)
VAE = {'latent': 3, 'encoder': (4,), 'decoder': (5, 4)}

# {model: {case: (spec, options)}}.
TINY = {
  'music_vae': {
    'flat': (TOKENS, {**VAE, 'form': 'flat'}),
    'beatwise': (TOKENS, {**VAE, 'form': 'beatwise'}),
    'hierarchical': (
      TOKENS,
      {**VAE, 'form': 'hierarchical', 'conductor': (4, 3), 'segments': 2},
    ),
    'barwise': (DRUMS, {**VAE, 'form': 'barwise', 'latent': 4}),
  },
  'music_vae_trio': {
    'barwise': (
      TRIO,
      {'latent': 12, 'encoder': (4,), 'decoder': (5,), 'beat_embedding': 3},
    ),
    'hierarchical': (
      TRIO,
      {**VAE, 'form': 'hierarchical', 'conductor': (4, 3), 'segments': 2},
    ),
  },
  'sparse_autoencoder': {
    'rolls': (ROLL, {'maps': 2, 'block': 2}),
    'images': (
      IMAGE._replace(sizes={'height': 2, 'width': 3}),
      {'maps': 2, 'code': 'sigmoid', 'head': 'bernoulli'},
    ),
  },
  'stacked_autoencoder': {
    'tokens': (TOKENS, {'widths': (4, 3), 'head': 'categorical'}),
    'rolls': (ROLL, {'widths': (4, 3), 'tied': True, 'prior_code': 'bits'}),
    'images': (IMAGE, {'widths': (3,), 'batch_norm': True}),
  },
  'rnn_autoencoder': {'beatwise': (TOKENS, {**VAE, 'form': 'beatwise'})},
  'vae': {
    'tokens': (TOKENS, {'latent': 3, 'widths': (5, 4)}),
    'images': (IMAGE, {'latent': 3, 'widths': (4,), 'activation': 'relu'}),
  },
  'vrae': {
    'tokens': (TOKENS, {'latent': 3, 'hidden': 5}),
    'rolls': (ROLL, {'latent': 3, 'hidden': 5}),
  },
  'stacked_classifier': {'images': (LABELLED, {'widths': (4, 3)})},
}
CLAIMED = [
  name
  for name, model in MODELS.items()
  if Latent in getattr(model, '__mro__', ())
]
CASES = [(name, case) for name in CLAIMED for case in TINY.get(name, {'': 0})]


class Tiny:
  """A model with drawn weights, its spec, and a batch of its fields."""

  def __init__(self, name, case):
    self.spec, options = TINY[name][case]
    # A label is no part of what is written.
    self.fields = {k: v for k, v in self.spec.fields.items() if k != 'label'}
    self.model = MODELS[name].from_spec(self.spec, **options)
    rng = np.random.default_rng(0)
    self.batch = {
      field: rng.integers(0, about.classes, (B, *about.shape)).astype(
        about.dtype
      )
      for field, about in self.spec.fields.items()
    }
    self.variables = drawn(self.model.init, self.batch, scale=0.5)
    if 'batch_stats' in self.variables:
      stats = self.variables['batch_stats']
      self.variables['batch_stats'] = jax.tree.map(jnp.ones_like, stats)

  def __call__(self, method, *arguments):
    return _program(self.model, method)(self.variables, *arguments)


@functools.cache
def _program(model, method):
  """Temperature and threshold are numbers of the program."""

  def apply(variables, *arguments):
    return model.apply(variables, *arguments, method=method)

  static = (3, 4) if method == 'generate' else ()
  return jax.jit(apply, static_argnums=static)


@pytest.fixture(params=CASES, ids='-'.join, scope='module')
def tiny(request):
  name, case = request.param
  assert name in TINY, f'{name} claims Latent: give it a tiny case here'
  yield Tiny(name, case)
  _program.cache_clear()


def keys(seed=0, count=B):
  return jax.random.split(jax.random.key(seed), count)


def other_at(tiny, name, place):
  """A field of the batch with other values at a place of its first axis."""
  values = tiny.batch[name].astype(int)
  values[:, place] = (values[:, place] + 1) % tiny.fields[name].classes
  return values.astype(tiny.batch[name].dtype)


def test_what_is_decoded_has_the_shapes_of_what_was_encoded(tiny):
  mean, scale = tiny('encode', tiny.batch)
  assert mean.shape == (B, tiny.model.latent)
  assert scale is None or scale.shape == mean.shape
  outputs = tiny('decode', mean, tiny.batch)
  for name, logits in tiny('logits', outputs).items():
    about = tiny.fields[name]
    classes = (about.classes,) if logits.ndim > 1 + len(about.shape) else ()
    assert logits.shape == (B, *about.shape, *classes)
  for stream in tiny('log_prob', outputs, tiny.batch).values():
    assert stream.shape[0] == B and stream.ndim == 2
    assert (np.asarray(stream) <= 0).all()
  for temperature in (0.0, 1.0):
    written = tiny('generate', mean, keys(), temperature, 0.5)
    for name, about in tiny.fields.items():
      values = np.asarray(written[name])
      assert values.shape == (B, *about.shape)
      assert ((values >= 0) & (values < about.classes)).all()


def test_the_divergence_is_never_negative_and_zero_at_the_prior(tiny):
  _, scale = tiny('encode', tiny.batch)
  if scale is not None:
    mean, _ = tiny('encode', tiny.batch)
    assert (np.asarray(scale) > 0).all()
    assert (np.asarray(normal_divergence(mean, scale)) >= 0).all()
    at_prior = normal_divergence(jnp.zeros_like(mean), jnp.ones_like(scale))
    np.testing.assert_array_equal(at_prior, 0)
    assert tiny.model.gaussian


def test_a_row_of_what_is_generated_depends_on_its_own_code_alone(tiny):
  z = jax.random.normal(jax.random.key(1), (B, tiny.model.latent))
  for temperature in (0.0, 0.9):
    whole = tiny('generate', z, keys(), temperature, 0.5)
    others = z.at[jnp.array([0, 1, 2, 4])].add(3.0)
    moved = tiny('generate', others, keys(), temperature, 0.5)
    alone = tiny('generate', z[3:4], keys()[3:4], temperature, 0.5)
    for name in tiny.fields:
      np.testing.assert_array_equal(whole[name][3], moved[name][3])
      np.testing.assert_array_equal(whole[name][3:4], alone[name])


def test_encoding_reads_each_row_by_itself(tiny):
  mean, _ = tiny('encode', tiny.batch)
  some = {name: values[3:4] for name, values in tiny.batch.items()}
  np.testing.assert_allclose(
    mean[3:4], tiny('encode', some)[0], rtol=1e-5, atol=1e-6
  )


def test_the_prior_has_the_moments_of_its_kind(tiny):
  z = np.asarray(_program(tiny.model, 'prior')(tiny.variables, keys(2, 4000)))
  assert z.shape == (4000, tiny.model.latent)
  if tiny.model.gaussian:
    mean, deviation = 0, 1
  elif set(np.unique(z)) == {0, 1}:
    mean, deviation = 0.5, 0.5
  else:
    mean, deviation = 0, 3**-0.5  # U(-1, 1)
    assert np.abs(z).max() <= 1
  np.testing.assert_allclose(z.mean(0), mean, atol=0.06)
  np.testing.assert_allclose(z.std(0), deviation, atol=0.06)
  apart = np.corrcoef(z.T) - np.eye(z.shape[1])
  assert np.abs(apart).max() < 0.08
  one = _program(tiny.model, 'prior')(tiny.variables, keys(2, 4000)[7:8])
  np.testing.assert_array_equal(one[0], z[7])


def test_decoding_reads_no_present_and_no_future_symbol(tiny):
  """And nothing of the batch at all, where it is not autoregressive."""
  z = jax.random.normal(jax.random.key(1), (B, tiny.model.latent))
  outputs = tiny('logits', tiny('decode', z, tiny.batch))
  for name, about in tiny.fields.items():
    before = np.asarray(outputs[name])
    last = about.shape[0]
    for changed in range(1, last):
      batch = {**tiny.batch, name: other_at(tiny, name, changed)}
      after = np.asarray(tiny('logits', tiny('decode', z, batch))[name])
      seen = changed + 1 if tiny.model.autoregressive else last
      np.testing.assert_array_equal(before[:, :seen], after[:, :seen])
    if tiny.model.autoregressive:
      batch = {**tiny.batch, name: other_at(tiny, name, 0)}
      after = np.asarray(tiny('logits', tiny('decode', z, batch))[name])
      assert (before[:, 1] != after[:, 1]).any(-1).all()


def test_generating_is_decoding_what_was_generated(tiny):
  """The likeliest answer to z, and to what was written so far, is itself."""
  z = jax.random.normal(jax.random.key(1), (B, tiny.model.latent))
  written = tiny('generate', z, keys(), 0.0, 0.5)
  outputs = tiny('decode', z, {**tiny.batch, **written})
  for name, logits in tiny('logits', outputs).items():
    if logits.ndim > np.ndim(written[name]):
      np.testing.assert_array_equal(written[name], jnp.argmax(logits, -1))
    else:
      half = (tiny.fields[name].classes - 1) / 2
      np.testing.assert_array_equal(written[name] > half, logits > 0)


def test_nothing_is_random_without_keys_and_hiding_all_leaves_no_input(tiny):
  z = jax.random.normal(jax.random.key(1), (B, tiny.model.latent))
  # Labels are not read: they stay.
  other = tiny.batch | {k: other_at(tiny, k, slice(None)) for k in tiny.fields}

  def read(batch, hidden):
    mean, _ = tiny.model.apply(
      tiny.variables, batch, keys(), hidden, method='encode'
    )
    outputs = tiny.model.apply(
      tiny.variables, z, batch, keys(), 0.0, hidden, method='decode'
    )
    return mean, outputs

  read = jax.jit(read, static_argnums=1)
  jax.tree.map(
    np.testing.assert_array_equal, read(tiny.batch, 1.0), read(other, 1.0)
  )
  assert (read(tiny.batch, 0.0)[0] != read(other, 0.0)[0]).any()
