"""x"""

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
