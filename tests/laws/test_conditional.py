"""Laws of every model that claims to be Conditional, at tiny sizes.

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
from zoo.encoders.voices import Voices
from zoo.models import MODELS
from zoo.questions import Conditional

B, C = 3, 2
WINDOWS = Voices(steps=8, lowest=(60, 50, 40), highest=(64, 54, 45)).spec
PIECES = Voices(
  steps=0, padding=C, lowest=(60, 50), highest=(63, 52)
).spec._replace(
  fields=Voices(steps=12, lowest=(60, 50), highest=(63, 52)).spec.fields
)
FIELDS = {
  'image': Field((6,), 'uint8', 256, 'grey'),
  'label': Field((), 'int32', 3),
}
LABELLED = Spec('image', {}, FIELDS, {}, 0.0, {}, {})
BACH = {'context': C, 'recurrent': (5,), 'hidden': 4}

# {model: {case: (spec, options)}}.
TINY = {
  'chord_from_melody': {
    'classes': (WINDOWS, {'hidden': (4,)}),
    'value': (WINDOWS, {'hidden': (4,), 'head': 'value', 'view': 'value'}),
  },
  'counterpoint': {
    'feedforward': (WINDOWS, {'hidden': (6,), 'head': 'sigmoid'}),
    'recurrent': (WINDOWS, {'form': 'recurrent', 'hidden': (6,)}),
    'bidirectional': (
      WINDOWS,
      {'form': 'bidirectional', 'hidden': (6,), 'marks': True},
    ),
  },
  'deepbach': {
    'lstm': (PIECES, BACH),
    'relations': (PIECES, {**BACH, 'relations': True}),
    'mlp': (PIECES, {**BACH, 'form': 'mlp', 'embedding': 2}),
    'maxent': (PIECES, {**BACH, 'form': 'maxent'}),
  },
  'stacked_classifier': {'images': (LABELLED, {'widths': (4, 3)})},
}
CLAIMED = [
  name
  for name, model in MODELS.items()
  if Conditional in getattr(model, '__mro__', ())
]
CASES = [(name, case) for name in CLAIMED for case in TINY.get(name, {'': 0})]


class Tiny:
  """A model with drawn weights, what it reads of a batch, and its outputs."""

  def __init__(self, name, case):
    spec, options = TINY[name][case]
    self.model = MODELS[name].from_spec(spec, **options)
    rng = np.random.default_rng(0)
    self.batch = {
      field: jnp.asarray(
        rng.integers(0, about.classes or 2, (B, *about.shape)), jnp.int32
      )
      for field, about in spec.fields.items()
    }
    if 'length' in self.batch:
      steps = self.batch['voices'].shape[1]
      self.batch['length'] = jnp.array([steps, steps - 1, steps - 3])
    self.steps = self.model.read(self.batch)
    self.variables = drawn(self.model.init, *self.steps[:2], scale=0.7)
    self.outputs = self.answer(self.steps.symbols)

  def answer(self, symbols):
    outputs, carry = _program(self.model)(
      self.variables, symbols, self.steps.given
    )
    assert carry == ()
    return outputs

  @property
  def inner(self):
    """The symbols [B, T, ...] that are asked for."""
    around = self.model.context or 0
    return self.steps.symbols[:, around : self.steps.mask.shape[1] - around]

  def stream(self, symbols, number):
    """[B, T] of one stream."""
    return symbols[..., number] if symbols.ndim > 2 else symbols

  def with_stream(self, number, value):
    """The inner symbols, those of a stream all of one class."""
    if self.inner.ndim > 2:
      return self.inner.at[..., number].set(value)
    return jnp.full_like(self.inner, value)


@functools.cache
def _program(model):
  return jax.jit(model.apply)


@functools.cache
def tiny(name, case):
  return Tiny(name, case)


@pytest.fixture(name='one', params=CASES, ids='-'.join)
def _one(request):
  return tiny(*request.param)


def test_every_model_that_claims_to_be_conditional_is_tested():
  assert set(CLAIMED) == set(TINY)


def test_no_answer_looks_at_itself(one):
  """Another symbol in a cell moves no output that is asked for that cell."""
  model, around = one.model, one.model.context or 0
  before = np.asarray(one.outputs)
  symbols = one.steps.symbols
  for step in range(around, symbols.shape[1] - around):
    for number in range(len(model.streams)):
      place = (slice(None), step)
      place += (number,) if symbols.ndim > 2 else ()
      other = symbols.at[place].set((symbols[place] + 1) % 3)
      after = np.asarray(one.answer(other))
      place = (slice(None), step - around, *place[2:])
      np.testing.assert_array_equal(before[place], after[place])


def test_what_stands_in_a_cell_that_is_asked_for_is_not_given(one):
  """What is written in place of the symbols can be read, and changes nothing
  of what is given."""
  made = one.model.write(one.batch, one.inner)
  assert made.keys() == one.batch.keys()
  again = one.model.read(made)
  jax.tree.map(np.testing.assert_array_equal, one.steps.given, again.given)


def test_the_probabilities_of_all_classes_sum_to_one(one):
  if getattr(one.model, 'head', '') in ('value', 'absolute'):
    return  # a density
  for number, name in enumerate(one.model.streams):
    total = 0
    for value in range(one.outputs.shape[-1]):
      logs = one.model.log_prob(one.outputs, one.with_stream(number, value))
      assert logs.keys() == set(one.model.streams)
      assert logs[name].shape == one.inner.shape[:2]
      total = total + np.exp(logs[name])
    np.testing.assert_allclose(total, 1, rtol=1e-5)


def test_what_is_drawn_is_as_frequent_as_it_is_likely(one):
  if getattr(one.model, 'head', '') in ('value', 'absolute'):
    return  # certain
  count = 4000
  keys = jax.random.split(jax.random.key(1), count)
  outputs = jnp.repeat(one.outputs[:1], count, 0)
  found = one.model.draw(outputs, keys, 1.0)
  symbols = one.inner[:1]
  for number, name in enumerate(one.model.streams):
    for value in range(one.outputs.shape[-1]):
      chosen = one.with_stream(number, value)[:1]
      share = np.exp(one.model.log_prob(one.outputs[:1], chosen)[name][0])
      drawn_share = np.mean(one.stream(found, number) == value, 0)
      # Five standard errors.
      bound = 5 * np.sqrt(share * (1 - share) / count) + 1e-3
      assert (np.abs(drawn_share - share) < bound).all()
  assert found.shape[1:] == symbols.shape[1:]
  alone = one.model.draw(outputs[7:9], keys[7:9], 1.0)
  np.testing.assert_array_equal(alone, found[7:9])


def test_at_temperature_0_the_likeliest_is_drawn(one):
  keys = jax.random.split(jax.random.key(1), B)
  found = one.model.draw(one.outputs, keys, 0)
  np.testing.assert_array_equal(
    found, one.model.likeliest(one.outputs, one.inner)
  )
  for number, name in enumerate(one.model.streams):
    best = one.model.log_prob(one.outputs, found)[name]
    for value in range(one.outputs.shape[-1]):
      other = one.with_stream(number, value)
      logs = one.model.log_prob(one.outputs, other)[name]
      assert (np.asarray(logs) <= np.asarray(best) + 1e-5).all()


def test_a_bound_is_no_more_than_the_log_probability(one):
  if hasattr(one.model, 'bound'):
    bound = one.model.bound(one.outputs, one.inner)
    logs = one.model.log_prob(one.outputs, one.inner)
    for name in one.model.streams:
      assert (bound[name] <= logs[name] + 1e-5).all()
