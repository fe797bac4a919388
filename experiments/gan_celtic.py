"""Two bars of a Celtic melody from noise, by two players.

System: generative adversarial network of perceptrons
Source: Goodfellow et al. 2014, arXiv 1406.2661; the course's Celtic melodies;
  gradient penalty: Gulrajani et al. 2017, arXiv 1704.00028
Command: python run.py --experiment=gan_celtic
Data: folk (music21: O'Neill's, Ryan's, Aird's), 2 bars of 4/4, sixteenths
Parameters: 1,615,067
Result: not measured yet
Time: not measured yet
"""

CONFIG = {
  'dataset': {'name': 'folk'},
  'encoder': {'name': 'melody', 'bars': 2},
  'batches': {'name': 'windows', 'chunk': 25},
  'augmentation': [],
  'model': {'name': 'gan'},
  'loss': {'name': 'adversarial', 'kind': 'wasserstein', 'penalty': 'between'},
  'optimizer': {
    '.*': {
      'name': 'adam',
      'learning_rate': 5e-4,
      'final': 0.02,
      'b1': 0.5,
      'b2': 0.9,
    }
  },
  'steps': 6000,
  'batch': 128,
  'seed': 0,
  'sample': {'name': 'generator', 'spread': 0.4, 'count': 16},
  'evaluate': [
    {'name': 'mode_collapse', 'same_z': {'same': 'z'}},
    {'name': 'bar_statistics'},
    {'name': 'melody_statistics'},
  ],
}

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'dataset/collections': ['airdsAirs'],
  'model/generator_layers': [8],
  'model/discriminator_layers': [8],
  'batches/chunk': 2,
  'steps': 4,
  'batch': 8,
  'sample/count': 2,
  'evaluate/0/count': 64,
  'evaluate/1/count': 64,
  'evaluate/2/count': 64,
}
