"""DeepBach, told what sounds and what a note would be to those around it.

System: DeepBach with relative logits (ours)
Source: Hadjeres, Pachet & Nielsen, ICML 2017, arXiv 1612.01010; the terms on
  pairs of voices: Hadjeres, Sakellariou & Pachet 2016, arXiv 1609.05152
Command: python run.py --experiment=deepbach_relations
Data: music21's four-part chorales, as deepbach has them
Parameters: 0
Result: not measured yet
Time: not measured yet
"""

from experiments import deepbach

_GROUP = deepbach.CONFIG['optimizer']['.*']

CONFIG = {
  **deepbach.CONFIG,
  'model': {
    'name': 'deepbach',
    'form': 'lstm',
    'relations': True,
    'dropout': 0.2,
  },
  'loss': {'name': 'conditionals', 'cells': 32, 'hidden': 0.75},
  'steps': 1500,
  'sample': {
    'name': 'chorale',
    'passes': 48,
    'hottest': 0.5,
    'temperature': 0.5,
    'avoid': 'parallels,crossings',
  },
  'optimizer': {
    # Their entries are logits, and most are seldom seen.
    '.*/relations/(into|out_of)': {**_GROUP, 'learning_rate': 2e-2},
    '.*': _GROUP,
  },
}
