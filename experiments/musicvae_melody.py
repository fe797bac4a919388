"""Two-bar melodies from a variational autoencoder, sized for two CPU cores.

System: MusicVAE, beat-wise form (ours)
Source: Roberts et al., ICML 2018, arXiv 1803.05428
Command: python run.py --experiment=musicvae_melody
Data: folk (music21: O'Neill's, Ryan's, Aird's), 2 bars, sixteenths

The beat-wise form stands between the paper's flat and hierarchical ones: the
encoder reads a beat a step and mu and sigma read all beats; one
autoregressive LSTM over sixteenths is conditioned on a beat-wise embedding of
z. The paper's flat form reaches far less in the same minutes
(musicvae_melody_small is that form, at its published size).
"""

CONFIG = {
  'dataset': {'name': 'folk'},
  'encoder': {'name': 'melody', 'bars': 2},
  'batches': {'name': 'windows', 'chunk': 25},
  'augmentation': [{'name': 'transpose', 'low': -5, 'high': 6}],
  'model': {
    'name': 'music_vae',
    'form': 'beatwise',
    'latent': 128,
    'encoder': [256],
    'decoder': [256],
  },
  'loss': {
    'name': 'elbo',
    'beta': 0.6,
    'anneal_steps': 2000,
    'word_dropout': 0.3,
  },
  'optimizer': {
    '.*': {
      'name': 'adam',
      'learning_rate': 3e-3,
      'warmup': 150,
      'final': 0.01,
      'b2': 0.99,
      'clip': 1.0,
    }
  },
  'steps': 6000,
  'batch': 64,
  'seed': 0,
  'sample': {'name': 'latent', 'count': 16, 'temperature': 0.0},
  'evaluate': [
    {'name': 'reconstruction'},
    {'name': 'nearest_window'},
    {
      'name': 'melody_statistics',
      'samples': {
        'normal': {'prior': 'normal', 'temperature': 0.0},
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
  'model/decoder': [8],
  'batches/chunk': 2,
  'steps': 4,
  'batch': 8,
  'loss/anneal_steps': 2,
  'sample/count': 2,
  'evaluate/1/count': 8,
  'evaluate/2/count': 64,
}
