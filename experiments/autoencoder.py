"""Four bars of a chorale's soprano through a code of 200 numbers, and back.

System: autoencoder (AutoBach), 1728-200-1728
Source: the course (auto-bach.py is not public)
Command: python run.py --experiment=autoencoder
Data: chorales (music21), sopranos, 4 bars of 4/4, sixteenths
Parameters: 693,128
Result: of 64 steps .21 come back wrong, and 84.6 % of the test windows without
  any mistake (as many principal components: 1.10, 44.1 %; the mean answer 14.7,
  always hold 15.7; both 0 %); training .01. No published number
Time: 40 s of training on half a core of a crowded machine

Adam at 1e-2 and transposition do it. On validation, after 600 steps, 8.5 steps
were wrong at 1e-3 (tanh at 3e-3 6.7, rectifiers 5.0, after 400) and 2.1 at
1e-2; .8 after 1,000 with transposition, components 1.28. A code of sigmoids
begins near a half, where it tells windows little apart, until weights grow.

The decoder alone then turns random codes into melodies, each number drawn from
U(-1, 1) or U(-10, 10) as the course does: sample/scale=1 (auto1) and 10
(auto2). They are noise, of 58.0 and 58.2 notes in four bars (test windows 15.2)
over 22.5 semitones (8.6), none in any key and none like the corpus (real .697;
each step drawn from its own histogram .008): negative numbers are no code of
sigmoids, and an autoencoder learns no distribution of codes.
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
