"""Folk tunes in ABC, token by token, with repeats and endings as written.

System: folk-rnn: a stack of LSTM over ABC tokens
Source: Sturm et al. 2016, https://arxiv.org/abs/1604.08723; the place in bar
  and tune and the match of the last tokens as inputs are ours
Family: melody
Command: python run.py --experiment=folk_rnn
Data: folk (music21: O'Neill, Aird, Ryan) as written
Parameters: 1,000,000
Headline: not measured: the run is still to come
Result: none yet
Time: about 6 min on one core
"""

_SAMPLES = {
  'at_1': {'temperature': 1.0},
  'at_0.8': {'temperature': 0.8},
  'grammar_0.8': {'temperature': 0.8, 'grammar': True},
}

CONFIG = {
  'dataset': {'name': 'folk', 'as_written': True},
  'split': [0.89, 0.05, 0.06],
  'encoder': {'name': 'abc_text'},
  'batches': {'name': 'streams', 'length': 128, 'chunk': 35},
  'model': {
    'name': 'folk_rnn',
    'hidden': [256, 256],
    'dropout': 0.3,
    'place': True,
    'reach': 512,
  },
  'loss': {'name': 'likelihood', 'carried': True},
  'optimizer': {
    '.*': {
      'name': 'adam',
      'learning_rate': 3e-3,
      'warmup': 50,
      'final': 0.02,
      'clip': 1.0,
    }
  },
  'steps': 1400,
  'batch': 32,
  'seed': 0,
  'sample': {
    'name': 'text',
    'temperature': 0.8,
    'grammar': True,
    'count': 10,
  },
  'evaluate': [
    {'name': 'likelihood'},
  ],
}

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'model/hidden': [8, 8],
  'model/reach': 32,
  'batches/chunk': 2,
  'batches/length': 16,
  'steps': 4,
  'batch': 4,
  'sample/count': 2,
  'sample/steps': 60,
}
