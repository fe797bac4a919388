"""Handwritten digits by units whose mean activation is kept at .05.

System: sparse convolutional autoencoder, KL of mean activations
Source: Ng, CS294A lecture notes, Sparse autoencoder; the network is that of
  Kazakci, Cherti & Kegl 2016, https://arxiv.org/abs/1606.04345
Family: pictures
Command: python run.py --experiment=sparse_autoencoder_kl
Data: digits (scikit-learn's 1,797 of 8 x 8; dataset/path takes MNIST's files)
Parameters: 77,633
Headline: squared error .425; 14 principal components .852
Result: seed 0, 185 test digits: mean activation .0535, no dead unit, squared
  error .425 (as many principal components as the activations add up to, 14,
  .852). Of 512 random starts .984 come to rest, in 23 kinds of symbols; a
  classifier is sure of .261 of the kinds
Time: 3.9 min of training on part of a core

Beside winner-take-all: docs/results/pictures.md.
"""

import copy

from experiments import sparse_autoencoder

CONFIG = copy.deepcopy(sparse_autoencoder.CONFIG)
CONFIG['model'] |= {'code': 'sigmoid', 'padding': 'VALID', 'maps': 64}
CONFIG['loss'] |= {'sparsity': 0.3, 'target': 0.05}
CONFIG['steps'] = 3000
CONFIG['sample'] |= {'noise': 'bits', 'starts': 512}
CONFIG['evaluate'][1] |= {'starts': 512}
