"""Bars of melody as bags of features, through a code of 64 numbers.

System: stacked autoencoder of units, trained layer by layer, then as a whole
Source: Bretan, Weinberg & Heck 2016, https://arxiv.org/abs/1612.03789
Family: melody
Command: python run.py --experiment=unit_features
Data: folk (music21: O'Neill's, Ryan's, Aird's), bars of 4/4 in sixteenths
Parameters: 323,189
Headline: 1.46 of 565 features wrong; 64 principal components 3.50
Result: seed 0, 3,030 bars of unseen tunes: 1.46 features wrong, F1 .978 (as
  many principal components 3.50 and .944, no feature 32.9); training 1.27
Time: 70 s of training on one core

A bag becomes music by the nearest bar of the training set. More:
docs/results/melody.md.
"""

CONFIG = {
  'dataset': {'name': 'folk'},
  'encoder': {'name': 'unit_bags'},
  'batches': {'name': 'windows', 'chunk': 50},
  'augmentation': [],
  'model': {'name': 'stacked_autoencoder', 'widths': [256, 64]},
  'stages': [
    {
      'loss': {'name': 'layerwise', 'layer': layer, 'corruption': 0.1},
      'optimizer': {
        f'layer_{layer}/.*': {'name': 'adam', 'learning_rate': 3e-3},
        '.*': None,
      },
      'steps': 1000,
    }
    for layer in range(2)
  ]
  + [
    {
      'loss': {'name': 'elbo', 'corruption': 0.1},
      'optimizer': {
        '.*': {'name': 'adam', 'learning_rate': 2e-3, 'final': 0.02}
      },
      'steps': 3000,
    }
  ],
  'batch': 128,
  'seed': 0,
  'sample': {'name': 'latent', 'count': 16},
  'evaluate': [{'name': 'reconstruction'}],
}

# Metrics that a run prints at its end, in this order.
HEADLINE = ['reconstruction/mistakes', 'reconstruction/f1']

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'dataset/collections': ['airdsAirs'],
  'encoder/library': 64,
  'model/widths': [8, 4],
  'batches/chunk': 2,
  'stages/0/steps': 2,
  'stages/1/steps': 2,
  'stages/2/steps': 2,
  'batch': 8,
  'sample/count': 2,
}
