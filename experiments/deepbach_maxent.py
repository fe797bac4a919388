"""DeepBach's ladder, the lowest rung: no hidden layer.

System: MaxEnt of the DeepBach paper, a softmax regression a voice
Source: Hadjeres, Pachet & Nielsen, ICML 2017, arXiv 1612.01010
Command: python run.py --experiment=deepbach_maxent
Data: music21's four-part chorales, as deepbach has them
Parameters: 662,244
Result: not measured yet
Time: not measured yet

The features of deepbach_mlp, and a softmax straight on them; the same loss,
sampler and modes as deepbach.
"""

from experiments import deepbach, deepbach_mlp

CONFIG = {
  **deepbach.CONFIG,
  'model': {'name': 'deepbach', 'form': 'maxent'},
  'loss': {'name': 'conditionals', 'cells': 16},
}

SMOKE = deepbach_mlp.SMOKE
