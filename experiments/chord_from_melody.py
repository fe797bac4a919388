"""The root of a chord from four notes of melody, as one of twelve classes.

System: feedforward network, classification (example 1 of Briot's course)
Source: Briot's course; nearest published task: Lim, Rhyu & Lee 2017,
  https://arxiv.org/abs/1712.01011
Family: chorales
Command: python run.py --experiment=chord_from_melody
Data: music21's four-part chorales in 4/4, one chord a quarter; its root is that
  of alto, tenor and bass at the start of the quarter
Parameters: 22,612
Headline: .296 accuracy; most common root by pitch .308, overall .144
Result: 894 test chords: accuracy .296, not above the most common root for the
  active pitch (.308), beside the most common root (.144); precision .236,
  recall .183; training .340. Seeds 0 to 4: .296, .311, .294, .320, .313
Time: 85 s of training on half a core of a busy machine

--mode=harmonize --input=FILE takes your own tune. Why the melody tells little
about the chord: docs/results/chorales.md.
"""

CONFIG = {
  'dataset': {'name': 'chorales'},
  'encoder': {
    'name': 'voices',
    'steps': 64,
    'stride': 64,
    'rests': False,
    'begin': 'strike',
    'metre': '4/4',
  },
  'batches': {'name': 'windows', 'chunk': 20},
  'augmentation': [],
  'model': {'name': 'chord_from_melody'},
  'loss': {'name': 'likelihood'},
  'optimizer': {'.*': {'name': 'adam', 'learning_rate': 1e-3}},
  'select': {'metric': 'loss', 'every': 40},
  'steps': 1200,
  'batch': 16,
  'seed': 0,
  'sample': {'name': 'predict', 'count': 8},
  'evaluate': [{'name': 'likelihood'}],
}

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'dataset/last': 40,
  'model/hidden': [8],
  'batches/chunk': 2,
  'select/every': 4,
  'steps': 4,
  'batch': 8,
  'sample/count': 2,
}
