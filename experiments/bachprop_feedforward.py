"""Chorales note by note, from the last three notes only.

System: BachProp's ablation over cells: feedforward on note[n-3:n]
Source: Colombo, Brea & Gerstner 2018, https://arxiv.org/abs/1812.06669, and
  BachProp's slides
Family: polyphony
Command: python run.py --experiment=bachprop_feedforward
Data: chorales (music21, Riemenschneider's order), 319 training and 35 test
  pieces; pieces that share a tenth of their notes in any key are in one split
Parameters: 375,069
Headline: 2.654 nats a note; n-gram 3.338, unigram 5.548
Result: three seeds: test 2.654 +- .010 nats a note (dT .212, T .726, P 1.716;
  accuracy .930, .735, .468); Witten-Bell n-gram over 4 notes 3.338, unigram
  5.548
Time: 115 s a seed of training on one core

All four cells and three seeds each: `python -m studies.note_ladder
bachprop_feedforward bachprop_rnn bachprop_lstm bachprop_gru`.
"""

from experiments.bachprop_chorales import CONFIG as _CHORALES
from experiments.bachprop_chorales import SIZES as SIZES

CONFIG = {
  **_CHORALES,
  'model': {
    **_CHORALES['model'],
    'cell': 'feedforward',
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
  'steps': 760,
  'evaluate': [{'name': 'likelihood'}],
}

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'likelihood/sum_nats',
  'likelihood/after_accuracy',
  'likelihood/length_accuracy',
  'likelihood/pitch_accuracy',
]
