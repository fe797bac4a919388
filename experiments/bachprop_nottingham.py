"""Folk tunes with their chords, note by note.

System: BachProp, heads that add hidden units to the linear layer, and in
  training a tenth of the notes hidden (ours)
Source: Colombo, Brea & Gerstner 2018, arXiv 1812.06669
Command: python run.py --experiment=bachprop_nottingham
Data: the Nottingham collection's 1,034 tunes with their chords as MIDI, in
  data/nottingham: --set dataset/path=DIR says where else; 930 pieces to learn,
  102 to test
Parameters: 720,368
Result: seed 0: test 1.421 nats a note (dT .035, T .368, P 1.018; right .992,
  .851, .656), standard error over pieces .04; 2-note Witten-Bell n-gram 2.764
  (4-note 2.837), unigram 6.471 (majority .469, .325, .077); training tunes, in
  their own keys, 1.526: it has not learned all it can. .91 of 100 samples end
  by themselves. Novelty profile in any key, n = 2 to 12, mean gap to the
  held-out tunes .101. Of successive intervals the total variation to the test
  set is .042 (training against test .024), of simultaneous ones .032 (.020).
  One tune is left out, and one held-out tune has a dT that no other has. No
  published figures
Time: 7.6 min of training on one core beside other work

Where the collection has melodies and chords apart, in folders of their own,
leave those out: a tune would be learned from its parts and tested as a whole.
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
