"""A soprano's melody, one note after another.

System: recurrent network that writes melodies by iterative feedforward
Source: Eck and Schmidhuber 2002; Briot's course (its script is not public); the
  sizes are magenta's basic_rnn, two layers of 128 LSTM
Command: python run.py --experiment=rnn_melody
Data: sopranos of music21's four-part chorales in 4/4; four-bar windows, a bar
  from each to the next, in all keys
Parameters: 255,322
Result: 188 held-out windows: .724 nats a step (unigram 1.207, from the token
  before 1.129, counted by place in the bar and sounding pitch .665), .760 of
  the steps right (always hold .755; .807 by counting), .073 of the onsets (0;
  .251): worse than counting, and not overfitted (training .722). With one first
  note the likeliest tokens give 1 melody in 64, drawing gives 64. Samples move
  by steps and in quarters, without cadences. None is published
Time: 4.5 min of training on a shared core

Teacher forcing and cross-entropy. --set sample/temperature=0 takes the
likeliest note each time: with --set sample/first=67 every melody is then the
same one, which the evaluator first_note counts; drawing is the remedy. The
network has to count steps and to remember what sounds, and learns both slowly.
--set model/context=True tells it: with that, dropout .2 and six keys instead of
twelve a run stood at .630 nats and .277 of the onsets on validation after 1,600
of 2,000 steps, where this one stood at .777 and .103; its end and its test
figures are not measured yet.
"""

CONFIG = {
  'dataset': {'name': 'chorales'},
  'encoder': {'name': 'melody', 'bars': 4, 'parts': 'highest'},
  'batches': {'name': 'windows', 'chunk': 20},
  'augmentation': [{'name': 'transpose', 'low': -5, 'high': 6}],
  'model': {
    'name': 'melody_rnn',
    'hidden': [128, 128],
    'dropout': 0.3,
  },
  'loss': {'name': 'next_token'},
  'optimizer': {
    '.*': {'name': 'adam', 'learning_rate': 3e-3, 'final': 0.05, 'clip': 1.0}
  },
  'select': {'metric': 'loss', 'every': 100},
  'steps': 2000,
  'batch': 32,
  'seed': 0,
  'sample': {'name': 'iterate'},
  'evaluate': [{'name': 'token_likelihood'}, {'name': 'first_note'}],
}

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'dataset/last': 30,
  'model/hidden': [8, 8],
  'batches/chunk': 2,
  'select/every': 4,
  'steps': 4,
  'batch': 8,
  'sample/count': 2,
  'evaluate/1/count': 4,
}
