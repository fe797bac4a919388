"""The convolutional RBM: sizes, what it refuses, other lengths."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.models.rolls import rolls
from tests.parameters import drawn
from zoo.contracts import Field, Spec, UserError
from zoo.models.c_rbm import CRbm

MELODY = Spec(
  'melody_roll', {}, {'pitch': Field((128,), 'int8', 41)}, {}, 0.5, {}, {}
)


def parameters(model):
  rows = jax.ShapeDtypeStruct((1, 1, model.visible), 'float32')
  shapes = jax.eval_shape(model.init, jax.random.key(0), rows)
  return sum(np.prod(x.shape, dtype=int) for x in jax.tree.leaves(shapes))


def test_sizes():
  # The filters, a bias a pitch and one a hidden unit.
  assert parameters(CRbm.from_spec(MELODY)) == 9 * 41 * 256 + 41 + 256
  assert parameters(CRbm.from_spec(rolls(64, 48))) == 9 * 48 * 256 + 48 + 256


def test_errors():
  with pytest.raises(UserError, match='odd'):
    CRbm.from_spec(MELODY, width=4)
  with pytest.raises(UserError, match='hidden'):
    CRbm.from_spec(MELODY, hidden=0)
  greys = {'image': Field((9,), 'uint8', 256, 'grey')}
  with pytest.raises(UserError, match='piano_roll or melody_roll'):
    CRbm.from_spec(MELODY._replace(encoder='image', fields=greys))


def test_steps_far_apart_do_not_know_of_each_other():
  """The energy of two phrases with a wide rest is the sum of theirs."""
  model = CRbm.from_spec(rolls(4, 3), hidden=5, width=3)
  random = np.random.default_rng(0)
  one, other = jnp.float32(random.integers(0, 2, (2, 4, 3)))
  params = drawn(model.init, jnp.zeros((1, 1, 12)))

  def energy(grid):
    long = model.long(len(grid))
    return long.apply(params, grid.reshape(1, 1, -1))[0, 0]

  rest = jnp.zeros((4, 3))
  parts = [energy(jnp.concatenate([rest, x, rest])) for x in (one, other)]
  whole = energy(jnp.concatenate([rest, one, rest, other, rest]))
  silence = energy(rest)
  np.testing.assert_allclose(whole, sum(parts) - silence, rtol=1e-4)


def test_biases_are_first_at_the_shares_of_pitches():
  model = CRbm.from_spec(
    MELODY._replace(fields={'pitch': Field((4,), 'int8', 3)}), hidden=2, width=3
  )
  rows, mask = model.read({'pitch': np.array([[0, 1, 1, 1], [0, 1, 2, 1]])})
  found = model.fit_biases({}, rows, mask)['visible_bias']
  shares = (np.array([2, 5, 1]) + 0.5) / (8 + 1.5)
  np.testing.assert_allclose(jax.nn.softmax(found), shares, rtol=1e-5)
