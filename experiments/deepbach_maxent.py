"""Chorales by DeepBach's MaxEnt baseline: no hidden layer.

System: MaxEnt of the DeepBach paper, a softmax regression for each voice
Source: Hadjeres, Pachet & Nielsen, ICML 2017, section 3,
  https://arxiv.org/abs/1612.01010
Family: chorales
Command: python run.py --experiment=deepbach_maxent
Data: music21's four-part chorales, as deepbach
Parameters: 662,244
Headline: .454 nats a cell, .586 of the onsets; unigram 1.287 nats
Result: test cells predicted from all others, three seeds: .454 +- .001 nats a
  cell, .586 of the onsets (deepbach .290, .713; unigram 1.287)
Time: 83 s of training on one core, 72 s of evaluation and samples

The inputs of deepbach_mlp with a softmax directly on them; loss, sampler and
modes as deepbach.
"""

from experiments import deepbach, deepbach_mlp

CONFIG = {
  **deepbach.CONFIG,
  'model': {'name': 'deepbach', 'form': 'maxent'},
  'loss': {'name': 'likelihood', 'crop': 16},
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

SMOKE = deepbach_mlp.SMOKE
