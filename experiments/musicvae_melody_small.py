"""Two-bar melodies by the published flat MusicVAE, cat-mel_2bar_small.

System: MusicVAE, flat, published size
Source: Roberts et al., ICML 2018, section 3,
  https://arxiv.org/abs/1803.05428; magenta/models/music_vae
Family: melody
Command: python run.py --experiment=musicvae_melody_small
Data: folk (music21: O'Neill's, Ryan's, Aird's), 2 bars of 4/4 in sixteenths
Parameters: 4,423,770 (Magenta's checkpoint has as many)
Headline: not trained: needs an accelerator; 200 steps run on a CPU
Result: 200 steps of 64 windows, to show that it runs: 12.8 of 32 steps of a
  validation window wrong, teacher-forced, at 372 bits, about as many as by
  always holding
Time: 6.0 min of one core for these; 50,000 steps of 512 windows are meant

Differences from Magenta and published figures: docs/results/melody.md.
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

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'reconstruction/accuracy',
  'reconstruction/onset_accuracy',
  'reconstruction/exact_match',
  'reconstruction/kl_bits',
  'nearest_window/accuracy',
  'melody_statistics/all_four',
  'melody_statistics/copied',
]

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
