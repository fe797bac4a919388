"""Bars of chorales by few active units, and bars that nobody wrote.

System: sparse convolutional autoencoder, winner-take-all; its fixed points
Source: Kazakci, Cherti & Kegl 2016, https://arxiv.org/abs/1606.04345
Family: rolls
Command: python run.py --experiment=sparse_autoencoder_rolls
Data: chorales (music21), single bars of 4/4 in eighths, 48 pitches
Parameters: 20,385
Headline: not measured: not trained to the end yet
Result: not trained
Time: not measured

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
