"""Handwritten digits by few active units, and symbols that are not digits.

System: sparse convolutional autoencoder, winner-take-all; its fixed points
Source: Kazakci, Cherti & Kegl 2016, https://arxiv.org/abs/1606.04345
Family: pictures
Command: python run.py --experiment=sparse_autoencoder
Data: digits (scikit-learn's 1,797 of 8 x 8; dataset/path takes MNIST's files)
Parameters: 20,385
Headline: squared error 1.77 with 4 units; 4 principal components 2.37
Result: seed 0, 185 test digits: exactly 4 of 2,048 units active, squared error
  1.77 (components 2.37). All 256 random starts come to rest within 10 rounds,
  in 106 kinds of symbols; a classifier (.951 of the test digits right) is sure
  of .575 of the kinds (.886 of the digits)
Time: 5.7 min of training on part of a core, 2.9 min to evaluate

The published sizes, the sigmoid code with a KL: docs/results/pictures.md.
"""

CONFIG = {
  'dataset': {'name': 'digits'},
  'encoder': {'name': 'image'},
  'batches': {'name': 'windows', 'chunk': 25},
  'augmentation': [],
  'model': {'name': 'sparse_autoencoder'},
  'loss': {'name': 'elbo'},
  'optimizer': {'.*': {'name': 'adam', 'learning_rate': 3e-3, 'final': 0.02}},
  'steps': 1500,
  'batch': 64,
  'seed': 0,
  'sample': {'name': 'latent', 'count': 16},
  'evaluate': [
    {'name': 'sparse_code'},
    {'name': 'fixed_points'},
  ],
}

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'model/maps': 2,
  'batches/chunk': 2,
  'steps': 4,
  'batch': 8,
  'sample/count': 2,
  'sample/rounds': 3,
  'evaluate/1/starts': 8,
}
