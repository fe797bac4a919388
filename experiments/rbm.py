"""Chords of the chorales, each for itself, from a Boltzmann machine.

System: restricted Boltzmann machine over frames, by CD-k
Source: Smolensky 1986; Hinton 2002; as a row of the table of Boulanger-
  Lewandowski et al., ICML 2012, arXiv 1206.6392
Command: python run.py --experiment=rbm
Data: music21's chorales, quarters; any set with --set dataset/path=FILE
Parameters: 13,438
Result: JSB Chorales (dataset/path), official split, three seeds, all test
  frames: -7.482 +- .025 nats by annealed importance sampling (4,000
  temperatures of 512 chains; on 512 frames four times as many move it by .025
  at most, walking back differs by .06 at most); the paper's RBM -7.43, its NADE
  -7.19 (recalled, unverified); note 1-gram -11.060, chord 1-gram -12.226, and
  Markov, which hears the frame before, -10.469. Accuracy of its samples .105:
  it hears nothing of the frame before (repeat .220)
Time: 90 s of training on one core, and 60 s of evaluation

The weight decay is what keeps chains moving, and the estimate honest. With .01
the test set costs 7.44 and 7.45 nats, but walking back says 7.53 and 7.56; with
.1 all agree, on 7.74 to 7.80, with .4 on 9.2. At a learning rate of 5e-2 and
3,000 steps chains freeze, and 400 temperatures promise 5.87. Validation, by 400
temperatures, flatters too (6.7): it chooses the last step in any case.
loss/persistent=True lets the chains go on from step to step (PCD).
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
  'sample': {'name': 'gibbs', 'frames': 64, 'count': 8},
  'evaluate': [
    {'name': 'energy_likelihood', 'temperatures': 4000, 'chains': 512},
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
