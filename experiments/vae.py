"""Handwritten digits in a plane: a variational autoencoder of dense layers.

System: VAE, 64-500-2-500-64 (MNIST: 784)
Source: Kingma & Welling 2014, https://arxiv.org/abs/1312.6114, figure 4
Family: pictures
Command: python run.py --experiment=vae
Data: digits (scikit-learn's 1,797 of 8 x 8; dataset/path takes MNIST's files)
Parameters: 68,068
Headline: not measured: see docs/results/pictures.md
Result: not measured
Time: 1 min

--mode=map --set sample/side=20 draws the manifold, 20 x 20 digits.
"""

CONFIG = {
  'dataset': {'name': 'digits'},
  'encoder': {'name': 'image'},
  'batches': {'name': 'windows', 'chunk': 25},
  'augmentation': [],
  'model': {'name': 'vae', 'latent': 2, 'widths': [500]},
  'loss': {'name': 'elbo', 'beta': 1.0},
  'optimizer': {'.*': {'name': 'adam', 'learning_rate': 1e-3, 'final': 0.05}},
  'steps': 10000,
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
