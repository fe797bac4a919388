"""Chorales frame by frame: an LSTM gives each frame's NADE its biases.

System: RNN-NADE, the published form
Source: Boulanger-Lewandowski et al., ICML 2012, section 4,
  https://arxiv.org/abs/1206.6392
Family: rolls
Command: python run.py --experiment=rnn_nade
Data: music21's chorales, quarters; --set dataset/path=FILE takes any set of
  piano rolls
Parameters: 486,744
Headline: -5.150 nats a frame on JSB; Markov -10.469; published -5.56, -5.19
Result: JSB Chorales, official split, three seeds: test -5.150 +- .006 nats a
  frame; Markov -10.469, chord 1-gram -12.226; published -5.56, elsewhere cited
  as -5.19. Frame accuracy .196 by sampling, .278 by the likelier of on and off
  (repeat .220). music21's chorales, seed 0: -5.004
Time: 2 to 6 min of training on a core shared with other work

We add transposition by up to three semitones. What was tried, and sources of
the published figures: docs/results/rolls.md.
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
    # The head learns chords before the LSTM memorises what follows what.
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

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'likelihood/log_likelihood',
  'likelihood/accuracy',
]

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
