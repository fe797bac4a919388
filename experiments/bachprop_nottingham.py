"""Folk tunes with their chords, note by note.

System: BachProp; output heads with a hidden layer beside the linear one, and a
  tenth of the input notes masked in training (ours)
Source: Colombo, Brea & Gerstner 2018, https://arxiv.org/abs/1812.06669
Family: polyphony
Command: python run.py --experiment=bachprop_nottingham
Data: the Nottingham collection's 1,034 tunes with chords as MIDI, 930 training
  and 102 test pieces, in data/nottingham (--set dataset/path=DIR)
Parameters: 720,368
Headline: 1.421 nats a note; n-gram 2.764, unigram 6.471
Result: seed 0: test 1.421 nats a note (dT .035, T .368, P 1.018; accuracy .992,
  .851, .656), standard error over pieces .04; Witten-Bell n-gram over 2 notes
  2.764, unigram 6.471. .91 of 100 samples predict the end token. Novelty
  profile: mean gap to held-out tunes .101
Time: 7.6 min of training on one core shared with other work

Delete folders with only melodies or only chords: parts of a tune could be in
the training set and the whole tune in the test set.
"""

from experiments.bachprop_chorales import CONFIG as _CHORALES

CONFIG = {
  **_CHORALES,
  'model': {**_CHORALES['model'], 'dropout': 0.25},
  'dataset': {'name': 'midi_folder', 'path': 'data/nottingham'},
  'steps': 2100,
  'evaluate': [
    {'name': 'likelihood'},
    {'name': 'endings'},
    {'name': 'originality', 'count': 100},
    {'name': 'intervals', 'count': 100},
  ],
}

# Values of dT, T and P in the training pieces, and a tag.
SIZES = {'after': 16, 'length': 38, 'pitch': 54}

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'likelihood/sum_nats',
  'likelihood/after_accuracy',
  'likelihood/length_accuracy',
  'likelihood/pitch_accuracy',
  'originality/mean_gap_in_any_key',
]
