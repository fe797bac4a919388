"""Chorales, told of voices, intervals and what was heard before.

System: RNN-NADE, voice by voice (ours)
Source: Boulanger-Lewandowski et al., ICML 2012, arXiv 1206.6392
Command: python run.py --experiment=rnn_nade_strong
Data: music21's chorales, quarters; any set with --set dataset/path=FILE
Parameters: 1,309,464
Result: JSB Chorales, official split, one seed: test -4.341 nats a frame,
  validation -4.396 (chosen at step 988 of 1560); the paper's best row -5.56
  (recalled, unverified); chord 1-gram -12.226, note 1-gram -11.060, Markov
  -10.469. The aim of -4.25 is missed: it overfits (train -2.929). Other seeds,
  their ensemble and music21's chorales: not measured yet
Time: 213 s of training on one thread of a crowded machine; 199 s of processor
  time with evaluation and samples
"""

CONFIG = {
  'dataset': {'name': 'piano_rolls'},
  'encoder': {'name': 'piano_roll'},
  'batches': {'name': 'by_length', 'chunk': 26},
  'augmentation': [
    {'name': 'transpose', 'low': -4, 'high': 4, 'probability': 0.7}
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
    'dropout': 0.5,
    'input_dropout': 0.1,
    'head_dropout': 0.3,
  },
  'loss': {'name': 'likelihood', 'crop': 32},
  'optimizer': {
    '.*': {
      'name': 'adam',
      'learning_rate': 3e-3,
      'warmup': 50,
      'final': 0.02,
      'b2': 0.99,
      'clip': 1.0,
      'average': 0.99,
    }
  },
  'select': {'metric': 'nats', 'every': 52},
  'steps': 1560,
  'batch': 16,
  'seed': 0,
  'sample': {'name': 'frames', 'frames': 64, 'count': 8},
  'evaluate': [{'name': 'roll_likelihood'}],
}
