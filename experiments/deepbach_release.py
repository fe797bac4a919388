"""DeepBach in the sizes of its authors' PyTorch release.

System: DeepBach, the sizes of the release
Source: Hadjeres, Pachet & Nielsen, ICML 2017, arXiv 1612.01010, and the
  authors' PyTorch code
Command: python run.py --experiment=deepbach_release
Data: music21's four-part chorales, as deepbach has them
Parameters: 8,434,084
Result: not trained: needs an accelerator
Time: not measured yet

Embeddings of 20 for each voice's class and each stream, LSTMs of 2 x 256 with
dropout .5, dense layers of 256; 10,000 steps of 256 windows of 4 cells, about
the release's five epochs. Where it differs: our LSTMs begin at zero (the
release's at random numbers, in sampling too), drop the outputs of the second
layer as well, and the centre has one dense layer, not two; a voice's network
need not be told which voice it is.
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

SMOKE = {**deepbach.SMOKE, 'model/recurrent': [8, 8], 'model/embedding': 2}
