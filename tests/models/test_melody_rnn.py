"""The melody network: sizes by hand, its inputs, a given first note."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.parameters import program
from zoo.contracts import UserError
from zoo.encoders.melody import Melody
from zoo.encoders.notes import Notes
from zoo.layers.autoregression import write
from zoo.losses.likelihood import init_model
from zoo.models.melody_rnn import MelodyRnn
from zoo.samplers.autoregressive import autoregressive

B, T, K = 5, 32, 90
BAR = 16
MODEL = MelodyRnn(classes=K, steps_per_bar=BAR, hidden=(12, 8), metre=True)


@pytest.fixture(scope='module')
def params():
  batch = {'tokens': jnp.zeros((1, T), int)}
  found = init_model(MODEL, jax.random.key(0), batch)
  # Far from even: the likeliest token depends on the past.
  return jax.tree.map(lambda x: 4 * x, found['params'])


def logits_of(params, tokens):
  carry = MODEL.begin(len(tokens))
  given = MODEL.given(tokens, {})
  return program(MODEL)({'params': params}, tokens, given, carry)[0]


def test_parameters_by_hand(params):
  one = 4 * 12 * (2 * K + BAR + 12 + 1)
  two = 4 * 8 * (12 + 8 + 1)
  assert sum(x.size for x in jax.tree.leaves(params)) == one + two + 9 * K


def test_the_metric_position_and_the_active_note_are_read(params):
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
  logits = logits_of(forgetful, tokens)[0]

  def same(one, other):
    return jnp.abs(logits[one] - logits[other]).max() < 1e-5

  assert same(8, 8 + BAR) and not same(8, 9)  # another place in the bar
  assert not same(3, 3 + BAR) and not same(12, 12 + BAR)  # silence, a note


def test_the_likeliest_token_is_written_and_then_read(params):
  keys = jax.random.split(jax.random.key(0), B)
  known = jnp.array([3, 40, 40, 7, 60])[:, None]
  written = jax.jit(
    lambda keys: (
      write(MODEL, params, keys, known, steps=T - 1, temperature=(0.0,)).symbols
    )
  )(keys)
  read = logits_of(params, written).argmax(-1)
  np.testing.assert_array_equal(written[:, 1:], read[:, 1:])
  np.testing.assert_array_equal(written[:, :1], known)
  np.testing.assert_array_equal(written[1], written[2])


def test_the_same_first_note_gives_one_melody_and_drawing_many(params):
  spec = Melody().spec
  keys = jax.random.split(jax.random.key(0), 16)

  def melodies(**options):
    sampler = autoregressive(MODEL, spec, first=67, **options)
    made = np.asarray(sampler['sample'](params, {}, keys, {})['tokens'])
    assert (made[:, 0] == 2 + 67 - 21).all()
    return len(np.unique(made, axis=0))

  assert melodies(temperature=0.0) == 1
  assert melodies(temperature=1.0) == 16
  with pytest.raises(UserError, match='sample/first must be a MIDI pitch'):
    autoregressive(MODEL, spec, first=5)


def test_an_encoder_without_tokens_in_bars_is_refused():
  with pytest.raises(UserError, match="encoder 'notes' gives none"):
    MelodyRnn.from_spec(Notes().spec)
