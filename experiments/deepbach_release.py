"""Chorales by DeepBach in the sizes of its authors' PyTorch code.

System: DeepBach, the released sizes
Source: Hadjeres, Pachet & Nielsen, ICML 2017, section 2,
  https://arxiv.org/abs/1612.01010, and the authors' PyTorch code
Family: chorales
Command: python run.py --experiment=deepbach_release
Data: music21's four-part chorales, as deepbach
Parameters: 8,434,084
Headline: not trained: needs an accelerator
Result: no metrics yet
Time: not measured; 10,000 steps of 256 windows

What differs from the released code: docs/results/chorales.md.
"""

from experiments import deepbach

CONFIG = {
  **deepbach.CONFIG,
  'model': {
    'name': 'deepbach',
    'form': 'lstm',
    'recurrent': [256, 256],
    'hidden': 256,
    'embedding': 20,
    'dropout': 0.5,
  },
  'loss': {'name': 'likelihood', 'crop': 4},
  'optimizer': {'.*': {'name': 'adam', 'learning_rate': 1e-3}},
  'select': {'metric': 'loss', 'every': 500},
  'steps': 10000,
  'batch': 256,
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

SMOKE = {**deepbach.SMOKE, 'model/recurrent': [8, 8], 'model/embedding': 2}
