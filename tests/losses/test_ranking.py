"""The true next unit against the others: numbers by hand."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zoo.contracts import Spec, UserError
from zoo.losses.ranking import ranking

SPEC = Spec(
  'toy', {}, {}, {'classes': 6}, 0.25, {'pitches': [-1, -1, 60, 61, 62, 63]}, {}
)


class Toy:
  """Units of one step; expects the unit itself again, ten times over."""

  def units(self, batch):
    return batch['units'][..., None], batch['mask']

  def forget(self, count):
    return ()

  def apply(self, params, *arguments, method):
    if method in ('units', 'forget'):
      return getattr(self, method)(*arguments)
    if method == 'compare':
      queries, codes = arguments
      return params['params'] * queries @ codes.T
    hot = jax.nn.one_hot(arguments[0][..., 0], 6)
    return hot if method == 'describe' else (hot, ())


def score(units, mask=None, train=True, weight=2.0, **options):
  units = jnp.asarray(units)
  mask = jnp.ones(units.shape, bool) if mask is None else jnp.asarray(mask)
  batch = {'units': units, 'mask': mask}
  keys = jax.random.split(jax.random.key(0), len(units))
  loss = ranking(Toy(), SPEC, **options).loss
  total, (_, metrics) = loss(jnp.float32(weight), {}, batch, keys, train)
  return float(total), {k: np.asarray(v) for k, v in metrics.items()}


def test_the_softmax_leaves_out_what_equals_the_true_unit():
  # After 2 comes 2 (of score w) among 3, 4 (0), then 3 (0) among 2, 2, 4.
  total, metrics = score([[2, 2, 3], [4, 4, 4]])
  w = math.exp(2.0)
  first = -math.log(w / (w + 4))  # Others: 3, and 4 three times.
  second = -math.log(1 / (1 + 2 * w + 3))
  third = -math.log(w / (w + 3))  # After 4 comes 4: others 2, 2, 3.
  np.testing.assert_allclose(
    metrics['loss'], [(first + second) / 2, third], rtol=1e-5
  )
  assert total == pytest.approx(float(np.mean(metrics['loss'])))
  np.testing.assert_allclose(metrics['first'], [0.5, 1.0])


def test_a_masked_unit_is_no_candidate_and_no_join():
  _, full = score([[2, 2, 3], [4, 4, 4]])
  _, masked = score([[2, 2, 3], [4, 4, 5]], [[True] * 3, [True, True, False]])
  w = math.exp(2.0)
  assert masked['loss'][1] == pytest.approx(-math.log(w / (w + 3)), rel=1e-5)
  assert masked['loss'][0] < full['loss'][0]  # One candidate fewer.


def test_in_evaluation_a_piece_is_ranked_by_itself():
  _, one = score([[2, 2, 3]], train=False)
  _, many = score([[2, 2, 3], [4, 4, 4], [5, 3, 2]], train=False)
  np.testing.assert_allclose(one['loss'][0], many['loss'][0], rtol=1e-6)


def test_all_of_a_batch_moves_by_one_interval():
  """So equality of units, and each score of this toy, stays."""
  still = score([[3, 3, 4], [4, 4, 4]])[0]
  assert score([[3, 3, 4], [4, 4, 4]], semitones=1)[0] == pytest.approx(still)
  with pytest.raises(UserError, match='loss/semitones must be 0 or more'):
    ranking(Toy(), SPEC, semitones=-1)
