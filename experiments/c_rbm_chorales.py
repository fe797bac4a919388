"""Chorales by a convolutional Boltzmann machine, and from a template.

System: C-RBM, binary visible units, 9 steps wide, persistent chains
Source: Lattner, Grachten & Widmer 2016, https://arxiv.org/abs/1612.04742
Family: rolls
Command: python run.py --experiment=c_rbm_chorales
Data: chorales (music21), 8 bars of 4/4 in eighths, 48 pitches
Parameters: 110,896
Headline: -6.362 nats a step; Markov -8.679, chord 1-gram -9.406
Result: 29 test windows, 3,000 temperatures of annealing: -6.362 nats a step;
  free energy of test windows -45.8, with their bars shuffled -42.0. From 19
  templates, errors of guided samples as a share of free ones': self-similarity
  .31, tonality .54, metre .29; .961 of them in the band of held-out energies
Time: 6.3 min of one core with the evaluation

Constraints, their weights and the alternation: docs/results/rolls.md.
"""

import copy

from experiments import c_rbm

CONFIG = copy.deepcopy(c_rbm.CONFIG)
CONFIG['dataset'] = {'name': 'chorales'}
CONFIG['encoder'] = {
  'name': 'piano_roll',
  'steps': 64,
  'steps_per_quarter': 2,
  'lowest': 36,
  'highest': 83,
  'partial': False,
}
CONFIG['optimizer']['.*']['learning_rate'] = 5e-3
# At the strength for melodies, no sample is like a chorale.
CONFIG['sample'] |= {'strength': 200.0, 'tonality': 0.5}

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  **{k: v for k, v in c_rbm.SMOKE.items() if not k.startswith('encoder/')},
  'dataset/last': 30,
}
del SMOKE['dataset/collections']
