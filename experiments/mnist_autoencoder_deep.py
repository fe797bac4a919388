"""Handwritten digits through 400, 200 and 100 numbers and back.

System: stacked autoencoder, 784-400-200-100-200-400-784 on MNIST
Source: the course; Hinton & Salakhutdinov 2006
Command: python run.py --experiment=mnist_autoencoder_deep
Data: digits (scikit-learn's 1,797 of 8 x 8; dataset/path takes MNIST's files)
Parameters: 252,564 (MNIST: 829,284)
Result: 1.64 of 64 pixels come back on the wrong side of a half (the mean digit
  13.2; training 1.29), cross-entropy 14.6 nats (26.9). No published
  figures
Time: 33 s of processor time, on a crowded two-core CPU

Of MNIST's 784 pixels, with 8,013 of its 10,000 test images to learn from, the
same network at a learning rate of 1e-2 gets 34 wrong, and with rectifiers at
1e-3 18, where 100 principal components, the best linear code, make 10: it does
not beat them. Training is hardly better (29 and 16). Rectifiers at 2e-3 for
15,000 steps bring training to 8.6 and what was held out to 15.9: so few images
it learns by heart. At its own 3e-3: not measured.
"""

import copy

from experiments import mnist_autoencoder

CONFIG = copy.deepcopy(mnist_autoencoder.CONFIG)
CONFIG['model']['widths'] = [400, 200, 100]
CONFIG['optimizer']['.*']['learning_rate'] = 3e-3
