"""Chorales in the style of Bach, with any notes fixed by the user.

System: DeepBach, the paper's form
Source: Hadjeres, Pachet & Nielsen, ICML 2017, section 2,
  https://arxiv.org/abs/1612.01010
Family: chorales
Command: python run.py --experiment=deepbach
Data: music21's four-part chorales, whole, split by chorale, each excerpt in a
  random transposition that stays in range
Parameters: 2,869,732
Headline: .290 nats a cell, .713 of the onsets; unigram 1.287 nats
Result: test cells predicted from all others, three seeds: .290 +- .002 nats a
  cell, .713 of the onsets (deepbach_mlp .390, .627; deepbach_maxent .454, .586;
  unigram 1.287). From the soprano alone: chord .181 (lookup .140), last chord
  the tonic in .667, parallel fifths 12.8 in 100 beats (Bach .26): not good
  enough, see deepbach_relations
Time: 6.5 min of training on one core, 4.1 of evaluation and samples

--mode=harmonize --input=FILE writes alto, tenor and bass to a melody of any
length and key; --list=deepbach says what else can be fixed.
"""

from typing import Any

CONFIG: dict[str, Any] = {
  'dataset': {'name': 'chorales'},
  'encoder': {'name': 'voices', 'steps': 0, 'padding': 16},
  'batches': {'name': 'by_length', 'chunk': 25},
  'augmentation': [{'name': 'transpose', 'low': -12, 'high': 12}],
  'model': {'name': 'deepbach', 'form': 'lstm'},
  'loss': {'name': 'likelihood', 'crop': 32},
  'optimizer': {
    '.*': {
      'name': 'adam',
      'learning_rate': 2e-3,
      'warmup': 50,
      'final': 0.02,
      'clip': 5.0,
      'average': 0.99,
    }
  },
  'select': {'metric': 'loss', 'every': 125},
  'steps': 1000,
  'batch': 32,
  'seed': 0,
  'sample': {'name': 'pseudo_gibbs', 'count': 4, 'at_once': 4},
  'evaluate': [{'name': 'likelihood'}, {'name': 'harmonization'}],
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

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'dataset/last': 30,
  'model/context': 4,
  'model/recurrent': [8],
  'model/hidden': 8,
  'batches/chunk': 2,
  'loss/crop': 4,
  'select/every': 4,
  'steps': 4,
  'batch': 8,
  'sample/count': 2,
  'sample/length': 2,
  'sample/iterations': 4,
}
