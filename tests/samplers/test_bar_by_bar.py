"""Consecutive bars: each is given the one before it and its own chord."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zoo.contracts import UserError
from zoo.encoders.lead_sheet import LeadSheet
from zoo.encoders.melody import Melody
from zoo.losses.nearest import nearest
from zoo.samplers.bar_by_bar import bar_by_bar
from zoo.samplers.drawing import draw
from zoo.samplers.generator import generator

SPEC = LeadSheet(progression=3).spec


class Counter:
  """Writes the number of the bar and its chord, and ignores z."""

  conditions = ('previous', 'chord')

  def prior(self, keys):
    return jax.vmap(lambda key: jax.random.normal(key, (2,)))(keys)

  def apply(self, variables, z, keys, temperature, batch, method):
    assert method == 'write'
    first = batch['previous'][:, 0] + 1
    bar = jnp.zeros((len(z), 16), jnp.int32).at[:, 0].set(first)
    return {'tokens': bar.at[:, 1].set(batch['chord'])}


class Highest(Counter):
  """Writes a pitch drawn by z; its discriminator prefers the highest."""

  def apply(self, variables, z, *rest, method):
    if method == 'real':
      return jax.nn.one_hot(z['tokens'], 43)
    if method == 'discriminate':
      return z[:, 0] @ jnp.arange(43.0), None
    pitch = (2 + 40 * jax.nn.sigmoid(z[:, 0])).astype(jnp.int32)
    return {'tokens': jnp.zeros((len(z), 16), jnp.int32).at[:, 0].set(pitch)}


def made(
  mode='sample', condition=None, count=2, by_row=False, model=None, **options
):
  return draw(
    bar_by_bar(model or Counter(), SPEC, **options),
    mode,
    {},
    {},
    seed=0,
    indices=range(count),
    condition=condition or {},
    by_row=by_row,
    at_once=4,
  )


def test_over_chords_that_are_named():
  found = made(chords='C Am', bars=3)
  bars = found['tokens'].reshape(2, 3, 16)
  assert bars[0, :, 0].tolist() == [1, 2, 3]
  assert bars[0, :, 1].tolist() == [0, 21, 0]
  assert found['progression'].tolist() == [[0, 21, 0]] * 2
  assert made(chords='C Am F G', bars=0)['tokens'].shape == (2, 64)


def test_over_progressions_of_the_training_set():
  rows = np.arange(24).reshape(8, 3)
  sampler = bar_by_bar(Counter(), SPEC)
  learned = sampler['fit']({}, {}, None, {'progression': rows})
  np.testing.assert_array_equal(learned['progressions'], rows)
  found = made(condition=learned, bars=4, count=40)['progression']
  assert {tuple(row) for row in found.tolist()} <= {
    (a, b, c, a) for a, b, c in rows.tolist()
  }
  assert len(np.unique(found, axis=0)) > 4


def test_each_row_over_chords_of_its_own():
  rows = np.array([[1, 2, 3], [4, 5, 6]])
  found = made(condition={'progression': rows}, by_row=True, bars=3)
  np.testing.assert_array_equal(found['progression'], rows)


def test_after_a_given_bar_and_over_a_lead_sheet():
  given = {
    'tokens': np.full((2, 16), 7, np.int8),
    'previous': np.zeros((2, 16), np.int8),
    'chord': np.array([3, 4], np.int8),
    'progression': np.array([[3, 4, 3], [4, 3, 4]], np.int8),
  }
  found = made('continue', given, bars=3)
  bars = found['tokens'].reshape(2, 4, 16)
  assert (bars[:, 0] == 7).all() and bars[0, :, 0].tolist() == [7, 8, 9, 10]
  assert found['progression'][0].tolist() == [4, 3, 4, 3]
  named = made('continue', given, bars=2, chords='C F')
  assert named['progression'][0].tolist() == [4, 0, 5]
  over = made('over', given)
  assert over['progression'].tolist() == [[3, 4]] * 2
  assert over['tokens'].reshape(2, 2, 16)[0, :, 0].tolist() == [1, 2]


def test_of_candidates_the_discriminator_chooses():
  def pitches(candidates, count=40):
    found = made(
      model=Highest(), candidates=candidates, count=count, bars=2, chords='C'
    )
    return found['tokens'].reshape(count, 2, 16)[..., 0]

  one, two, many = pitches(1), pitches(2), pitches(8)
  # The first candidate is the bar that is written without a choice.
  assert (two >= one).all() and (many >= two).all()
  # The second candidate is the better one half of the time. A pitch deviates
  # by 8; the largest of 2 lies .56 deviations up, of 8 1.42.
  assert 0.3 < (two > one).mean() < 0.7
  assert two.mean() > one.mean() + 2 and many.mean() > two.mean() + 3
  np.testing.assert_array_equal(pitches(8, 2), many[:2])


def test_errors():
  for options, message in (
    ({'chords': 'C X'}, "'X' is no chord"),
    ({'bars': -1}, 'sample/bars must be 0 to 4096'),
    ({'candidates': 0}, 'sample/candidates must be 1 to 64'),
    ({'spread': -1.0}, 'sample/spread must be 0 or more'),
    ({'temperature': -1.0}, 'sample/temperature must be 0 or more'),
  ):
    with pytest.raises(UserError, match=message):
      bar_by_bar(Counter(), SPEC, **options)
  with pytest.raises(UserError, match='take the sampler generator'):
    bar_by_bar(Counter(), Melody().spec)
  with pytest.raises(UserError, match='such as midinet'):
    bar_by_bar(object(), SPEC)


def test_what_gives_no_conditions_refuses_the_model():
  with pytest.raises(UserError, match='take the sampler bar_by_bar'):
    generator(Counter())
  with pytest.raises(UserError, match='take the loss adversarial'):
    nearest(Counter(), SPEC)
