"""The pseudo-likelihood: by hand, and independent of the stretches."""

import math

import jax
import jax.numpy as jnp
import numpy as np

from zoo.encoders.voices import Voices
from zoo.losses.likelihood import judge, likelihood, tally
from zoo.models.deepbach import MARKS, DeepBach
from zoo.questions import Steps

SPEC = Voices(steps=0, padding=3, lowest=(60, 50), highest=(63, 52)).spec


def pieces(lengths=(13, 8), steps=16):
  rng = np.random.default_rng(0)
  count = len(lengths)
  return {
    'voices': rng.integers(0, 7, (count, steps, 2), np.int32),
    **{name: rng.integers(0, 2, (count, steps), np.int32) for name in MARKS},
    'length': np.array(lengths, np.int32),
  }


def test_tally_by_hand():
  # One voice, one example, cells: held and right, begun and right, begun and
  # wrong, not there.
  shares = [[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.5, 0.25, 0.25], [1.0, 0, 0]]
  logits = jnp.log(jnp.array(shares) + 1e-30)[None, :, None]
  true = jnp.array([0, 1, 2, 1])[None, :, None]
  mask = jnp.array([[True, True, True, False]])
  model = DeepBach((3,), (2, 2, 2), ('hold',), ((-1, 60, 61),), 3)
  counts = tally(judge(model, logits, Steps(true, {}, mask)))
  found = {k: float(v.squeeze()) for k, v in counts.items()}
  assert math.isclose(found['nats'], -math.log(0.7 * 0.6 * 0.25), rel_tol=1e-5)
  counted = ('right', 'events_right', 'events', 'steps')
  assert [found[name] for name in counted] == [2, 1, 2, 3]


def evaluated(cells):
  model = DeepBach.from_spec(SPEC, form='maxent', context=3)
  loss = likelihood(model, crop=cells)
  batch = pieces()
  params, state = loss.init(jax.random.key(0), batch, {})
  keys = jax.random.split(jax.random.key(1), 2)
  run = jax.jit(loss.loss, static_argnums=4)
  return run(params, state, batch, keys, False), run(
    params, state, batch, keys, True
  )


def test_a_piece_is_scored_alike_in_stretches_of_any_size():
  whole, trained = evaluated(5)
  other, _ = evaluated(3)
  for name, values in whole[1][1].items():
    np.testing.assert_allclose(values, other[1][1][name], rtol=1e-5)
  # The second piece has 5 cells: any stretch of 5 is the whole of it.
  np.testing.assert_allclose(
    trained[1][1]['loss'][1], whole[1][1]['loss'][1], rtol=1e-5
  )
  assert math.isclose(
    float(whole[0]), float(np.mean(whole[1][1]['loss'])), rel_tol=1e-6
  )
