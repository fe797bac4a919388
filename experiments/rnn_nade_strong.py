"""Chorales, told of voices, intervals and what was heard before.

System: RNN-NADE, voice by voice (ours)
Source: Boulanger-Lewandowski et al., ICML 2012, arXiv 1206.6392
Command: python run.py --experiment=rnn_nade_strong
Data: music21's chorales, quarters; any set with --set dataset/path=FILE
Parameters: 1,309,624
Result: JSB Chorales (dataset/path), official split, three seeds: test -4.212 +-
  .006 nats a frame (validation -4.229, training -2.757); the paper's best row
  -5.56 (recalled, unverified); chord 1-gram -12.226, note 1-gram -11.060,
  Markov -10.469. Frame accuracy .282 by drawing, .363 by the likelier of on and
  off (repeat .220). The mixture of the three -4.118 (aim -3.90, missed). One
  run (its head learning ten times as fast: -4.231) that gives each frame the
  mean of its probabilities in five keys, from two semitones down to two up, is
  worse, -4.321: the keys of chorales are not alike. Music21's chorales: not
  measured yet
Time: 8.5 to 14 min of training on a core shared with other work (4.5 min for
  the same steps on one that was not)
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
  'steps': 2080,
  'batch': 8,
  'seed': 0,
  'sample': {'name': 'frames', 'frames': 64, 'count': 8},
  'evaluate': [{'name': 'roll_likelihood'}],
}
