"""Chorales note by note, by BachProp in the form of its released code.

System: BachProp, the released form
Source: Colombo, Brea & Gerstner 2018, https://arxiv.org/abs/1812.06669, and
  the authors' code
Family: polyphony
Command: python run.py --experiment=bachprop_release
Data: chorales (music21, Riemenschneider's order), 319 training and 35 test
  pieces; pieces that share a tenth of their notes in any key are in one split
Parameters: 473,949
Headline: 2.455 nats a note; n-gram 3.335, unigram 5.548
Result: test 2.455 nats a note (dT .333, T .767, P 1.355; accuracy .895, .732,
  .597), standard error over pieces .08; Witten-Bell n-gram over 3 notes 3.335,
  unigram 5.548; bachprop_chorales 1.620
Time: 5.3 min of training on one core shared with other work

What differs from the released code: docs/results/polyphony.md.
"""

from experiments.bachprop_chorales import CONFIG as _CHORALES
from experiments.bachprop_chorales import SIZES as SIZES

CONFIG = {
  **_CHORALES,
  'encoder': {'name': 'notes', 'order': 'ascending'},
  'batches': {'name': 'streams', 'length': 128, 'chunk': 20},
  'model': {
    'name': 'bachprop',
    'cell': 'gru',
    'hidden': [128, 128, 128, 128],
    'heads': 'rectified',
  },
  'optimizer': {'.*': {'name': 'adam', 'learning_rate': 1e-3}},
  'steps': 1000,
  'batch': 32,
  'sample': {
    'name': 'autoregressive',
    'steps': 1000,
    'count': 8,
    'temperature': 0.5,
  },
  'evaluate': [{'name': 'likelihood'}],
}

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'likelihood/sum_nats',
  'likelihood/after_accuracy',
  'likelihood/length_accuracy',
  'likelihood/pitch_accuracy',
]
