"""String quartets note by note, movement by movement.

System: BachProp, heads that add hidden units to the linear layer, and in
  training a tenth of the notes hidden (ours)
Source: Colombo, Brea & Gerstner 2018, arXiv 1812.06669
Command: python run.py --experiment=bachprop_quartets
Data: quartets (Haydn, Mozart, Beethoven in music21); the published set has 215
  movements, this one 46 files
Parameters: 906,107
Result: seed 0: test 3.277 nats a note (dT .508, T .747, P 2.022; right .822,
  .753, .384), standard error over the 4 movements that are tested .13; 1-note
  Witten-Bell n-gram 5.111 (2-note 5.229), unigram 6.656 (majority .536, .460,
  .070); training movements, in their own keys and times, 2.508. .43 of 100
  samples end by themselves before 2,000 notes. Novelty profile in any key, n =
  2 to 12, mean gap to the held-out movements .041. Of successive intervals the
  total variation to the test set is .152 (training against test .181), of
  simultaneous ones .105 (.120). No published figures
Time: 8.8 min of training on one core beside other work

Of 34 files 30 are learned, and of 12 held out 4 tested (3,324 notes): 7 have a
time that no training piece has, and of 5 the rhythm is more than 4 quarters
off. Movements are long: samples are cut off after 2,000 notes. Rhythms are
drawn slower and faster, too, where every duration stays in the dictionary.
"""

from experiments.bachprop_chorales import CONFIG as _CHORALES

CONFIG = {
  **_CHORALES,
  'model': {**_CHORALES['model'], 'dropout': 0.25},
  'dataset': {'name': 'quartets'},
  # Of few movements many: most that are held out have a time of their own,
  # which the training pieces lack, and are left out.
  'split': [0.75, 0.0, 0.25],
  # What is written between sixteenths and twelfths adds up; bars are not read.
  'encoder': {'name': 'notes', 'tolerance': 4.0},
  'augmentation': [
    *_CHORALES['augmentation'],
    {'name': 'dilate_notes', 'factors': [0.5, 1.0, 2.0], 'probability': 0.5},
  ],
  'steps': 2100,
  'sample': {'name': 'notes', 'count': 4, 'longest': 2000},
  'evaluate': [
    {'name': 'note_likelihood'},
    {'name': 'endings'},
    {'name': 'originality', 'count': 100},
    {'name': 'intervals', 'count': 100},
  ],
}

# Values of dT, T and P in the training pieces, and a tag.
SIZES = {'after': 60, 'length': 81, 'pitch': 63}
