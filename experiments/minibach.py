"""A chorale's alto, tenor and bass from its soprano, by one hidden layer.

System: MiniBach, a feedforward network over four bars at once
Source: Hadjeres & Briot 2017, in Briot, Hadjeres & Pachet, Deep Learning
  Techniques for Music Generation, chapter 6,
  https://arxiv.org/abs/1709.01620
Family: chorales
Command: python run.py --experiment=minibach
Data: music21's four-part chorales in 4/4; four-bar windows at a stride of one
  bar, split by chorale
Parameters: 1,310,664
Headline: A/T/B steps .773, .760, .762; always hold .728, .704, .715
Result: three seeds, alto / tenor / bass: .773 / .760 / .762 of the steps of
  test windows (always hold .728 / .704 / .715), .250 / .234 / .202 of the
  onsets (0). From whole test sopranos: chord .139 (lookup .136), last chord the
  tonic in .08, parallel fifths 10.0 and octaves 9.0 in 100 beats (Bach's own .3
  and .1)
Time: 37 s of training on one core

--mode=harmonize --input=FILE harmonises your own tune; a run writes three test
examples to side_by_side. All figures: docs/results/chorales.md.
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

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'likelihood/alto',
  'likelihood/tenor',
  'likelihood/bass',
  'voice_leading/parallel_fifths',
  'voice_leading/parallel_octaves',
]

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
