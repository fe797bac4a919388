"""Samples with the form of a template, by a small RBM."""

import jax
import numpy as np
import pytest

from tests.models.rolls import rolls
from tests.parameters import drawn
from zoo.contracts import Field, Spec, UserError
from zoo.models.c_rbm import CRbm
from zoo.samplers.template import template

SIZES = {'steps': 16, 'steps_per_bar': 4}
MELODY = Spec(
  'melody_roll',
  {},
  {'pitch': Field((16,), 'int8', 6)},
  SIZES,
  0.5,
  {'pitches': [-1, 60, 62, 64, 65, 67]},
  {},
)
ROLLS = rolls(16, 5)._replace(
  sizes=SIZES, tables={'pitches': [60, 62, 64, 65, 67]}
)
PIECE = np.tile([1, 1, 3, 5, 4, 2, 0, 0], 2)
FAST = {'anneal': 8, 'sweeps': 4, 'iterations': 60}
KEYS = jax.random.split(jax.random.key(0), 4)


def make(spec, condition, keys=KEYS, **options):
  model = CRbm.from_spec(spec, hidden=3, width=3)
  params = drawn(model.init, np.zeros((1, 1, model.visible)), scale=0.3)
  mode = template(model, spec, **FAST | options)['template']
  mode.check(condition)
  program = jax.jit(mode.function)
  return mode, jax.tree.map(
    np.asarray, program(params['params'], {}, keys, condition)
  )


@pytest.mark.parametrize('guide', ['gradient', 'alternation'])
def test_errors_fall_under_the_gradient_and_every_step_has_one_pitch(guide):
  given = {'pitch': PIECE[None]}
  mode, made = make(MELODY, given, guide=guide)
  assert made['pitch'].shape == (4, 16)
  assert ((made['pitch'] >= 0) & (made['pitch'] < 6)).all()
  weights = np.array([2, 0.3, 1])
  before, after = (
    (weights * made[name] / made['free_errors']).sum()
    for name in ('free_errors', 'errors')
  )
  if guide == 'gradient':  # Turns may lose in a sweep what they have won.
    assert after < 0.8 * before
  assert 'self-similarity' in mode.report(given, made)[0]
  matrices, curves = mode.drawings(given, made)
  assert matrices.panels['template'].shape == (13, 13)
  np.testing.assert_allclose(np.diag(matrices.panels['template']), 1, atol=1e-4)
  assert len(curves.panels) == 3


def test_a_longer_template_gives_longer_rolls_and_samples_are_their_keys():
  roll = np.eye(6, dtype=np.uint8)[PIECE][:, 1:]
  given = {'roll': np.stack([roll, roll]), 'length': np.array([16, 16])}
  _, made = make(ROLLS, given)
  assert made['roll'].shape == (4, 32, 5)
  assert (made['length'] == 32).all()
  _, alone = make(ROLLS, given, KEYS[2:3])
  np.testing.assert_array_equal(alone['roll'][0], made['roll'][2])


def test_errors():
  model = CRbm.from_spec(MELODY, hidden=3, width=3)
  for wrong in ({'share': 0.0}, {'metre': -1.0}, {'iterations': 0}):
    with pytest.raises(UserError, match=f'sample/{next(iter(wrong))}'):
      template(model, MELODY, **wrong)
  modes = template(model, MELODY)
  with pytest.raises(UserError, match='at most 1024'):
    modes['template'].check({'pitch': np.zeros((65, 16), int)})
