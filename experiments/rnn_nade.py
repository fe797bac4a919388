"""Chorales as chords: an LSTM gives each frame's NADE its biases.

System: RNN-NADE, the published form
Source: Boulanger-Lewandowski et al., ICML 2012, arXiv 1206.6392
Command: python run.py --experiment=rnn_nade
Data: music21's chorales, quarters; any set with --set dataset/path=FILE
Parameters: 486,744
Result: JSB Chorales (dataset/path), official split, three seeds: test -5.150 +-
  .006 nats a frame (validation -5.238, training -4.603); the paper -5.83, and
  -5.56 trained by HF (recalled, unverified); chord 1-gram -12.226, note 1-gram
  -11.060, Markov -10.469. Frame accuracy .196 by drawing, .278 by the likelier
  of on and off (repeat .220). Nottingham: rnn_nade_nottingham. Music21's
  chorales, seed 0: test -5.004 (validation -5.125; chord 1-gram -10.871, note
  1-gram -11.352, Markov -10.789), accuracy .181 and .253 (repeat .199)
Time: 2 to 6 min of training on a core shared with other work

With the head as slow as the rest (3e-3), head_dropout .4 and no transposition
it overfitted: validation -5.803, test -5.685. Ours in training alone: the
transposition by up to three semitones.
"""

_ADAM = {
  'name': 'adam',
  'learning_rate': 3e-3,
  'warmup': 50,
  'final': 0.02,
  'b2': 0.99,
  'weight_decay': 0.02,
  'clip': 1.0,
  'average': 0.99,
}

CONFIG = {
  'dataset': {'name': 'piano_rolls'},
  'encoder': {'name': 'piano_roll'},
  'batches': {'name': 'by_length', 'chunk': 26},
  'augmentation': [
    {'name': 'transpose', 'low': -3, 'high': 3, 'probability': 0.5}
  ],
  'model': {
    'name': 'rnn_nade',
    'recurrent': [256],
    'hidden': 256,
    'voices': 4,
    'dropout': 0.5,
    'input_dropout': 0.15,
  },
  'loss': {'name': 'likelihood', 'crop': 32},
  'optimizer': {
    # What sounds together is learned before what comes next is by heart.
    'head/.*': {**_ADAM, 'learning_rate': 3e-2},
    '.*': _ADAM,
  },
  'select': {'metric': 'nats', 'every': 130},
  'steps': 1170,
  'batch': 16,
  'seed': 0,
  'sample': {
    'name': 'autoregressive',
    'steps': 64,
    'primer': 32,
    'count': 8,
  },
  'evaluate': [{'name': 'likelihood'}],
}

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'dataset/name': 'chorales',
  'dataset/last': 30,
  'model/recurrent': [8],
  'model/hidden': 8,
  'batches/chunk': 2,
  'loss/crop': 8,
  'select/every': 4,
  'steps': 4,
  'batch': 8,
  'sample/count': 2,
  'sample/steps': 16,
}
