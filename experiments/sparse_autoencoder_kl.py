"""Handwritten digits by units whose mean activation is kept at .05.

System: sparse convolutional autoencoder, KL of mean activations
Source: Ng, CS294A lecture notes, Sparse autoencoder; the network is that of
  Kazakci, Cherti & Kegl 2016, https://arxiv.org/abs/1606.04345
Family: pictures
Command: python run.py --experiment=sparse_autoencoder_kl
Data: digits (scikit-learn's 1,797 of 8 x 8; dataset/path takes MNIST's files)
Parameters: 77,633
Headline: not measured: not trained to the end yet
Result: not trained
Time: not measured

Beside winner-take-all: docs/results/pictures.md.
"""

import copy

from experiments import sparse_autoencoder

CONFIG = copy.deepcopy(sparse_autoencoder.CONFIG)
CONFIG['model'] |= {'code': 'sigmoid', 'padding': 'VALID', 'maps': 64}
CONFIG['loss'] |= {'sparsity': 0.3, 'target': 0.05}
CONFIG['steps'] = 3000
