"""The root of a chord from four notes of melody, as one of twelve.

System: feedforward network, classification (example 1 of the course)
Source: Briot's course, no paper; nearest published task: Lim, Rhyu and Lee,
  arXiv 1712.01011
Command: python run.py --experiment=chord_from_melody
Data: music21's four-part chorales in 4/4, a quarter a chord; the root is that
  of alto, tenor and bass when the quarter begins
Parameters: 22,612
Result: 894 held-out chords: accuracy .296, not above .308 (commonest root below
  the note that sounds when the quarter begins), beside .144 (commonest root);
  precision .236, recall .183 (.137 and .175; .012 and .083); training .340.
  Seeds 0 to 4: .296, .311, .294, .320, .313. None is published
Time: 85 s of training on half a core of a crowded machine

Four sixteenths of the soprano, each one of 25 pitches; 200 ReLU; a softmax
over the pitch classes. The course's other form, values in and a value out, is
chord_from_melody_value; --set model/view=value takes values in alone.

The other three sixteenths tell it next to nothing: in .917 of the held-out
quarters one pitch sounds throughout. On the training set (.331 by the first
note) no function of all four could name more than .345 of the roots.
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
