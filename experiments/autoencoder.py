"""Four bars of a soprano through a code of 200 numbers, and back.

System: autoencoder (AutoBach), 1728-200-1728
Source: Briot's course (auto-bach.py is not public)
Family: melody
Command: python run.py --experiment=autoencoder
Data: chorales (music21), sopranos, 4 bars of 4/4 in sixteenths
Parameters: 693,128
Headline: .21 of 64 steps wrong; 200 principal components 1.10
Result: .21 of 64 steps are wrong, and 84.6 % of the test windows have no error
  (as many principal components 1.10 and 44.1 %; the mean window 14.7, always
  hold 15.7, both 0 %); training .01. Melodies decoded from random codes are
  noise: none stays in a key or resembles the corpus
Time: 40 s of training on half a core of a busy machine

Learning rates, activations and random codes: docs/results/melody.md.
"""

CONFIG = {
  'dataset': {'name': 'chorales'},
  'encoder': {
    'name': 'melody',
    'bars': 4,
    'parts': 'highest',
    'lowest': 57,
    'highest': 81,
  },
  'batches': {'name': 'windows', 'chunk': 25},
  'augmentation': [{'name': 'transpose'}],
  'model': {
    'name': 'stacked_autoencoder',
    'widths': [200],
    'head': 'categorical',
  },
  'loss': {'name': 'elbo'},
  'optimizer': {'.*': {'name': 'adam', 'learning_rate': 1e-2, 'final': 0.05}},
  'steps': 2000,
  'batch': 64,
  'seed': 0,
  'sample': {'name': 'latent'},
  'evaluate': [
    {'name': 'reconstruction'},
    {
      'name': 'melody_statistics',
      'samples': {
        'scale_1': {'scale': 1.0},
        'scale_10': {'scale': 10.0},
      },
    },
  ],
}

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'reconstruction/mistakes',
  'reconstruction/exact_match',
  'melody_statistics/all_four',
]
