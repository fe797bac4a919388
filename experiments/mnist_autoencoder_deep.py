"""Handwritten digits through layers of 400, 200 and 100 units and back.

System: stacked autoencoder, 784-400-200-100-200-400-784 on MNIST
Source: Hinton & Salakhutdinov, Science 2006; Briot's course
Family: pictures
Command: python run.py --experiment=mnist_autoencoder_deep
Data: digits (scikit-learn's 1,797 of 8 x 8; dataset/path takes MNIST's files)
Parameters: 252,564 (MNIST: 829,284)
Headline: 1.64 of 64 pixels wrong; the mean digit 13.2
Result: 1.64 of 64 pixels fall on the wrong side of one half (the mean digit
  13.2; training 1.29); cross-entropy 14.6 nats (the mean digit 26.9)
Time: 33 s of processor time on a busy two-core CPU

MNIST, activations and learning rates: docs/results/pictures.md.
"""

import copy

from experiments import mnist_autoencoder

CONFIG = copy.deepcopy(mnist_autoencoder.CONFIG)
CONFIG['model']['widths'] = [400, 200, 100]
CONFIG['optimizer']['.*']['learning_rate'] = 3e-3

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'reconstruction/mistakes',
  'reconstruction/cross_entropy',
]
