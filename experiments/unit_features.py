"""x"""

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

# What a run says at its end, in this order.
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
