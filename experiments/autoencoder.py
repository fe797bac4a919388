"""Four bars of a chorale's soprano through a code of 200 numbers, and back.

System: autoencoder (AutoBach), 5760-200-5760
Source: the course (auto-bach.py is not public)
Command: python run.py --experiment=autoencoder
Data: chorales (music21), sopranos, 4 bars of 4/4, sixteenths
Parameters: 2,309,960
Result: not measured yet
Time: not measured yet

The decoder alone then turns random codes into melodies, each number drawn from
U(-reach, reach) as the course does: sample/reach=1 (auto1) and 10 (auto2).
"""

CONFIG = {
  'dataset': {'name': 'chorales'},
  'encoder': {'name': 'melody', 'bars': 4, 'parts': 'highest'},
  'batches': {'name': 'windows', 'chunk': 25},
  'augmentation': [],
  'model': {'name': 'stacked_autoencoder', 'widths': [200]},
  'loss': {'name': 'reconstruction', 'error': 'cce'},
  'optimizer': {'.*': {'name': 'adam', 'learning_rate': 1e-3, 'final': 0.05}},
  'steps': 2000,
  'batch': 64,
  'seed': 0,
  'sample': {'name': 'codes', 'draw': 'uniform', 'reach': 1.0},
  'evaluate': [
    {'name': 'autoencoding'},
    {
      'name': 'melody_statistics',
      'samples': {
        'reach_1': {'reach': 1.0},
        'reach_10': {'reach': 10.0},
      },
    },
  ],
}
