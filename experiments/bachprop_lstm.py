"""Chorales note by note, by an LSTM.

System: BachProp's ablation over cells: LSTM
Source: Colombo, Brea & Gerstner 2018, https://arxiv.org/abs/1812.06669, and
  BachProp's slides
Family: polyphony
Command: python run.py --experiment=bachprop_lstm
Data: chorales (music21, Riemenschneider's order), 319 training and 35 test
  pieces; pieces that share a tenth of their notes in any key are in one split
Parameters: 817,693
Headline: 2.237 nats a note; n-gram 3.338, unigram 5.548
Result: three seeds: test 2.237 +- .010 nats a note (dT .150, T .718, P 1.369;
  accuracy .951, .743, .555); Witten-Bell n-gram over 4 notes 3.338, unigram
  5.548
Time: 88 s a seed of training on one core

All four cells and three seeds each: `python -m studies.note_ladder
bachprop_feedforward bachprop_rnn bachprop_lstm bachprop_gru`.
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

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'likelihood/sum_nats',
  'likelihood/after_accuracy',
  'likelihood/length_accuracy',
  'likelihood/pitch_accuracy',
]
