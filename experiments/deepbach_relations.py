"""Chorales with cadences and without parallels, with any notes fixed.

System: DeepBach with logits by interval to the active notes, trained with
  random cells masked, sampled from an empty score (ours)
Source: Hadjeres, Pachet & Nielsen, ICML 2017, section 2,
  https://arxiv.org/abs/1612.01010; masked cells and repeated passes: Huang et
  al. 2017, https://arxiv.org/abs/1903.07227
Family: chorales
Command: python run.py --experiment=deepbach_relations
Data: music21's four-part chorales, as deepbach
Parameters: 3,746,712
Headline: .121 nats a cell, .884 of the onsets; unigram 1.287 nats
Result: test cells predicted from all others, three seeds: .121 +- .002 nats a
  cell (deepbach .290), .884 +- .001 of the onsets. From the soprano alone, two
  seeds: chord .330 +- .046 (lookup .140, deepbach .181), last chord the tonic
  in .952 and .929, no parallel fifths or octaves (Bach .26 and .09 in 100
  beats)
Time: 13 min of a core; 19 to 30 min beside other work

--mode=harmonize as deepbach. Ablations of the sampler, temperatures, best of
several chains: docs/results/chorales.md.
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
  'loss': {'name': 'likelihood', 'crop': 32, 'hidden': 0.75},
  'steps': 1500,
  'sample': {
    'name': 'pseudo_gibbs',
    'count': 4,
    'at_once': 4,
    'passes': 48,
    'hottest': 0.5,
    'cooling': 0.997,
    'temperature': 0.1,
    'avoid': 'parallels,crossings',
  },
  'evaluate': [
    {'name': 'likelihood'},
    {'name': 'harmonization', 'draws': 2},
  ],
  'optimizer': {
    # Their entries are logits, most of which are rarely updated.
    '.*/relations/(into|out_of)': {**_GROUP, 'learning_rate': 2e-2},
    '.*': _GROUP,
  },
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
