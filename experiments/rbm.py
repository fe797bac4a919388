"""Chorale chords, each independent, by a restricted Boltzmann machine.

System: restricted Boltzmann machine over frames, by contrastive divergence
Source: Smolensky 1986; Hinton 2002; a row of table 1 of Boulanger-Lewandowski
  et al., ICML 2012, https://arxiv.org/abs/1206.6392
Family: rolls
Command: python run.py --experiment=rbm
Data: music21's chorales, quarters; --set dataset/path=FILE takes any set of
  piano rolls
Parameters: 13,438
Headline: -7.482 nats a frame on JSB; note 1-gram -11.060
Result: JSB Chorales, official split, all test frames, three seeds: -7.482 +-
  .025 nats a frame by annealed importance sampling; note 1-gram -11.060, chord
  1-gram -12.226, Markov -10.469. Sample accuracy .105 (repeat .220)
Time: 90 s of training on one core, and 60 s of evaluation

--set loss/persistent=True trains by persistent chains (PCD). Weight decay and
the estimate's bias: docs/results/rolls.md.
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

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'energy_likelihood/log_likelihood',
  'energy_likelihood/accuracy',
]

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
