"""Digits classified by three layers pre-trained as denoising autoencoders.

System: greedy layer-wise pre-training, then a softmax layer and fine-tuning
Source: Bengio et al. 2007; Erhan et al., JMLR 11 (2010) 625-660
Family: pictures
Command: python run.py --experiment=pretraining
Data: digits (scikit-learn's 1,797 of 8 x 8; dataset/path takes MNIST's files)
Parameters: 95,874 (MNIST: 240,594)
Headline: .957 of 185 test digits right; majority class .086
Result: test accuracy .957 on 185 held-out digits (majority class .086)
Time: 56 s on a busy two-core CPU, most of it compilation

`python -m studies.pretraining` compares random initialisation, autoencoders and
Boltzmann machines over depths and seeds. More: docs/results/pictures.md.
"""

from typing import Any

PRETRAINING = ('none', 'autoencoder', 'rbm')

# Theano's deep learning tutorials: corruption .1 to .3.
_LEARNERS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
  'autoencoder': (
    {'learner': 'autoencoder', 'corruption': 0.2},
    {'name': 'adam', 'learning_rate': 1e-3},
  ),
  'rbm': (
    {'learner': 'rbm', 'sweeps': 1},
    {'name': 'sgd', 'learning_rate': 0.05},
  ),
}


def stages(
  depth: int, pretrain: str, pretraining_steps: int, tuning_steps: int
) -> list[dict[str, Any]]:
  """The stages of a cell: one a layer, if any, and the fine-tuning.

  Args:
    depth: how many layers.
    pretrain: one of PRETRAINING.
    pretraining_steps: of each layer.
    tuning_steps: of the whole network with its labels.
  """
  found = []
  if pretrain != 'none':
    options, group = _LEARNERS[pretrain]
    found = [
      {
        'loss': {'name': 'layerwise', 'layer': layer, **options},
        'optimizer': {f'layer_{layer}/.*': group, '.*': None},
        'steps': pretraining_steps,
      }
      for layer in range(depth)
    ]
  tuning = {
    'loss': {'name': 'likelihood'},
    'optimizer': {
      # The decoding layers are no longer used.
      r'layer_\d+/(kernel|bias)|classifier/.*': {
        'name': 'sgd',
        'learning_rate': 0.05,
        'momentum': 0.9,
      },
      '.*': None,
    },
    'steps': tuning_steps,
  }
  return [*found, tuning]


def cell(
  depth: int,
  pretrain: str,
  *,
  width: int = 200,
  pretraining_steps: int = 1000,
  tuning_steps: int = 2000,
) -> dict[str, Any]:
  """The experiment of one depth and one way to begin."""
  return {
    'dataset': {'name': 'digits'},
    'encoder': {'name': 'image'},
    'batches': {'name': 'windows', 'chunk': 50},
    'augmentation': [],
    'model': {
      'name': 'stacked_classifier',
      'widths': [width] * depth,
      'tied': True,
      'prior_code': 'bits',
    },
    'stages': stages(depth, pretrain, pretraining_steps, tuning_steps),
    'batch': 50,
    'seed': 0,
    'sample': {'name': 'latent'},
    'evaluate': [{'name': 'likelihood'}, {'name': 'reconstruction'}],
  }


CONFIG = cell(3, 'autoencoder')

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'likelihood/accuracy',
  'likelihood/nats',
  'reconstruction/mistakes',
]

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'model/widths': [8, 8, 8],
  'batches/chunk': 2,
  'stages/0/steps': 2,
  'stages/1/steps': 2,
  'stages/2/steps': 2,
  'stages/3/steps': 2,
  'batch': 8,
  'sample/count': 2,
}
