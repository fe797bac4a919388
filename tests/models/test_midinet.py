"""MidiNet: sizes by hand, and what each form is conditioned on."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.parameters import drawn, program, shapes
from zoo.contracts import UserError
from zoo.encoders.lead_sheet import LeadSheet
from zoo.encoders.melody import Melody
from zoo.models.midinet import MidiNet

SPEC = LeadSheet().spec
KEYS = jax.random.split(jax.random.key(0), 2)
BATCH = {
  'tokens': np.zeros((2, 16), np.int8),
  'previous': np.full((2, 16), 9, np.int8),
  'chord': np.array([0, 12], np.int8),
}
SMALL = {'generator_layers': (8,), 'channels': 4, 'latent': 3}


def count(**options):
  model = MidiNet.from_spec(SPEC, **options)
  found = shapes(model.init, BATCH, KEYS)['params']
  return {
    player: sum(leaf.size for leaf in jax.tree.leaves(tree))
    for player, tree in found.items()
  }


def test_the_published_creative_form_has_the_published_sizes():
  # 43 classes in place of 128 pitches; 13 numbers of the chord, and 16 maps of
  # the bar before, enter every layer. A normalised layer has 2 more a channel.
  conditioner = (43 + 3 * 32) * 16 + 4 * (16 + 32)
  dense = 113 * 1024 + 3 * 1024 + (1024 + 13) * 256 + 3 * 256
  convolutions = 3 * ((128 + 13 + 16) * 256 + 256 + 2 * 128)
  output = (128 + 13 + 16) * 43 + 43
  # 8 frames of two steps to 14 channels, 3 of four to 77: 3 * 77 + 13 = 244,
  # as in the authors' code.
  critic = 2 * (43 + 13) * 14 + 14 + 4 * (14 + 13) * 77 + 3 * 77
  critic += 244 * 1024 + 3 * 1024 + 1024 + 13 + 1
  assert count() == {
    'generator': conditioner + dense + convolutions + output,
    'discriminator': critic,
  }


def test_the_stable_form_gives_the_chord_to_the_last_layer_alone():
  forms = {
    chord: count(chord=chord)['generator'] for chord in ('none', 'last', 'all')
  }
  assert forms['last'] - forms['none'] == 13 * 43
  # Two dense layers and three convolutions more.
  assert forms['all'] - forms['last'] == 13 * (1024 + 256 + 3 * 256)


def test_the_dense_critic_by_hand():
  found = count(critic='dense', critic_previous=True, critic_layers=(512, 512))
  flat = 16 * 32 + 16 * 3 + 13
  assert found['discriminator'] == (
    (86 * 32 + 32) + (flat * 512 + 512) + (512 * 512 + 512) + 513
  )


@pytest.mark.parametrize(
  'options, chord, previous',
  [
    ({'chord': 'none', 'previous': '2d'}, False, True),
    ({'chord': 'last', 'previous': 'none'}, True, False),
    ({'chord': 'all', 'previous': '1d'}, True, True),
  ],
)
def test_what_a_form_is_conditioned_on(options, chord, previous):
  model = MidiNet.from_spec(SPEC, batch_norm=False, **SMALL, **options)
  apply = program(model)
  params = drawn(model.init, BATCH, KEYS)
  z = model.prior(KEYS)

  def made(**changes):
    return apply(params, z, BATCH | changes, KEYS, method='generate')

  same = made()
  other_chord = made(chord=np.array([5, 7], np.int8))
  other_bar = made(previous=np.full((2, 16), 20, np.int8))
  assert bool(jnp.any(other_chord != same)) == chord
  assert bool(jnp.any(other_bar != same)) == previous


def test_a_triad_gives_the_third_of_a_minor_chord():
  triad = MidiNet.from_spec(SPEC, chord_view='triad', chord_scale=4.0)
  chord = jnp.array([0, 21, 24])
  found = triad.bind({})._chord({'chord': chord})
  assert np.flatnonzero(found[1]).tolist() == [0, 4, 9]
  assert found.max() == 4 and not found[2].any()
  root = MidiNet.from_spec(SPEC).bind({})._chord({'chord': chord})
  assert np.flatnonzero(root[1]).tolist() == [9, 12] and not root[2].any()


def test_the_tones_of_a_step():
  model = MidiNet.from_spec(SPEC)
  # Class 2 is MIDI pitch 48, a C.
  bars = jax.nn.one_hot(jnp.array([[2, 0, 6, 9, 3]]), 43)
  (tones,) = model._tones(bars, jnp.array([0]))
  expected = [[1, 0, 0], [0, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]]
  np.testing.assert_array_equal(tones, expected)


def test_errors():
  with pytest.raises(UserError, match='encoder/name=lead_sheet'):
    MidiNet.from_spec(Melody().spec)
  with pytest.raises(UserError, match='not a multiple of 8'):
    MidiNet.from_spec(LeadSheet(metre='3/4').spec)
  with pytest.raises(UserError, match='must be a multiple of 2'):
    MidiNet.from_spec(SPEC, generator_layers=(9,))
