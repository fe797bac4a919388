"""Your own music, note by note: any folder of MIDI, MusicXML and ABC files.

System: BachProp, heads that add hidden units to the linear layer, and in
  training a tenth of the notes hidden (ours)
Source: Colombo, Brea & Gerstner 2018, arXiv 1812.06669
Command: python run.py --experiment=bachprop_folder
Data: the folder `music`; --set dataset/path=DIR says where else
Parameters: 671,517 with dictionaries as large as the chorales'
Result: yours; the report has it beside counting models (n-grams)
Time: yours; a step reads 16 x 128 notes, whatever the corpus

Tracks are merged and times put onto sixteenths and twelfths of a quarter.
Recorded performances, which keep to no fractions, are left out and named.
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

# As the chorales have them; what a folder has is found when it is read.
SIZES = {'after': 13, 'length': 22, 'pitch': 47}
