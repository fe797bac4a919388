"""Handwritten digits through a code of 200 numbers, and from random codes.

System: autoencoder, 784-200-784 on MNIST
Source: the course; Hinton & Salakhutdinov 2006
Command: python run.py --experiment=mnist_autoencoder
Data: digits (scikit-learn's 1,797 of 8 x 8; dataset/path takes MNIST's files)
Parameters: 25,864 (MNIST: 314,584)
Result: 1.17 of 64 pixels come back on the wrong side of a half (the mean digit
  13.2; training 1.04), cross-entropy 14.4 nats (26.9; the greys' own 13.7). No
  published figures
Time: 10 s on a shared two-core CPU

A code of 200 for 64 pixels is no bottleneck (a linear one makes no mistake at
all). On MNIST's 784 it is: with 8,013 of its 10,000 test images to learn from,
9.7 pixels come back wrong (the mean digit 103, training 7.3), where 200
principal components, the best linear code, make 5.5: so many steps do not bring
it there. On the digits at 1e-3, a tenth of the learning rate, 1.61 pixels are
wrong. Codes from U(-1, 1), as the course draws
them, lie outside the sigmoid's 0..1 and decode to noise: an autoencoder learns
no distribution of codes.
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

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'model/widths': [8],
  'batches/chunk': 2,
  'steps': 4,
  'batch': 8,
  'sample/count': 2,
}
