"""Chorales as chords: a recurrent network gives each frame's RBM its biases.

System: RNN-RBM
Source: Boulanger-Lewandowski et al., ICML 2012, arXiv 1206.6392
Command: python run.py --experiment=rnn_rbm
Data: music21's chorales, quarters; any set with --set dataset/path=FILE
Parameters: 313,182
Result: not measured yet
Time: not measured yet
"""

CONFIG = {
  'dataset': {'name': 'piano_rolls'},
  'encoder': {'name': 'piano_roll'},
  'batches': {'name': 'by_length', 'chunk': 26},
  'augmentation': [],
  'model': {
    'name': 'rnn_rbm',
    'hidden': 150,
    'recurrent': [200],
    'cell': 'lstm',
    'skip': True,
    'dropout': 0.4,
    'input_dropout': 0.2,
  },
  'loss': {
    'name': 'contrastive_divergence',
    'sweeps': 1,
    'last_sweeps': 25,
    'crop': 32,
  },
  'optimizer': {
    '.*': {
      'name': 'adam',
      'learning_rate': 2e-3,
      'warmup': 50,
      'final': 0.02,
      'b2': 0.99,
      'clip': 1.0,
      'average': 0.99,
    }
  },
  'select': {'metric': 'annealed_nats', 'every': 104},
  'steps': 4160,
  'batch': 16,
  'seed': 0,
  'sample': {'name': 'boltzmann', 'frames': 64, 'count': 8},
  'evaluate': [{'name': 'boltzmann_likelihood'}],
}

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'dataset/name': 'chorales',
  'dataset/last': 30,
  'model/hidden': 8,
  'model/recurrent': [8],
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
