"""Folk melodies put together from bars of other tunes, one after another.

System: unit selection: relevance by LSTM over codes of bars, concatenation by
  LSTM over notes
Source: Bretan, Weinberg & Heck 2016, https://arxiv.org/abs/1612.03789
Family: melody
Command: python run.py --experiment=unit_selection
Data: folk (music21: O'Neill's, Ryan's, Aird's), runs of at most 24 bars of 4/4
Parameters: 1,324,211
Headline: mean rank 4.28 of 100; largest cosine 13.34, chance 50.5
Result: three seeds, 945 joins of unseen tunes: mean rank 4.22, 4.25 and 4.37
  among 100; the true next bar is first in .569 and among the first ten in .893
  (largest cosine to an earlier bar .452 and .691); for bars new to the tune,
  mean rank 5.77, first .403; among 50, mean rank 2.59
Time: 3.7 min of training on one core

--mode=continue --input=TUNE continues your melody and prints the source tune of
each bar. All rankers: docs/results/melody.md.
"""

CONFIG = {
  'dataset': {'name': 'folk'},
  'encoder': {'name': 'units', 'units': 24},
  'batches': {'name': 'windows', 'chunk': 25},
  'augmentation': [],
  'model': {'name': 'unit_selection'},
  'stages': [
    {
      'loss': {'name': 'likelihood'},
      'optimizer': {
        '.*': {
          'name': 'adam',
          'learning_rate': 3e-3,
          'clip': 1.0,
          'final': 0.02,
        }
      },
      'steps': 300,
      'augmentation': [{'name': 'transpose', 'low': -3, 'high': 3}],
    },
    {
      'loss': {'name': 'ranking', 'semitones': 3},
      'optimizer': {
        'notes/.*': None,
        '.*': {
          'name': 'adam',
          'learning_rate': 1e-3,
          'clip': 1.0,
          'final': 0.02,
        },
      },
      'steps': 1500,
    },
  ],
  'batch': 24,
  'seed': 0,
  'sample': {'name': 'units', 'count': 16},
  'evaluate': [
    {'name': 'unit_ranks'},
    {'name': 'intervals', 'count': 256},
  ],
}

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'unit_ranks/mean_rank',
  'unit_ranks/first',
  'unit_ranks/first_ten',
  'unit_ranks/novel_mean_rank',
]

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'dataset/collections': ['airdsAirs'],
  'encoder/units': 6,
  'model/code': 8,
  'model/tower': 8,
  'model/memory': 8,
  'model/hidden': [8],
  'batches/chunk': 2,
  'stages/0/steps': 2,
  'stages/1/steps': 2,
  'batch': 8,
  'sample/count': 2,
  'sample/bars': 3,
  'sample/candidates': 8,
  'evaluate/0/count': 20,
  'evaluate/0/among': 10,
  'evaluate/1/count': 16,
}
