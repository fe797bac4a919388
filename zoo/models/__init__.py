"""Models, one file for each family."""

from zoo.models.anticipation_rnn import AnticipationRnn
from zoo.models.bachprop import BachProp
from zoo.models.c_rbm import CRbm
from zoo.models.c_rnn_gan import CRnnGan
from zoo.models.chord_from_melody import ChordFromMelody
from zoo.models.counterpoint import Counterpoint
from zoo.models.deepbach import DeepBach
from zoo.models.folk_rnn import FolkRnn
from zoo.models.gan import Gan, VectorGan
from zoo.models.melody_rnn import MelodyRnn
from zoo.models.midinet import MidiNet
from zoo.models.music_vae import MusicVae
from zoo.models.music_vae_trio import MusicVaeTrio
from zoo.models.rbm import Rbm
from zoo.models.rnn_autoencoder import RnnAutoencoder
from zoo.models.rnn_nade import RnnNade
from zoo.models.rnn_rbm import RnnRbm
from zoo.models.sparse_autoencoder import SparseAutoencoder
from zoo.models.stacked_autoencoder import StackedAutoencoder
from zoo.models.stacked_classifier import StackedClassifier
from zoo.models.unit_selection import UnitSelection
from zoo.models.vae import Vae
from zoo.models.vrae import Vrae

MODELS = {
  'anticipation_rnn': AnticipationRnn,
  'bachprop': BachProp,
  'c_rbm': CRbm,
  'c_rnn_gan': CRnnGan,
  'chord_from_melody': ChordFromMelody,
  'counterpoint': Counterpoint,
  'deepbach': DeepBach,
  'folk_rnn': FolkRnn,
  'gan': Gan,
  'melody_rnn': MelodyRnn,
  'midinet': MidiNet,
  'music_vae': MusicVae,
  'music_vae_trio': MusicVaeTrio,
  'rbm': Rbm,
  'rnn_autoencoder': RnnAutoencoder,
  'rnn_nade': RnnNade,
  'rnn_rbm': RnnRbm,
  'sparse_autoencoder': SparseAutoencoder,
  'stacked_autoencoder': StackedAutoencoder,
  'stacked_classifier': StackedClassifier,
  'unit_selection': UnitSelection,
  'vae': Vae,
  'vector_gan': VectorGan,
  'vrae': Vrae,
}
