"""Two bars of a Celtic melody by a generative adversarial network.

System: GAN of perceptrons with the Wasserstein loss and a gradient penalty
Source: Goodfellow et al. 2014, section 3, https://arxiv.org/abs/1406.2661;
  gradient penalty: Gulrajani et al. 2017, section 4,
  https://arxiv.org/abs/1704.00028; Briot's course (Celtic melodies)
Family: melody
Command: python run.py --experiment=gan_celtic
Data: folk (music21: O'Neill's, Ryan's, Aird's), 2 bars of 4/4 in sixteenths
Parameters: 1,615,067
Headline: precision .830, coverage .755; independent steps .240, .205
Result: three seeds, 2,048 samples each: all distinct, none a training window in
  any key; precision .853, .800, .838, coverage .792, .697, .777 (k = 5; real
  test windows .887 / .907, independent steps .240 / .205); the worst bar
  statistic is 2.2 to 4.7 % off (independent steps 67 %)
Time: 7.2 min of training on one core

Bar statistics and the spread of the prior: docs/results/melody.md.
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

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'mode_collapse/precision',
  'mode_collapse/coverage',
  'bar_statistics/largest_deviation',
  'melody_statistics/all_four',
  'melody_statistics/copied',
]

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
