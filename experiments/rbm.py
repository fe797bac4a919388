"""Chords of the chorales, each for itself, from a Boltzmann machine.

System: restricted Boltzmann machine over frames, by CD-k
Source: Smolensky 1986; Hinton 2002; as a row of the table of Boulanger-
  Lewandowski et al., ICML 2012, arXiv 1206.6392
Command: python run.py --experiment=rbm
Data: music21's chorales, quarters; any set with --set dataset/path=FILE
Parameters: 13,438
Result: not measured yet with these settings (the paper's RBM on JSB Chorales
  -7.43, its NADE -7.19, recalled, unverified)
Time: not measured yet

loss/persistent=True lets the chains go on from step to step (PCD). At a
learning rate of 3e-3 the machine learns too slowly: JSB Chorales, seed 0,
validation -9.370 nats a frame after 3,000 steps of CD-1 growing to 15, -9.408
by persistent chains of 5 sweeps (100 temperatures, so flattered).
"""

CONFIG = {
  'dataset': {'name': 'piano_rolls'},
  'encoder': {'name': 'piano_roll'},
  'batches': {'name': 'by_length', 'chunk': 20},
  'augmentation': [],
  'model': {'name': 'rbm', 'hidden': 150},
  'loss': {
    'name': 'contrastive_divergence',
    'sweeps': 1,
    'last_sweeps': 5,
    'crop': 32,
    'temperatures': 400,
  },
  'optimizer': {
    '.*': {
      'name': 'adam',
      'learning_rate': 1e-2,
      'final': 0.02,
      'b2': 0.99,
      'weight_decay': 0.03,
      'average': 0.99,
    }
  },
  'select': {'metric': 'annealed_nats', 'every': 1500},
  'steps': 12000,
  'batch': 16,
  'seed': 0,
  'sample': {'name': 'boltzmann', 'frames': 64, 'count': 8},
  'evaluate': [
    {'name': 'boltzmann_likelihood', 'temperatures': 4000, 'chains': 512},
  ],
}

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'dataset/name': 'chorales',
  'dataset/last': 30,
  'model/hidden': 8,
  'batches/chunk': 2,
  'loss/crop': 8,
  'loss/temperatures': 10,
  'select/every': 4,
  'steps': 4,
  'batch': 8,
  'sample/count': 2,
  'sample/frames': 8,
  'evaluate/0/temperatures': 10,
  'evaluate/0/chains': 2,
  'evaluate/0/checked': 16,
}
