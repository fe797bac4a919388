"""A chorale's alto, tenor and bass from its soprano: one hidden layer.

System: MiniBach, a feedforward network over four bars at once
Source: Hadjeres and Briot 2017, in Briot, Hadjeres and Pachet, Deep Learning
  Techniques for Music Generation, arXiv 1709.01620, chapter 6
Command: python run.py --experiment=minibach
Data: music21's four-part chorales in 4/4; four-bar windows, a bar from each to
  the next, split by chorale
Parameters: 1,310,664
Result: held-out windows of other chorales, mean and spread of three seeds, alto
  / tenor / bass: .773 +- .002 / .760 +- .001 / .762 +- .002 of the steps
  (always hold .728 / .704 / .715; the likeliest for the soprano's step .747 /
  .743 / .744), .250 +- .006 / .234 +- .003 / .202 +- .008 of the onsets (0;
  .260 / .282 / .213). No published accuracy. From the sopranos of 21 held-out
  chorales (studies.harmonization, three seeds, +- 95 % over chorales), the very
  pitch of Bach's alto .331 +- .039, tenor .320 +- .039, bass .253 +- .040,
  chord .139 +- .029 (commonest below the soprano's pitch .291, .300, .240,
  .136), last chord the tonic in .08 +- .11; parallel fifths 10.0 +- 2.1 and
  octaves 9.0 +- 1.9 in 100 beats (Bach's own .3 and .1): it does not lead
  voices
Time: 37 s of training on one core

64 sixteenths of the soprano, one-hot, 200 ReLU, and a sigmoid for every pitch
and the hold of every step of three voices, by binary cross-entropy; the
likeliest of each step is sung. Rests are holds. A run leaves three held-out
examples in side_by_side, the original and the prediction, as scores and piano
rolls; --mode=harmonize --input=FILE does so with a piece of one's own. The
book's ranges (20/20/20/27 notes) do not cover the corpus: ours are the
chorales' own, 25/22/22/29.
"""

CONFIG = {
  'dataset': {'name': 'chorales'},
  'encoder': {
    'name': 'voices',
    'steps': 64,
    'stride': 16,
    'rests': False,
    'begin': 'hold',
    'metre': '4/4',
  },
  'batches': {'name': 'windows', 'chunk': 20},
  'augmentation': [],
  'model': {
    'name': 'counterpoint',
    'form': 'feedforward',
    'hidden': [200],
    'head': 'sigmoid',
  },
  'loss': {'name': 'likelihood'},
  'optimizer': {'.*': {'name': 'adam', 'learning_rate': 1e-3}},
  'select': {'metric': 'bound', 'every': 80},
  'steps': 2400,
  'batch': 32,
  'seed': 0,
  'sample': {'name': 'predict', 'count': 8},
  'evaluate': [
    {'name': 'likelihood'},
    {'name': 'voice_leading'},
    {'name': 'side_by_side'},
  ],
}

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'dataset/last': 30,
  'model/hidden': [8],
  'batches/chunk': 2,
  'select/every': 4,
  'steps': 4,
  'batch': 8,
  'sample/count': 2,
}
