"""Folk melodies by a convolutional Boltzmann machine, and from a template.

System: C-RBM, categorical visible units, 9 steps wide, persistent chains
Source: Lattner, Grachten & Widmer 2016, https://arxiv.org/abs/1612.04742
Family: melody
Command: python run.py --experiment=c_rbm
Data: folk (music21: O'Neill's, Ryan's, Aird's), 16 bars of 4/4 in eighths
Parameters: 94,761
Headline: -1.981 nats a step; bigram -2.020
Result: seed 0, 192 test windows, by annealed importance sampling. From 20
  templates, errors of guided samples as a share of free ones': self-similarity
  .47, tonality .46, metre .39; .994 of them in the band of held-out energies;
  .106 of the notes are the template's, .075 an unrelated piece's
Time: 4.4 min of training on a shared core; evaluation with more sweeps 5.6 min

Constraints, their weights and the alternation: docs/results/melody.md.
"""

CONFIG = {
  'dataset': {'name': 'folk'},
  'encoder': {'name': 'melody_roll'},
  'batches': {'name': 'windows', 'chunk': 25},
  'augmentation': [],
  'model': {'name': 'c_rbm'},
  'loss': {
    'name': 'contrastive_divergence',
    'persistent': True,
    'temperatures': 0,
  },
  'optimizer': {
    '.*': {
      'name': 'adam',
      'learning_rate': 1e-2,
      'final': 0.02,
      'b1': 0.5,
      'weight_decay': 0.03,
      'average': 0.99,
    }
  },
  'steps': 4000,
  'batch': 16,
  'seed': 0,
  'sample': {'name': 'template', 'count': 8, 'at_once': 8},
  'evaluate': [
    {
      'name': 'energy_likelihood',
      'temperatures': 3000,
      'chains': 8,
      'check': False,
    },
    {'name': 'template_sampling'},
  ],
}

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'dataset/collections': ['airdsAirs'],
  'encoder/bars': 4,
  'encoder/min_notes': 4,
  'model/hidden': 8,
  'batches/chunk': 2,
  'steps': 4,
  'batch': 8,
  'sample/count': 2,
  'sample/anneal': 4,
  'sample/sweeps': 2,
  'sample/iterations': 3,
  'evaluate/0/temperatures': 10,
  'evaluate/1/templates': 2,
  'evaluate/1/count': 2,
}
