"""Handwritten digits through a code of 200 numbers and back.

System: autoencoder, 784-200-784 on MNIST
Source: Hinton & Salakhutdinov, Science 2006; Briot's course
Family: pictures
Command: python run.py --experiment=mnist_autoencoder
Data: digits (scikit-learn's 1,797 of 8 x 8; dataset/path takes MNIST's files)
Parameters: 25,864 (MNIST: 314,584)
Headline: 1.17 of 64 pixels wrong; the mean digit 13.2
Result: 1.17 of 64 pixels fall on the wrong side of one half (the mean digit
  13.2; training 1.04); cross-entropy 14.4 nats (the mean digit 26.9; the
  entropy of the greys 13.7). Random codes decode to noise
Time: 10 s on a shared two-core CPU

MNIST and learning rates: docs/results/pictures.md.
"""

CONFIG = {
  'dataset': {'name': 'digits'},
  'encoder': {'name': 'image'},
  'batches': {'name': 'windows', 'chunk': 25},
  'augmentation': [],
  'model': {'name': 'stacked_autoencoder', 'widths': [200]},
  'loss': {'name': 'elbo'},
  'optimizer': {'.*': {'name': 'adam', 'learning_rate': 1e-2, 'final': 0.05}},
  'steps': 3000,
  'batch': 100,
  'seed': 0,
  'sample': {'name': 'latent'},
  'evaluate': [{'name': 'reconstruction'}],
}

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'reconstruction/mistakes',
  'reconstruction/cross_entropy',
]

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'model/widths': [8],
  'batches/chunk': 2,
  'steps': 4,
  'batch': 8,
  'sample/count': 2,
}
