"""String quartets note by note, movement by movement.

System: BachProp; output heads with a hidden layer beside the linear one, and a
  tenth of the input notes masked in training (ours)
Source: Colombo, Brea & Gerstner 2018, https://arxiv.org/abs/1812.06669
Family: polyphony
Command: python run.py --experiment=bachprop_quartets
Data: quartets (Haydn, Mozart, Beethoven in music21), 46 files; the paper's set
  has 215 movements
Parameters: 849,118
Headline: 3.172 nats a note; n-gram 5.007, unigram 6.608
Result: seed 0: test 3.172 nats a note (dT .464, T .643, P 2.065; accuracy .852,
  .797, .377), standard error over the 6 test movements .19; Witten-Bell n-gram
  over 1 note 5.007, unigram 6.608. .36 of 100 samples predict the end token
  before 2,000 notes. Novelty profile: mean gap to held-out movements .032
Time: 4.7 min of training on one core shared with other work

Samples are truncated after 2,000 notes. Dropped files, dilation:
docs/results/polyphony.md.
"""

from experiments.bachprop_chorales import CONFIG as _CHORALES

CONFIG = {
  **_CHORALES,
  'model': {**_CHORALES['model'], 'dropout': 0.25},
  'dataset': {'name': 'quartets'},
  # A large share of the few movements, since most of those held out have a time
  # value that the training pieces lack, and are dropped.
  'split': [0.75, 0.0, 0.25],
  # Rounding errors between sixteenths and twelfths add up over a movement; bars
  # are not read.
  'encoder': {'name': 'notes', 'tolerance': 4.0},
  'augmentation': [
    *_CHORALES['augmentation'],
    {'name': 'dilate_notes', 'factors': [0.5, 1.0, 2.0], 'probability': 0.5},
  ],
  'steps': 2100,
  'sample': {'name': 'autoregressive', 'steps': 2000, 'count': 4},
  'evaluate': [
    {'name': 'likelihood'},
    {'name': 'endings'},
    {'name': 'originality', 'count': 100},
    {'name': 'intervals', 'count': 100},
  ],
}

# Values of dT, T and P in the training pieces, and a tag.
SIZES = {'after': 41, 'length': 71, 'pitch': 63}

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'likelihood/sum_nats',
  'likelihood/after_accuracy',
  'likelihood/length_accuracy',
  'likelihood/pitch_accuracy',
  'originality/mean_gap_in_any_key',
]
