"""Chorales note by note, by a GRU.

System: BachProp's ladder: GRU
Source: Colombo, Brea & Gerstner 2018, arXiv 1812.06669, and its talk
Command: python run.py --experiment=bachprop_gru
Data: chorales (music21, Riemenschneider's order), 319 pieces to learn, 35 to
  test; pieces that share a tenth in any key stand together
Parameters: 671,517
Result: not measured yet on this split and with these first weights (4-note
  Witten-Bell n-gram 3.338, unigram 5.548, majority .638, .527, .066); before,
  on 26 pieces of an easier split and with weights drawn for all rows, mean and
  spread of three seeds: test 2.076 +- .013 nats a note (dT .126, T .712, P
  1.238 +- .009; right .958, .742, .597)
Time: 71 s a seed of training on one shared core

A rung of the ladder, all with heads, first weights and minutes alike; `python
-m studies.note_ladder` trains them all, three seeds each.
"""

from experiments.bachprop_chorales import CONFIG as _CHORALES
from experiments.bachprop_chorales import SIZES as SIZES

CONFIG = {
  **_CHORALES,
  'model': {
    **_CHORALES['model'],
    'cell': 'gru',
    'dropout': 0.0,
    'fan_in': 'symbols',
  },
  'batches': {**_CHORALES['batches'], 'chunk': 20},
  'optimizer': {
    '.*': {
      'name': 'adam',
      'learning_rate': 4e-3,
      'warmup': 20,
      'final': 0.02,
      'clip': 1.0,
    }
  },
  'steps': 440,
  'evaluate': [{'name': 'note_likelihood'}],
}
