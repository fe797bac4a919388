"""Models, one family a file."""

from zoo.models.gan import Gan, VectorGan
from zoo.models.music_vae import MusicVae
from zoo.models.rnn_nade import RnnNade
from zoo.models.stacked_autoencoder import stacked_autoencoder

MODELS = {
  'gan': Gan,
  'music_vae': MusicVae,
  'rnn_nade': RnnNade,
  'stacked_autoencoder': stacked_autoencoder,
  'vector_gan': VectorGan,
}
