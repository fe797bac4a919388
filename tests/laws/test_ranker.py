"""Laws of every Ranker, at tiny sizes."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.parameters import drawn
from zoo.models import MODELS
from zoo.models.unit_selection import UnitSelection
from zoo.questions import Ranker

B, U, T = 3, 4, 4
SIZES = {'code': 3, 'tower': 4, 'hidden': (3,)}
TINY = {
  'unit_selection': {
    'memory': UnitSelection(6, T, 60, memory=3, **SIZES),
    'published': UnitSelection(6, T, 60, memory=0, reads_tokens=False, **SIZES),
  }
}
FORMS = {
  f'{name}-{form}': model
  for name, forms in TINY.items()
  for form, model in forms.items()
}
forms = pytest.mark.parametrize('form', FORMS)
UNITS = np.random.default_rng(0).integers(0, 6, (B, U, T))
UNITS[..., 0] = np.maximum(UNITS[..., 0], 1)


@functools.cache
def calls(form):
  """(units) -> queries, codes; the carry after; and logits."""
  model = FORMS[form]
  params = drawn(functools.partial(model.init, method='all_parts'), UNITS)

  @jax.jit
  def run(units, carry, keys=None):
    call = functools.partial(model.apply, params)
    queries, carry = call(units, carry, keys, method='expect')
    codes = call(units, keys, method='describe')
    logits = call(queries[:, 0], codes[:, 0], method='compare')
    return queries, codes, carry, logits

  return run, model.forget


def test_every_model_that_claims_it_is_tested():
  claimed = {
    name
    for name, model in MODELS.items()
    if Ranker in getattr(model, '__mro__', ())
  }
  assert claimed == set(TINY)


@forms
def test_nothing_is_expected_from_later_units(form):
  run, forget = calls(form)
  queries, codes, _, logits = run(UNITS, forget(B))
  assert logits.shape == (B, B)
  changed = UNITS.copy()
  changed[:, 2] = (changed[:, 2] % 5) + 1
  again, others, _, _ = run(changed, forget(B))
  np.testing.assert_allclose(again[:, :2], queries[:, :2], rtol=1e-6)
  assert np.abs(again[:, 2] - queries[:, 2]).max() > 1e-3
  # A code is of its unit alone.
  same = [0, 1, 3]
  np.testing.assert_allclose(others[:, same], codes[:, same], rtol=1e-6)


@forms
def test_a_piece_cut_in_two_is_read_as_the_whole(form):
  run, forget = calls(form)
  queries, _, last, _ = run(UNITS, forget(B))
  first, _, carry, _ = run(UNITS[:, :2], forget(B))
  second, _, after, _ = run(UNITS[:, 2:], carry)
  halves = jnp.concatenate([first, second], 1)
  np.testing.assert_allclose(halves, queries, rtol=2e-5, atol=1e-6)
  for one, other in zip(*map(jax.tree.leaves, (after, last)), strict=True):
    np.testing.assert_allclose(one, other, rtol=2e-5, atol=1e-6)


@forms
def test_dropout_is_of_each_row_and_in_training_alone(form):
  run, forget = calls(form)
  keys = jax.random.split(jax.random.key(1), B)
  _, plain, _, _ = run(UNITS, forget(B))
  _, dropped, _, _ = run(UNITS, forget(B), keys)
  assert np.abs(dropped - plain).max() > 1e-3
  _, others, _, _ = run(UNITS, forget(B), keys[::-1])
  np.testing.assert_allclose(others[1], dropped[1], rtol=1e-6)
  assert np.abs(others[0] - dropped[0]).max() > 1e-4
