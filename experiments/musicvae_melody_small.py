"""Two-bar melodies: the published flat MusicVAE, Magenta's cat-mel_2bar_small.

System: MusicVAE, flat, published size
Source: Roberts et al., ICML 2018, arXiv 1803.05428; magenta/models/music_vae
Command: python run.py --experiment=musicvae_melody_small
Data: folk (music21: O'Neill's, Ryan's, Aird's), 2 bars of 4/4, sixteenths
Parameters: 4,423,770 (Magenta's checkpoint has as many)
Result: not trained: needs an accelerator
Time: not measured; 50,000 steps of 512

Run so far: built, and a SMOKE-sized run of the same form from end to end.
Published for 2-bar melodies: .986 teacher-forced, .951 free-running (recalled,
unverified).

Sizes, losses and schedules are Magenta's. Ours differs in the corpus (folk
tunes for 1.5 million MIDI files, recalled, unverified) and in the learning
rate's path from 1e-3 to 1e-5, a cosine for an exponential decay.
"""

CONFIG = {
  'dataset': {'name': 'folk'},
  'encoder': {'name': 'melody', 'bars': 2},
  'batches': {'name': 'windows', 'chunk': 25},
  'augmentation': [{'name': 'transpose', 'low': -5, 'high': 5}],
  'model': {
    'name': 'music_vae',
    'form': 'flat',
    'latent': 256,
    'encoder': [512],
    'decoder': [256, 256],
  },
  'loss': {
    'name': 'elbo',
    'beta': 0.2,
    'anneal_rate': 0.99999,
    'scheduled_sampling': 'inverse_sigmoid',
    'sampling_rate': 1000.0,
  },
  'optimizer': {
    '.*': {'name': 'adam', 'learning_rate': 1e-3, 'final': 0.01, 'clip': 1.0}
  },
  'steps': 50000,
  'batch': 512,
  'seed': 0,
  'sample': {'name': 'latent', 'count': 16, 'temperature': 0.5},
  'evaluate': [
    {'name': 'reconstruction'},
    {'name': 'nearest_window'},
    {
      'name': 'melody_statistics',
      'samples': {
        'normal': {'prior': 'model', 'temperature': 0.0},
        'mixture': {'prior': 'mixture', 'temperature': 0.0},
      },
    },
  ],
}

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'dataset/collections': ['airdsAirs'],
  'model/latent': 8,
  'model/encoder': [8],
  'model/decoder': [8, 8],
  'batches/chunk': 2,
  'steps': 4,
  'batch': 8,
  'sample/count': 2,
  'evaluate/1/count': 8,
  'evaluate/2/count': 64,
}
