"""Chorales frame by frame, voice by voice, in two orders.

System: RNN-NADE, voice by voice, given intervals and recent notes (ours)
Source: Boulanger-Lewandowski et al., ICML 2012, section 4,
  https://arxiv.org/abs/1206.6392
Family: rolls
Command: python run.py --experiment=rnn_nade_strong
Data: music21's chorales, quarters; --set dataset/path=FILE takes any set of
  piano rolls
Parameters: 1,790,832
Headline: -4.051 nats a frame on JSB; Markov -10.469; published -5.56, -5.19
Result: JSB Chorales, official split, three seeds: test -4.051 +- .002 nats a
  frame; Markov -10.469, chord 1-gram -12.226; published (RNN-NADE) -5.56,
  elsewhere cited as -5.19. Frame accuracy .280 by sampling, .361 by the
  likelier of on and off (repeat .220). music21's chorales, seed 0: -4.334
Time: 4.2 to 4.9 min of training on one core, 7.0 min beside other work

Two heads order a frame's notes upward and downward; the probability is their
mean. Single orders and what was tried: docs/results/rolls.md.
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

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'likelihood/log_likelihood',
  'likelihood/accuracy',
]
