"""Chorales note by note, by a GRU.

System: BachProp's ablation over cells: GRU
Source: Colombo, Brea & Gerstner 2018, https://arxiv.org/abs/1812.06669, and
  BachProp's slides
Family: polyphony
Command: python run.py --experiment=bachprop_gru
Data: chorales (music21, Riemenschneider's order), 319 training and 35 test
  pieces; pieces that share a tenth of their notes in any key are in one split
Parameters: 671,517
Headline: 2.077 nats a note; n-gram 3.338, unigram 5.548
Result: three seeds: test 2.077 +- .015 nats a note (dT .125, T .703, P 1.249;
  accuracy .960, .748, .597); Witten-Bell n-gram over 4 notes 3.338, unigram
  5.548
Time: 92 s a seed of training on one core

All four cells and three seeds each: `python -m studies.note_ladder
bachprop_feedforward bachprop_rnn bachprop_lstm bachprop_gru`.
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

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'likelihood/sum_nats',
  'likelihood/after_accuracy',
  'likelihood/length_accuracy',
  'likelihood/pitch_accuracy',
]
