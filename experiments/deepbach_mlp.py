"""Chorales by DeepBach's MLP baseline: one hidden layer on the whole window.

System: MLP of the DeepBach paper; our reading of the course's MiniDeepBach
Source: Hadjeres, Pachet & Nielsen, ICML 2017, section 3,
  https://arxiv.org/abs/1612.01010
Family: chorales
Command: python run.py --experiment=deepbach_mlp
Data: music21's four-part chorales, as deepbach
Parameters: 10,100,132
Headline: .390 nats a cell, .627 of the onsets; unigram 1.287 nats
Result: test cells predicted from all others, three seeds: .390 +- .003 nats a
  cell, .627 +- .003 of the onsets (deepbach .290, .713; deepbach_maxent .454,
  .586; unigram 1.287)
Time: 5.6 min of training on one core, 3.1 of evaluation and samples

500 ReLU per voice, over all voices and metadata of 16 sixteenths before and
after, and the other voices at the step; loss, sampler and modes as deepbach.
"""

from experiments import deepbach

CONFIG = {
  **deepbach.CONFIG,
  'model': {'name': 'deepbach', 'form': 'mlp', 'hidden': 500},
  'loss': {'name': 'likelihood', 'crop': 8},
  'optimizer': {
    '.*': {**deepbach.CONFIG['optimizer']['.*'], 'learning_rate': 1e-3}
  },
}

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'likelihood/mean_nats',
  'likelihood/mean_onsets',
  'harmonization/chord',
  'harmonization/final_tonic',
  'harmonization/parallel_fifths',
  'harmonization/parallel_octaves',
]

SMOKE = {
  key: value
  for key, value in deepbach.SMOKE.items()
  if key != 'model/recurrent'
}
