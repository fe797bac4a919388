"""Which systems are compared in each family, and on what."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from zoo.encoders.drums import Drums
from zoo.encoders.melody import Melody
from zoo.encoders.piano_roll import PianoRoll

BARS = 2  # Of a window.


class System(NamedTuple):
  """One row of a table.

  Attributes:
    experiment: its name.
    settings: `path/to/key=value` overrides that set the family's corpus.
    pieces: how many are generated, enough for WINDOWS windows.
    given: what its likelihood is conditioned on; '' for nothing.
  """

  experiment: str
  settings: tuple[str, ...] = ()
  pieces: int = 512
  given: str = ''


class Family(NamedTuple):
  """Systems that make the same kind of music.

  Attributes:
    dataset: the corpus, as in an experiment.
    cut: (lenient) -> the encoder that cuts pieces into windows; a lenient one
      takes whatever a system generates.
    field: the encoder's field in which distances are measured.
    space: of evaluator `mode_collapse`.
    title: of the table.
    systems: {row: System}.
  """

  dataset: Mapping[str, Any]
  cut: Any
  field: str
  space: str
  title: str
  systems: Mapping[str, System]


def _melodies(lenient):
  if lenient:
    return Melody(
      bars=BARS,
      stride=BARS,
      min_notes=1,
      min_pitches=1,
      polyphony='highest',
      tolerance=0.5,
    )
  return Melody(bars=BARS)


def _chorales(lenient):
  del lenient
  return PianoRoll(
    steps=16 * BARS,
    stride=16,
    steps_per_quarter=4,
    lowest=36,
    highest=84,
    partial=False,
  )


def _drums(lenient):
  return Drums(bars=BARS, **({'min_hits': 1} if lenient else {}))


def _rolls(lenient):
  del lenient
  return PianoRoll(steps=4 * BARS, stride=4, partial=False)


_FOLK = ('dataset/name=folk', 'encoder/parts=all')
_TWO_BARS = ('encoder/bars=2', 'encoder/lowest=21', 'encoder/highest=108')
_ROLLS = (
  'dataset/name=chorales',
  'encoder/steps_per_quarter=2',
  'sample/count=8',
)
_PATTERNS = (
  'dataset/name=drum_patterns',
  'dataset/path=',
  'encoder/name=drums',
  'encoder/kit=general_midi',
  'augmentation=[]',
)
_SPLIT = ('split=[0.8, 0.1, 0.1]',)
_SOPRANO = 'soprano'
_REST = 'all other cells'


FAMILIES = {
  'melody': Family(
    {'name': 'folk'},
    _melodies,
    'tokens',
    'sounding',
    'Melodies: folk tunes, windows of 2 bars',
    {
      'musicvae_melody': System('musicvae_melody'),
      'vae_melody': System('vae_melody'),
      'vrae': System('vrae'),
      'rnn_autoencoder': System('rnn_autoencoder'),
      'autoencoder': System('autoencoder', (*_FOLK, *_TWO_BARS)),
      'gan_celtic': System('gan_celtic'),
      'imle_celtic': System('imle_celtic'),
      'rnn_melody': System('rnn_melody', (*_FOLK, *_TWO_BARS)),
      'note_rnn': System('note_rnn', ('dataset/major_in_c=False', *_TWO_BARS)),
      'anticipation_folk': System('anticipation_folk', _TWO_BARS),
      'folk_rnn': System('folk_rnn', _SPLIT, 128),
      'bachprop': System(
        'bachprop_gru', (*_SPLIT, 'dataset/name=folk', 'sample/steps=128'), 96
      ),
      'unit_selection': System('unit_selection', (), 64),
      'c_rbm': System('c_rbm', (), 64),
      'c_rnn_gan_folk': System('c_rnn_gan_folk', (), 128),
      'musicvae_melody_16bar': System('musicvae_melody_16bar', (), 64),
    },
  ),
  'chorales': Family(
    {'name': 'chorales'},
    _chorales,
    'roll',
    'symbols',
    'Chorales of Bach, windows of 2 bars of sixteenths',
    {
      'deepbach': System('deepbach', (), 24, _REST),
      'deepbach_mlp': System('deepbach_mlp', (), 24, _REST),
      'deepbach_maxent': System('deepbach_maxent', (), 24, _REST),
      'deepbach_relations': System('deepbach_relations', (), 24, _REST),
      'minibach': System('minibach', (), 192, _SOPRANO),
      'minibach_softmax': System('minibach_softmax', (), 192, _SOPRANO),
      'rnn_counterpoint': System('rnn_counterpoint', (), 192, _SOPRANO),
      'birnn_counterpoint': System('birnn_counterpoint', (), 192, _SOPRANO),
      'bachprop_gru': System('bachprop_gru', (*_SPLIT, 'sample/steps=200'), 64),
      'bachprop_lstm': System(
        'bachprop_lstm', (*_SPLIT, 'sample/steps=200'), 64
      ),
      'rnn_nade': System('rnn_nade', _ROLLS, 64),
      'rnn_rbm': System('rnn_rbm', _ROLLS, 64),
      'rbm': System('rbm', _ROLLS, 64),
      'c_rbm_chorales': System('c_rbm_chorales', (), 64),
    },
  ),
  'drums': Family(
    {'name': 'drum_patterns'},
    _drums,
    'tokens',
    'symbols',
    'Drum patterns, windows of 2 bars',
    {
      'musicvae_drums': System('musicvae_drums'),
      'musicvae_drums_barwise': System('musicvae_drums_barwise', _PATTERNS),
      'musicvae_drums_flat': System('musicvae_drums_flat', _PATTERNS),
      'vae_melody': System('vae_melody', _PATTERNS),
      'rnn_autoencoder': System('rnn_autoencoder', _PATTERNS),
      'autoencoder': System('autoencoder', (*_PATTERNS, 'encoder/bars=2')),
      'vrae': System('vrae', _PATTERNS),
    },
  ),
  'rolls': Family(
    {'name': 'piano_rolls'},
    _rolls,
    'roll',
    'symbols',
    'Piano rolls: JSB chorales in quarters, windows of 2 bars',
    {
      'rnn_nade': System('rnn_nade', (), 64),
      'rnn_nade_strong': System('rnn_nade_strong', (), 64),
      'rnn_nade_orders': System('rnn_nade_orders', (), 64),
      'rnn_rbm': System('rnn_rbm', (), 64),
      'rbm': System('rbm', (), 64),
    },
  ),
}
