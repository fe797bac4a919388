"""Chorales frame by frame: an LSTM gives each frame's RBM its biases.

System: RNN-RBM; an LSTM in place of the tanh layer, and the biases also receive
  the previous frame (ours)
Source: Boulanger-Lewandowski et al., ICML 2012, section 4,
  https://arxiv.org/abs/1206.6392
Family: rolls
Command: python run.py --experiment=rnn_rbm
Data: music21's chorales, quarters; --set dataset/path=FILE takes any set of
  piano rolls
Parameters: 313,182
Headline: -5.602 nats a frame on JSB; Markov -10.469; published -6.27
Result: JSB Chorales, official split, three seeds: test -5.602 +- .031 nats a
  frame by annealed importance sampling; Markov -10.469, chord 1-gram -12.226.
  Frame accuracy .250 (repeat .220). music21's chorales, seed 0: -5.514
Time: 5 to 17 min of training on a core shared with other work, and 2 min of
  evaluation

Estimates side by side and what was tried: docs/results/rolls.md.
"""

CONFIG = {
  'dataset': {'name': 'piano_rolls'},
  'encoder': {'name': 'piano_roll'},
  'batches': {'name': 'by_length', 'chunk': 26},
  'augmentation': [
    {'name': 'transpose', 'low': -3, 'high': 3, 'probability': 0.5}
  ],
  'model': {
    'name': 'rnn_rbm',
    'hidden': 150,
    'recurrent': [200],
    'cell': 'lstm',
    'skip': True,
    'dropout': 0.3,
    'input_dropout': 0.25,
  },
  'loss': {
    'name': 'contrastive_divergence',
    'sweeps': 1,
    'last_sweeps': 15,
    'crop': 32,
  },
  'optimizer': {
    '.*': {
      'name': 'adam',
      'learning_rate': 4e-3,
      'warmup': 50,
      'final': 0.02,
      'b2': 0.99,
      'weight_decay': 0.02,
      'clip': 1.0,
      'average': 0.99,
    }
  },
  'select': {'metric': 'annealed_nats', 'every': 104},
  'steps': 8320,
  'batch': 16,
  'seed': 0,
  'sample': {'name': 'gibbs', 'frames': 64, 'count': 8},
  'evaluate': [
    {'name': 'energy_likelihood', 'temperatures': 600, 'chains': 8},
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
