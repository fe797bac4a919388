"""Your own music, note by note: any folder of MIDI, MusicXML and ABC files.

System: BachProp; output heads with a hidden layer beside the linear one, and a
  tenth of the input notes masked in training (ours)
Source: Colombo, Brea & Gerstner 2018, https://arxiv.org/abs/1812.06669
Family: polyphony
Command: python run.py --experiment=bachprop_folder
Data: the folder `music`; --set dataset/path=DIR replaces it
Parameters: 671,517 with vocabularies as large as those of the chorales
Headline: not measured: your own data
Result: depends on your music; report.json compares it with n-grams
Time: depends on your music; a step reads 16 x 128 notes in any corpus

Tracks are merged, and times quantised to sixteenths and twelfths of a quarter.
Recorded performances, which fit no grid, are dropped and listed.
"""

from experiments.bachprop_chorales import CONFIG as _CHORALES

CONFIG = {
  **_CHORALES,
  'model': {**_CHORALES['model'], 'dropout': 0.25},
  'steps': 4900,
  'dataset': {'name': 'midi_folder', 'path': 'music'},
  'augmentation': [
    *_CHORALES['augmentation'],
    {'name': 'dilate_notes', 'factors': [0.5, 1.0, 2.0], 'probability': 0.5},
  ],
  'evaluate': [
    {'name': 'likelihood'},
    {'name': 'endings'},
    {'name': 'originality', 'count': 100},
    {'name': 'intervals', 'count': 100},
  ],
}

# As in the chorales; a folder's own values are found when it is read.
SIZES = {'after': 13, 'length': 22, 'pitch': 47}

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'likelihood/sum_nats',
  'likelihood/after_accuracy',
  'likelihood/length_accuracy',
  'likelihood/pitch_accuracy',
  'originality/mean_gap_in_any_key',
]
