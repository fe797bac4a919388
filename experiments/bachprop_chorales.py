"""Chorales note by note: onset interval, duration and pitch.

System: BachProp; output heads with a hidden layer beside the linear one, and a
  tenth of the input notes masked in training (ours)
Source: Colombo, Brea & Gerstner 2018, https://arxiv.org/abs/1812.06669
Family: polyphony
Command: python run.py --experiment=bachprop_chorales
Data: chorales (music21, Riemenschneider's order), 319 training and 35 test
  pieces; pieces that share a tenth of their notes in any key are in one split
Parameters: 671,517
Headline: 1.620 nats a note; n-gram 3.292, unigram 5.548
Result: three seeds: test 1.620 +- .006 nats a note (dT .066, T .647, P .907;
  accuracy .977, .759, .705); Witten-Bell n-gram over 3 notes 3.292, unigram
  5.548. At temperature 1 all of 100 samples predict the end token, and the
  novelty profile is .136 from the held-out originals' (.070 at .8)
Time: 28 to 30 min of training on one core shared with other work

Temperatures, dropout, intervals, the earlier split: docs/results/polyphony.md.
"""

_TEMPERATURES = {
  'at_1': {'temperature': 1.0},
  'at_0.9': {'temperature': 0.9},
  'at_0.8': {'temperature': 0.8},
}

CONFIG = {
  'dataset': {'name': 'chorales'},
  'split': [0.9, 0.0, 0.1],
  'encoder': {'name': 'notes'},
  'batches': {'name': 'streams', 'length': 128, 'chunk': 35},
  'augmentation': [{'name': 'transpose', 'low': -48, 'high': 48}],
  'model': {
    'name': 'bachprop',
    'cell': 'gru',
    'hidden': [128, 128, 128, 128],
    'heads': 'residual',
    'dropout': 0.2,
    'input_dropout': 0.1,
  },
  'loss': {
    'name': 'likelihood',
    'weights': [0.1, 0.3, 0.6],
    'carried': True,
  },
  'optimizer': {
    '.*': {
      'name': 'adam',
      'learning_rate': 4e-3,
      'warmup': 90,
      'final': 0.02,
      'clip': 1.0,
      'average': 0.99,
    }
  },
  'steps': 7000,
  'batch': 16,
  'seed': 0,
  'sample': {'name': 'autoregressive', 'steps': 1000, 'count': 8},
  'evaluate': [
    {'name': 'likelihood'},
    {'name': 'endings', 'samples': _TEMPERATURES},
    {'name': 'originality', 'count': 100, 'samples': _TEMPERATURES},
    {'name': 'intervals', 'count': 100, 'samples': _TEMPERATURES},
    {'name': 'diversity', 'count': 100, 'samples': _TEMPERATURES},
    {'name': 'plagiarism', 'count': 100, 'samples': _TEMPERATURES},
  ],
}

# Values of dT, T and P in the training pieces, and a tag, from which the tests
# count parameters.
SIZES = {'after': 13, 'length': 22, 'pitch': 47}

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'likelihood/sum_nats',
  'likelihood/after_accuracy',
  'likelihood/length_accuracy',
  'likelihood/pitch_accuracy',
  'originality/mean_gap_in_any_key',
  'plagiarism/longest_share',
]

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'dataset/last': 30,
  'model/hidden': [8, 8, 8],
  'model/head_hidden': 8,
  'batches/chunk': 2,
  'batches/length': 16,
  'steps': 4,
  'batch': 8,
  'sample/count': 2,
  'sample/steps': 32,
  **{f'evaluate/{place}/count': 4 for place in range(1, 6)},
  **{f'evaluate/{place}/samples': None for place in range(1, 6)},
}
