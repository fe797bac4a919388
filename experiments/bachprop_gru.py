"""Chorales note by note, by a GRU.

System: BachProp's ladder: GRU
Source: Colombo, Brea & Gerstner 2018, arXiv 1812.06669, and its talk
Command: python run.py --experiment=bachprop_gru
Data: chorales (music21, Riemenschneider's order), 319 pieces to learn, 35 to
  test; pieces that share a tenth in any key stand together
Parameters: 671,517
Result: mean and spread of three seeds: test 2.077 +- .015 nats a note (dT .125,
  T .703, P 1.249 +- .013; right .960, .748, .597); 4-note Witten-Bell n-gram
  3.338, unigram 5.548 (majority .638, .527, .066). Without transposition P
  1.588 +- .024
Time: 92 s a seed of training on one core

A rung of the ladder, all with heads, first weights and minutes alike; `python
-m studies.note_ladder bachprop_feedforward bachprop_rnn bachprop_lstm
bachprop_gru` trains them all, three seeds each. Published: figures
could not be recovered.
"""

from experiments.bachprop_chorales import CONFIG as _CHORALES
from experiments.bachprop_chorales import SIZES as SIZES

CONFIG = {
  **_CHORALES,
  'model': {
    **_CHORALES['model'],
    'cell': 'gru',
    'dropout': 0.0,
    'input_dropout': 0.0,
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
  'evaluate': [{'name': 'likelihood'}],
}
