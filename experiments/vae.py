"""Handwritten digits in a plane: a variational autoencoder of dense layers.

System: VAE, 64-256-128-2-128-256-64
Source: Kingma & Welling 2014, https://arxiv.org/abs/1312.6114, figure 4
Family: pictures
Command: python run.py --experiment=vae
Data: digits (scikit-learn's 1,797 of 8 x 8; dataset/path takes MNIST's files)
Parameters: 99,908 (MNIST: 469,268)
Headline: 6.96 of 64 pixels wrong; the mean digit 13.2
Result: 6.96 of 64 pixels fall on the wrong side of one half (training 6.40; two
  principal components 9.83; the mean digit 13.2); cross-entropy 20.9 nats (the
  mean digit 26.9); 4.3 bits of divergence
Time: 16 s of training on a quarter of a core

--mode=map draws the manifold, 20 x 20 digits: docs/results/pictures.md.
"""

CONFIG = {
  'dataset': {'name': 'digits'},
  'encoder': {'name': 'image'},
  'batches': {'name': 'windows', 'chunk': 25},
  'augmentation': [],
  'model': {
    'name': 'vae',
    'latent': 2,
    'widths': [256, 128],
    'activation': 'relu',
  },
  'loss': {'name': 'elbo', 'beta': 1.0},
  'optimizer': {'.*': {'name': 'adam', 'learning_rate': 2e-3, 'final': 0.05}},
  'steps': 5000,
  'batch': 100,
  'seed': 0,
  'sample': {'name': 'latent', 'side': 20},
  'evaluate': [{'name': 'reconstruction'}],
}

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'model/widths': [8],
  'batches/chunk': 2,
  'steps': 4,
  'batch': 8,
  'sample/count': 2,
  'sample/side': 2,
  'sample/components': 8,
}
