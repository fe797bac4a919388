"""Models, one family a file."""

from zoo.models.bachprop import BachProp
from zoo.models.chord_from_melody import chord_from_melody
from zoo.models.counterpoint import counterpoint
from zoo.models.deepbach import deepbach
from zoo.models.gan import Gan, VectorGan
from zoo.models.melody_rnn import MelodyRnn
from zoo.models.music_vae import MusicVae
from zoo.models.rbm import rbm
from zoo.models.rnn_nade import RnnNade
from zoo.models.rnn_rbm import rnn_rbm
from zoo.models.stacked_autoencoder import stacked_autoencoder

MODELS = {
  'bachprop': BachProp,
  'chord_from_melody': chord_from_melody,
  'counterpoint': counterpoint,
  'deepbach': deepbach,
  'gan': Gan,
  'melody_rnn': MelodyRnn,
  'music_vae': MusicVae,
  'rbm': rbm,
  'rnn_rbm': rnn_rbm,
  'rnn_nade': RnnNade,
  'stacked_autoencoder': stacked_autoencoder,
  'vector_gan': VectorGan,
}
