"""Four bars of ragtime from sixteen random bits.

System: DeepHear, a stack of Boltzmann machines fine-tuned as an autoencoder
Source: Sun 2015, DeepHear: composing and harmonizing music with neural
  networks (the author's post of 2015-09-01, and code)
Family: rolls
Command: python run.py --experiment=deephear
Data: ragtime (Maple Leaf Rag from music21: sections A, A again, B and C to
  train on, D to test; no window crosses a section's end)
Parameters: 6,055,056
Headline: .35 of 5,632 cells wrong (training); silence 251; published 10
Result: one piece, so these measure memorisation: .35 of 5,632 cells of a
  training snippet are wrong (silence 251; published: about 10 of 5,000).
  Samples share 73.5 % of their notes with the closest training snippet (a
  held-out one 41.8 %; published 59.6 %); section D is not reconstructed: 301
  cells wrong
Time: 160 s on a shared two-core CPU

--mode=harmonize --input=MELODY accompanies a melody by descent on the code.
What differs from the author's code: docs/results/rolls.md.
"""

from typing import Any

_BOLTZMANN = {'learner': 'rbm', 'sweeps': 1}


def stages(
  options: dict[str, Any], group: dict[str, Any]
) -> list[dict[str, Any]]:
  """A stage a layer, and the fine-tuning of the whole."""
  cascade = [
    {
      'loss': {'name': 'layerwise', 'layer': layer, **options},
      'optimizer': {f'layer_{layer}/.*': group, '.*': None},
      'steps': 600,
    }
    for layer in range(4)
  ]
  tuning = {
    'loss': {'name': 'elbo'},
    'optimizer': {
      '.*': {
        'name': 'adam',
        'learning_rate': 1e-3,
        'final': 0.05,
        'clip': 10.0,
      }
    },
    'steps': 2000,
  }
  return [*cascade, tuning]


CONFIG = {
  'dataset': {'name': 'ragtime'},
  'encoder': {
    'name': 'piano_roll',
    'steps': 64,
    'stride': 16,
    'steps_per_quarter': 8,
    'partial': False,
    'metre': '2/4',
  },
  'batches': {'name': 'windows', 'chunk': 25},
  'augmentation': [],
  'model': {
    'name': 'stacked_autoencoder',
    'widths': [1024, 256, 64, 16],
    'tied': True,
    'prior_code': 'bits',
  },
  'stages': stages(_BOLTZMANN, {'name': 'sgd', 'learning_rate': 0.05}),
  'batch': 10,
  'seed': 0,
  'sample': {'name': 'latent'},
  'evaluate': [
    {'name': 'reconstruction'},
    {'name': 'nearest_snippet', 'count': 256},
  ],
}

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'reconstruction/mistakes',
  'nearest_snippet/in_common',
  'nearest_snippet/copied',
]

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'encoder/steps': 16,
  'model/widths': [8, 8, 8, 8],
  'batches/chunk': 2,
  **{f'stages/{number}/steps': 2 for number in range(5)},
  'batch': 4,
  'sample/count': 2,
  'evaluate/1/count': 8,
}
