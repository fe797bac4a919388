"""Folk tunes with their chords, note by note.

System: BachProp, heads that add hidden units to the linear layer (ours)
Source: Colombo, Brea & Gerstner 2018, arXiv 1812.06669
Command: python run.py --experiment=bachprop_nottingham
Data: the Nottingham collection's 1,034 tunes with their chords as MIDI, in
  data/nottingham: --set dataset/path=DIR says where else; 930 pieces to learn,
  102 to test
Parameters: 720,368
Result: not measured yet
Time: not measured yet

Where the collection has melodies and chords apart, in folders of their own,
leave those out: a tune would be learned from its parts and tested as a whole.
"""

from experiments.bachprop_chorales import CONFIG as _CHORALES

CONFIG = {
  **_CHORALES,
  'dataset': {'name': 'midi_folder', 'path': 'data/nottingham'},
  'steps': 2100,
  'evaluate': [
    {'name': 'note_likelihood'},
    {'name': 'endings'},
    {'name': 'originality', 'count': 100},
    {'name': 'intervals', 'count': 100},
  ],
}

# Values of dT, T and P in the training pieces, and a tag.
SIZES = {'after': 16, 'length': 38, 'pitch': 54}
