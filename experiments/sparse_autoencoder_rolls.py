"""Bars of chorales by few active units, and bars that nobody wrote.

System: sparse convolutional autoencoder, winner-take-all; its fixed points
Source: Kazakci, Cherti & Kegl 2016, https://arxiv.org/abs/1606.04345
Family: rolls
Command: python run.py --experiment=sparse_autoencoder_rolls
Data: chorales (music21), single bars of 4/4 in eighths, 48 pitches
Parameters: 20,385
Headline: squared error 7.47 with 24 units; 24 components 14.57
Result: test bars of chorales, 24 winners of 12,288 units a bar: squared error
  7.47 (24 principal components 14.57). Of 256 random starts .668 come to rest,
  in 171 kinds, all new: more than a tenth of their cells differ from any bar
Time: 7.5 min of one core with the evaluation

Starts, kinds and novelty: docs/results/rolls.md.
"""

import copy

from experiments import sparse_autoencoder

CONFIG = copy.deepcopy(sparse_autoencoder.CONFIG)
CONFIG['dataset'] = {'name': 'chorales'}
CONFIG['encoder'] = {
  'name': 'piano_roll',
  'steps': 8,
  'steps_per_quarter': 2,
  'lowest': 36,
  'highest': 83,
  'partial': False,
}
CONFIG['steps'] = 1000
CONFIG['batch'] = 32
CONFIG['sample'] |= {'starts': 16}

# Tiny, for tests: a whole run takes seconds.
SMOKE = {**sparse_autoencoder.SMOKE, 'dataset/last': 30}
