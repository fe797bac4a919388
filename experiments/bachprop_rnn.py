"""Chorales note by note, by a simple recurrent network.

System: BachProp's ladder: simple RNN
Source: Colombo, Brea & Gerstner 2018, arXiv 1812.06669, and its talk
Command: python run.py --experiment=bachprop_rnn
Data: chorales (music21, Riemenschneider's order), 319 pieces to learn, 35 to
  test; pieces that share a tenth in any key stand together
Parameters: 377,629
Result: mean and spread of three seeds: test 2.337 +- .003 nats a note (dT .150,
  T .723, P 1.463 +- .006; right .952, .741, .529); 4-note Witten-Bell n-gram
  3.338, unigram 5.548 (majority .638, .527, .066)
Time: 78 s a seed of training on one core

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
    'cell': 'rnn',
    'dropout': 0.0,
    'input_dropout': 0.0,
    'fan_in': 'symbols',
  },
  'batches': {**_CHORALES['batches'], 'chunk': 20},
  'optimizer': {
    '.*': {
      'name': 'adam',
      'learning_rate': 2e-3,
      'warmup': 20,
      'final': 0.02,
      'clip': 1.0,
    }
  },
  'steps': 700,
  'evaluate': [{'name': 'likelihood'}],
}
