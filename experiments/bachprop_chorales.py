"""Chorales note by note: dT, then T, then P.

System: BachProp, heads that add hidden units to the linear layer (ours)
Source: Colombo, Brea & Gerstner 2018, arXiv 1812.06669
Command: python run.py --experiment=bachprop_chorales
Data: chorales (music21, Riemenschneider's order)
Parameters: 671,517
Result: not measured yet
Time: not measured yet
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
    'dropout': 0.15,
  },
  'loss': {'name': 'next_note'},
  'optimizer': {
    '.*': {
      'name': 'adam',
      'learning_rate': 4e-3,
      'warmup': 90,
      'final': 0.02,
      'clip': 1.0,
    }
  },
  'steps': 2940,
  'batch': 16,
  'seed': 0,
  'sample': {'name': 'notes', 'count': 8},
  'evaluate': [
    {'name': 'note_likelihood'},
    {'name': 'endings', 'samples': _TEMPERATURES},
    {'name': 'originality', 'count': 100, 'samples': _TEMPERATURES},
    {'name': 'intervals', 'count': 100, 'samples': _TEMPERATURES},
    {'name': 'diversity', 'count': 100, 'samples': _TEMPERATURES},
    {'name': 'plagiarism', 'count': 100, 'samples': _TEMPERATURES},
  ],
}

# Values of dT, T and P in the training pieces, and a tag: the tests count
# parameters by them.
SIZES = {'after': 13, 'length': 22, 'pitch': 47}

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
  'sample/longest': 32,
  **{f'evaluate/{place}/count': 4 for place in range(1, 6)},
  **{f'evaluate/{place}/samples': None for place in range(1, 6)},
}
