"""The pitch of a note, from four representations of the same audio windows.

System: classifier of three layers on waveform, spectrogram, mel or MFCC
Source: Briot's course (representations of audio); McLeod & Wyvill 2005
Family: audio
Command: python run.py --experiment=pitch_from_audio
Data: notes from the zoo's synthesiser in five timbres, with noise; a sixth
  timbre for testing
Parameters: 169,893
Headline: .495 right in noise of 10 dB, new timbre; autocorrelation .454
Result: share of windows right, held-out timbre: 1.000, and .944 and .495 with
  noise as loud as the note and 10 dB louder (autocorrelation 1.000, .981,
  .454); held-out notes of known timbres 1.000, .867, .458 (1.000, .933, .375)
Time: 20 s of processor time

`--set encoder/name=waveform`, `mel` and `mfcc` are the other representations.
"""

CONFIG = {
  'dataset': {
    'name': 'audio_folder',
    'sounds': 'notes',
    'rate': 8000,
    'training_noise': [-60, 10],
  },
  'encoder': {
    'name': 'spectrogram',
    'window': 1024,
    'hop': 512,
    'labels': True,
  },
  'batches': {'name': 'windows', 'chunk': 50},
  'augmentation': [],
  'model': {
    'name': 'stacked_classifier',
    'widths': [256, 128],
    'tied': True,
    'activation': 'relu',
    'dropout': 0.2,
  },
  'loss': {'name': 'likelihood'},
  'optimizer': {
    # The decoding layers are not used here.
    r'layer_\d+/(kernel|bias)|classifier/.*': {
      'name': 'adam',
      'learning_rate': 1e-3,
      'final': 0.05,
    },
    '.*': None,
  },
  'steps': 1000,
  'batch': 128,
  'seed': 0,
  'sample': {'name': 'latent', 'count': 4},
  'evaluate': [{'name': 'pitch_accuracy'}],
}

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'pitch_accuracy/held_out_timbre',
  'pitch_accuracy/held_out_timbre_noise_10',
  'pitch_accuracy/held_out_notes',
]

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'dataset/rate': 4000,
  'dataset/renditions': 1,
  'dataset/lowest': 60,
  'dataset/highest': 71,
  'encoder/window': 256,
  'encoder/hop': 128,
  'model/widths': [8],
  'batches/chunk': 2,
  'steps': 4,
  'batch': 8,
  'sample/count': 2,
}
