"""Two-bar melodies from a variational autoencoder of dense layers.

System: VAE, 2880-512-128-512-2880
Source: Kingma & Welling 2014, https://arxiv.org/abs/1312.6114
Family: melody
Command: python run.py --experiment=vae_melody
Data: folk (music21: O'Neill's, Ryan's, Aird's), 2 bars of 4/4 in sixteenths
Parameters: 3,149,888
Headline: .953 of the steps reconstructed; 128 components .927
Result: 3,031 test windows: steps .953, onsets .903, whole windows .430 at 38.6
  bits (musicvae_melody .951 / .884 / .474, always hold .601 / 0 / 0). Samples
  like the corpus: .399 from N(0, 1), .771 from a mixture (real .726)
Time: 2.2 min of one core with the evaluation

All steps are predicted at once, independently: what musicvae_melody's LSTM is
compared with.
"""

CONFIG = {
  'dataset': {'name': 'folk'},
  'encoder': {'name': 'melody', 'bars': 2},
  'batches': {'name': 'windows', 'chunk': 25},
  'augmentation': [{'name': 'transpose', 'low': -5, 'high': 6}],
  'model': {
    'name': 'vae',
    'latent': 128,
    'widths': [512],
    'activation': 'relu',
  },
  'loss': {'name': 'elbo', 'beta': 0.6, 'anneal_steps': 2000},
  'optimizer': {
    '.*': {
      'name': 'adam',
      'learning_rate': 2e-3,
      'warmup': 150,
      'final': 0.01,
      'clip': 1.0,
    }
  },
  'steps': 3000,
  'batch': 64,
  'seed': 0,
  'sample': {'name': 'latent', 'count': 16},
  'evaluate': [
    {'name': 'reconstruction'},
    {
      'name': 'melody_statistics',
      'samples': {
        'normal': {'prior': 'model'},
        'mixture': {'prior': 'mixture'},
      },
    },
  ],
}

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'dataset/collections': ['airdsAirs'],
  'model/latent': 8,
  'model/widths': [8],
  'batches/chunk': 2,
  'steps': 4,
  'batch': 8,
  'loss/anneal_steps': 2,
  'sample/count': 2,
  'sample/components': 8,
  'evaluate/1/count': 8,
}
