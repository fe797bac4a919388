"""Widths and shares out of range: refused by every model, in one sentence."""

import jax.numpy as jnp
import pytest

from tests.models.rolls import rolls
from zoo.contracts import Field, Spec, UserError
from zoo.encoders.melody import Melody
from zoo.encoders.notes import Notes
from zoo.encoders.voices import Voices
from zoo.models.bachprop import BachProp
from zoo.models.chord_from_melody import ChordFromMelody
from zoo.models.counterpoint import Counterpoint
from zoo.models.deepbach import DeepBach
from zoo.models.gan import Gan, VectorGan
from zoo.models.melody_rnn import MelodyRnn
from zoo.models.music_vae import MusicVae
from zoo.models.rbm import Rbm
from zoo.models.rnn_nade import RnnNade
from zoo.models.rnn_rbm import RnnRbm
from zoo.models.sizes import check_widths
from zoo.models.stacked_autoencoder import StackedAutoencoder

WINDOWS = Voices(steps=8).spec
PIECES = Voices(steps=0, padding=2).spec
IMAGES = Spec(
  'toy', {}, {'image': Field((6,), 'uint8', kind='grey')}, {}, 0.0, {}, {}
)
TOKENS = jnp.zeros((1, 8), int)


def beatwise(**options):
  return MusicVae(5, 8, 4, 0, 0, form='beatwise', **options)


# As an experiment is told that it cannot be built: by what builds a model, or
# when its parameters are drawn.
BEGIN = {
  'bachprop': lambda **options: BachProp.from_spec(Notes().spec, **options),
  'chord_from_melody': lambda **options: ChordFromMelody.from_spec(
    WINDOWS, **options
  ),
  'counterpoint': lambda **options: Counterpoint.from_spec(WINDOWS, **options),
  'deepbach': lambda **options: DeepBach.from_spec(
    PIECES, context=2, **options
  ),
  'gan': lambda **options: Gan(5, 8, **options),
  'melody_rnn': lambda **options: MelodyRnn.from_spec(Melody().spec, **options),
  'music_vae': beatwise,
  'rbm': lambda **options: Rbm.from_spec(rolls(), **options),
  'rnn_nade': lambda **options: RnnNade.from_spec(rolls(), **options),
  'rnn_rbm': lambda **options: RnnRbm.from_spec(rolls(), **options),
  'stacked_autoencoder': lambda **options: StackedAutoencoder.from_spec(
    IMAGES, **options
  ),
  'vector_gan': lambda **options: VectorGan(2, **options),
}
# Of the lists, the fewest layers that they may have.
WIDTHS = {
  'bachprop': {'head_hidden': None, 'hidden': 3},
  'chord_from_melody': {'hidden': 0},
  'counterpoint': {'hidden': 0},
  'deepbach': {'hidden': None, 'recurrent': 1},
  'gan': {
    'latent': None,
    'embedding': None,
    'generator_layers': 0,
    'discriminator_layers': 0,
  },
  'melody_rnn': {'hidden': 1},
  'music_vae': {
    'latent': None,
    'beat_embedding': None,
    'encoder': 1,
    'decoder': 1,
  },
  'rbm': {'hidden': None},
  'rnn_nade': {'hidden': None, 'recurrent': 1},
  'rnn_rbm': {'hidden': None, 'recurrent': 1},
  'stacked_autoencoder': {'widths': 1},
  'vector_gan': {
    'latent': None,
    'generator_layers': 0,
    'discriminator_layers': 0,
  },
}
SHARES = {
  'bachprop': ('dropout', 'input_dropout'),
  'counterpoint': ('dropout',),
  'deepbach': ('dropout',),
  'melody_rnn': ('dropout',),
  'music_vae': ('dropout',),
  'rnn_nade': ('dropout', 'input_dropout', 'head_dropout'),
  'rnn_rbm': ('dropout', 'input_dropout'),
  'stacked_autoencoder': ('dropout',),
}


@pytest.mark.parametrize(
  ('model', 'option', 'least'),
  [(m, o, least) for m, all in WIDTHS.items() for o, least in all.items()],
)
def test_a_width_below_one_is_refused(model, option, least):
  begin = BEGIN[model]
  for width in (0, -3):
    given = width if least is None else (4,) * max(least - 1, 0) + (width,)
    with pytest.raises(UserError, match=f'model/{option} is .* at least 1'):
      begin(**{option: given})
  if least:
    with pytest.raises(UserError, match=f'model/{option} is .* least {least}'):
      begin(**{option: (4,) * (least - 1)})
  elif least == 0:
    begin(**{option: ()})  # a network without hidden layers


@pytest.mark.parametrize(
  ('model', 'option'), [(m, o) for m, all in SHARES.items() for o in all]
)
def test_a_share_that_leaves_nothing_is_refused(model, option):
  for share in (-3.0, 1.0, 5.0, float('nan')):
    with pytest.raises(UserError, match=f'model/{option} is {share}: a share'):
      BEGIN[model](**{option: share})


def test_sizes_that_are_not_read_are_not_judged():
  BEGIN['deepbach'](form='maxent', hidden=0, recurrent=())
  BEGIN['deepbach'](recurrent=(), embedding=3)  # reads the nearest steps
  BEGIN['counterpoint'](features=0)
  MusicVae(5, 8, 4, 0, 0, beat_embedding=0)
  for model, options, message in (
    ('deepbach', {'embedding': -1}, 'model/embedding is -1: it must be'),
    ('rnn_nade', {'voices': -1}, 'model/voices is -1: it must be'),
    ('counterpoint', {'features': 0, 'view': 'embedding'}, 'model/features is'),
  ):
    with pytest.raises(UserError, match=message):
      BEGIN[model](**options)


def test_the_message_names_what_was_given():
  with pytest.raises(UserError) as error:
    check_widths(latent=2, hidden=(4, 0))
  assert str(error.value) == (
    'model/hidden is [4, 0]: a width must be at least 1.'
  )
