"""DeepBach's ladder, the middle rung: one hidden layer on the whole window.

System: MLP of the DeepBach paper; the course's MiniDeepBach, in our reading
Source: Hadjeres, Pachet & Nielsen, ICML 2017, arXiv 1612.01010
Command: python run.py --experiment=deepbach_mlp
Data: music21's four-part chorales, as deepbach has them
Parameters: 10,100,132
Result: held-out cells guessed from all others, seed 0: soprano .921, alto .868,
  tenor .857, bass .887 (hold .766/.736/.715/.722; deepbach .934/.908/.885/
  .915, deepbach_maxent .918/.855/.849/.873); of onsets .688, .595, .567, .644
  (commonest onset .164/.126/.150/.111). Mean and spread of three seeds: .390 +-
  .003 nats a cell, .627 +- .003 of the onsets (deepbach .290, .713;
  deepbach_maxent .454, .586; unigram 1.287). The paper gives no such table
Time: 281 s of training on one core, 25 s of evaluation and samples

500 ReLU a voice (the paper's width, recalled, unverified) on all four voices
and the metadata of 16 sixteenths before and after, and on the other voices at
the step; the same loss, sampler and modes as deepbach.
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

SMOKE = {
  key: value
  for key, value in deepbach.SMOKE.items()
  if key != 'model/recurrent'
}
