"""Two-bar melodies in a plane: a variational recurrent autoencoder.

System: VRAE, 90-256-2-256-90, vanilla RNNs
Source: Fabius & van Amersfoort 2014, https://arxiv.org/abs/1412.6581
Family: melody
Command: python run.py --experiment=vrae
Data: folk (music21: O'Neill's, Ryan's, Aird's), 2 bars of 4/4 in sixteenths
Parameters: 202,590
Headline: .625 of steps right at 2.8 bits; always hold .601
Result: .625 of the steps and .088 of the onsets of test windows come back from
  two numbers (the mean window .618 and .076; two principal components .631 and
  .087); its likeliest melodies repeat one pitch: .000 resemble the corpus
Time: 15 min of training on a quarter of a core

The decoder reads its own probabilities, never the true symbols. --mode=map
draws and plays the plane.
"""

CONFIG = {
  'dataset': {'name': 'folk'},
  'encoder': {'name': 'melody', 'bars': 2},
  'batches': {'name': 'windows', 'chunk': 25},
  'augmentation': [],
  'model': {'name': 'vrae', 'latent': 2, 'hidden': 256},
  # The paper weights the divergence by .01 and averages over 32 steps.
  'loss': {'name': 'elbo', 'beta': 0.32, 'anneal_steps': 1000},
  'optimizer': {
    '.*': {
      'name': 'adam',
      'learning_rate': 2e-3,
      'warmup': 150,
      'final': 0.01,
      'clip': 1.0,
    }
  },
  'steps': 4000,
  'batch': 64,
  'seed': 0,
  'sample': {'name': 'latent', 'count': 16},
  'evaluate': [
    {'name': 'reconstruction'},
    {'name': 'melody_statistics'},
  ],
}

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'dataset/collections': ['airdsAirs'],
  'model/hidden': 8,
  'batches/chunk': 2,
  'steps': 4,
  'batch': 8,
  'loss/anneal_steps': 2,
  'sample/count': 2,
  'sample/components': 8,
  'evaluate/1/count': 8,
}
