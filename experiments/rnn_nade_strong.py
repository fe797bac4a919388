"""Chorales, told of voices, intervals and what was heard before.

System: RNN-NADE, voice by voice (ours)
Source: Boulanger-Lewandowski et al., ICML 2012, arXiv 1206.6392
Command: python run.py --experiment=rnn_nade_strong
Data: music21's chorales, quarters; any set with --set dataset/path=FILE
Parameters: 1,790,832
Result: JSB Chorales (dataset/path), official split, three seeds: test -4.051 +-
  .002 nats a frame (validation -4.054, training -2.874); the paper's best row
  -5.56 (recalled, unverified); chord 1-gram -12.226, note 1-gram -11.060,
  Markov -10.469. Frame accuracy .280 by drawing, .361 by the upward head's
  likelier of on and off (repeat .220). Music21's chorales, seed 0: -4.334
  (validation -4.504; chord 1-gram -10.871, note 1-gram -11.352, Markov
  -10.789), accuracy .222 and .301 (repeat .199)
Time: 4.2 and 4.9 min of training on a core of its own, 7.0 beside other work

Two heads draw a frame's notes from the lowest up and from the highest down; a
frame's probability is the mean of theirs (Uria et al. 2014). By one order alone
2,080 steps reach -4.212 +- .006 upward and, in two seeds, -4.149 and -4.156
downward; one network with both heads for as many steps -3.976. With 4,160 steps
two heads overfit from the middle on (validation -4.000 at best). Four heads are
rnn_nade_orders. Tried with the upward order: a head that learns ten times as
fast, -4.231; the mean of a frame's probabilities in five keys, -4.321, for the
keys of chorales are not alike; the head told how much was heard of each pitch
class so far, -4.292.
"""

CONFIG = {
  'dataset': {'name': 'piano_rolls'},
  'encoder': {'name': 'piano_roll'},
  'batches': {'name': 'by_length', 'chunk': 26},
  'augmentation': [
    {'name': 'transpose', 'low': -4, 'high': 4, 'probability': 0.5}
  ],
  'model': {
    'name': 'rnn_nade',
    'inputs': 'voices',
    'recurrent': [256],
    'hidden': 256,
    'voices': 4,
    'activation': 'relu',
    'skip': True,
    'reach': 12,
    'recall': True,
    'orders': ['u', 'd'],
    'dropout': 0.6,
    'input_dropout': 0.15,
    'head_dropout': 0.5,
  },
  'loss': {'name': 'likelihood', 'crop': 64},
  'optimizer': {
    '.*': {
      'name': 'adam',
      'learning_rate': 3e-3,
      'warmup': 50,
      'final': 0.02,
      'b2': 0.99,
      'weight_decay': 0.05,
      'clip': 1.0,
      'average': 0.99,
    }
  },
  'select': {'metric': 'nats', 'every': 52},
  'steps': 1560,
  'batch': 8,
  'seed': 0,
  'sample': {
    'name': 'autoregressive',
    'steps': 64,
    'primer': 32,
    'count': 8,
  },
  'evaluate': [{'name': 'likelihood'}],
}
