"""Folk tunes with their chords, note by note.

System: BachProp, heads that add hidden units to the linear layer (ours)
Source: Colombo, Brea & Gerstner 2018, arXiv 1812.06669
Command: python run.py --experiment=bachprop_nottingham
Data: a folder of the Nottingham collection, MIDI or ABC, in
  data/nottingham: --set dataset/path=DIR says where else
Parameters: 720,368
Result: not measured yet
Time: not measured yet
"""

from experiments.bachprop_chorales import CONFIG as _CHORALES

CONFIG = {
  **_CHORALES,
  'dataset': {'name': 'midi_folder', 'path': 'data/nottingham'},
  'evaluate': [
    {'name': 'note_likelihood'},
    {'name': 'endings'},
    {'name': 'originality', 'count': 100},
    {'name': 'intervals', 'count': 100},
  ],
}

# Values of dT, T and P in the training pieces, and a tag.
SIZES = {'after': 16, 'length': 38, 'pitch': 54}
