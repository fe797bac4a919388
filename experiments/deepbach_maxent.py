"""DeepBach's ladder, the lowest rung: no hidden layer.

System: MaxEnt of the DeepBach paper, a softmax regression a voice
Source: Hadjeres, Pachet & Nielsen, ICML 2017, arXiv 1612.01010
Command: python run.py --experiment=deepbach_maxent
Data: music21's four-part chorales, as deepbach has them
Parameters: 662,244
Result: held-out cells guessed from all others, seed 0: soprano .918, alto .855,
  tenor .849, bass .873 (hold .766/.736/.715/.722; deepbach .934/.908/.885/
  .915); of onsets .682, .548, .530, .589 (commonest onset
  .164/.126/.150/.111). Three seeds: .454 +- .001 nats a cell, .586 of the
  onsets in the mean (deepbach .290 +- .002, unigram 1.287). The paper gives no
  such table
Time: 81 s of training on one core

The features of deepbach_mlp, and a softmax straight on them; the same loss,
sampler and modes as deepbach.
"""

from experiments import deepbach, deepbach_mlp

CONFIG = {
  **deepbach.CONFIG,
  'model': {'name': 'deepbach', 'form': 'maxent'},
  'loss': {'name': 'likelihood', 'crop': 16},
}

SMOKE = deepbach_mlp.SMOKE
