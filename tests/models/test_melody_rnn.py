"""The melody network: sizes by hand, causality, what the first note decides."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.parameters import program
from zoo.contracts import UserError
from zoo.encoders.melody import Melody
from zoo.models.melody_rnn import MelodyRnn
from zoo.samplers.iterate import iterate

B, T, K = 5, 32, 90
BAR = 16
MODEL = MelodyRnn(classes=K, steps_per_bar=BAR, hidden=(12, 8), context=True)


@pytest.fixture(scope='module')
def params():
  found = jax.jit(MODEL.init)(jax.random.key(0), jnp.zeros((1, T), int))
  # Far from even chances, so that the likeliest token depends on the past.
  return jax.tree.map(lambda x: 4 * x, found['params'])


def tokens():
  return jnp.asarray(np.random.default_rng(0).integers(0, K, (B, T)))


def test_parameters_by_hand(params):
  one = 4 * 12 * (2 * K + BAR + 12 + 1)
  two = 4 * 8 * (12 + 8 + 1)
  assert sum(x.size for x in jax.tree.leaves(params)) == one + two + 9 * K


def test_a_step_knows_only_those_before(params):
  before = program(MODEL)({'params': params}, tokens())
  changed = tokens().at[:, 7].set((tokens()[:, 7] + 1) % K)
  moved = before != program(MODEL)({'params': params}, changed)
  assert not moved[:, :8].any()
  assert moved[:, 8].any(-1).all()


def test_the_bar_and_what_sounds_are_read(params):
  """All is forgotten at once: what differs is what is read."""
  forgetful = {**params, 'stack': {}}
  for name, layer in params['stack'].items():
    cells = layer['bias'].size // 4
    forgetful['stack'][name] = {
      **layer,
      'recurrent_kernel': 0 * layer['recurrent_kernel'],
      'bias': layer['bias'].at[cells : 2 * cells].set(-1e9),
    }
  # Silence, a note, held over the bar line, and a note-off.
  tokens = jnp.zeros((B, T), int).at[:, 4].set(40).at[:, 25].set(1)
  logits = program(MODEL)({'params': forgetful}, tokens)[0]

  def same(one, other):
    return jnp.abs(logits[one] - logits[other]).max() < 1e-5

  assert same(8, 8 + BAR) and not same(8, 9)  # another place in the bar
  assert not same(3, 3 + BAR) and not same(12, 12 + BAR)  # silence, a note


def test_writing_is_reading_ones_own_tokens(params):
  first = jnp.array([3, 40, 40, -1, 60])
  written = program(MODEL)(
    {'params': params},
    jnp.zeros((B, T)),
    first,
    temperature=0.0,
    method='generate',
  )
  read = program(MODEL)({'params': params}, written).argmax(-1)
  np.testing.assert_array_equal(written[:, 1:], read[:, 1:])
  np.testing.assert_array_equal(written[:3, 0], first[:3])
  assert written[3, 0] == read[3, 0]
  np.testing.assert_array_equal(written[1], written[2])


def test_the_same_first_note_gives_one_melody_and_drawing_many(params):
  spec = Melody().spec
  keys = jax.random.split(jax.random.key(0), 16)

  def melodies(**options):
    sampler = iterate(MODEL, spec, first=67, **options)
    made = np.asarray(sampler['sample'](params, {}, keys, {})['tokens'])
    assert (made[:, 0] == 2 + 67 - 21).all()
    return len(np.unique(made, axis=0))

  assert melodies(temperature=0.0) == 1
  assert melodies(temperature=1.0) == 16
  with pytest.raises(UserError, match='sample/first must be a MIDI pitch'):
    iterate(MODEL, spec, first=5)
