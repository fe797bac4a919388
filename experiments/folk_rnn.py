"""Folk tunes in ABC, token by token, with repeats and endings as written.

System: folk-rnn: a stack of LSTM over ABC tokens
Source: Sturm et al. 2016, https://arxiv.org/abs/1604.08723; the place in bar
  and tune and the match of the last tokens as inputs are ours
Family: melody
Command: python run.py --experiment=folk_rnn
Data: folk (music21: O'Neill, Aird, Ryan) as written: 3,426 training tunes of
  532,578 tokens; tunes that are similar in any key are in one split
Parameters: 1,184,615
Headline: 1.142 nats a token; Kneser-Ney with a cache 1.460
Result: 230 test tunes; mixed with the cache 1.116. On validation 1.090 (cache
  1.362), and 1.185 after 525 of 1,400 steps, about 5 min. Of 128 samples at .8
  under the grammar all have full bars, .984 end, .773 on the tonic (held out
  .812); without it .891, .992, .688
Time: 12.5 min of one shared core

Samples follow a grammar, at temperature .8; --set sample/grammar=False lifts
it. Also: sample/metre, mode, opening, root, top_p, entropy=True (a map).
"""

_SAMPLES = {
  'at_1': {'temperature': 1.0, 'grammar': False},
  'at_0.8': {'temperature': 0.8, 'grammar': False},
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
    'steps': 1000,
    'count': 10,
  },
  'evaluate': [
    {'name': 'likelihood'},
    {
      'name': 'tune_text',
      'samples': _SAMPLES,
      'untrained': {'untrained_grammar': {'grammar': True}},
    },
  ],
}

# Tokens of the training tunes and the end token, from which the tests count
# parameters.
SIZES = {'classes': 87}

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'dataset/collections': ['airdsAirs'],
  'model/hidden': [8, 8],
  'model/reach': 32,
  'batches/chunk': 2,
  'batches/length': 16,
  'steps': 4,
  'batch': 4,
  'sample/count': 2,
  'sample/steps': 60,
  'evaluate/1/count': 4,
  'evaluate/1/readers': False,
  'evaluate/1/samples': None,
}
