"""Chorales note by note, by an LSTM.

System: BachProp's ladder: LSTM
Source: Colombo, Brea & Gerstner 2018, arXiv 1812.06669, and its talk
Command: python run.py --experiment=bachprop_lstm
Data: chorales (music21, Riemenschneider's order), 319 pieces to learn, 35 to
  test; pieces that share a tenth in any key stand together
Parameters: 817,693
Result: mean and spread of three seeds: test 2.237 +- .010 nats a note (dT .150,
  T .718, P 1.369 +- .012; right .951, .743, .555); 4-note Witten-Bell n-gram
  3.338, unigram 5.548 (majority .638, .527, .066)
Time: 88 s a seed of training on one core

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
    'cell': 'lstm',
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
  'steps': 380,
  'evaluate': [{'name': 'likelihood'}],
}
