"""A soprano's melody, one note after another.

System: recurrent network that writes melodies by iterative feedforward
Source: Eck and Schmidhuber 2002; Briot's course (its script is not public); the
  sizes are magenta's basic_rnn, two layers of 128 LSTM
Command: python run.py --experiment=rnn_melody
Data: sopranos of music21's four-part chorales in 4/4; four-bar windows, a bar
  from each to the next, in six keys
Parameters: 309,594
Result: 188 held-out windows: .561 nats a step (unigram 1.207, from the token
  before 1.129, counted by place in the bar and sounding pitch .665), .821 of
  the steps right (always hold .755; .807 by counting), .308 of the onsets (0;
  .251); training .555 nats. With one first note the likeliest tokens give 1
  melody in 64, drawing gives 64. None is published
Time: 14 min of training on a core shared with much else

Teacher forcing and cross-entropy. --set sample/temperature=0 takes the
likeliest note each time: with --set sample/first=67 every melody is then the
same one, which the evaluator first_note counts; drawing is the remedy. The
network is told what it would otherwise have to count and to remember, each
step's place in its bar and the pitch that sounds: without (model/metre=False,
dropout .3, twelve keys) it ended at .724 nats and .073 of the onsets, worse
than counting.
"""

CONFIG = {
  'dataset': {'name': 'chorales'},
  'encoder': {'name': 'melody', 'bars': 4, 'parts': 'highest'},
  'batches': {'name': 'windows', 'chunk': 20},
  'augmentation': [{'name': 'transpose', 'low': -2, 'high': 3}],
  'model': {
    'name': 'melody_rnn',
    'hidden': [128, 128],
    'metre': True,
    'dropout': 0.2,
  },
  'loss': {'name': 'likelihood'},
  'optimizer': {
    '.*': {'name': 'adam', 'learning_rate': 3e-3, 'final': 0.05, 'clip': 1.0}
  },
  'select': {'metric': 'loss', 'every': 100},
  'steps': 2000,
  'batch': 32,
  'seed': 0,
  'sample': {'name': 'autoregressive', 'count': 8},
  'evaluate': [{'name': 'likelihood'}, {'name': 'first_note'}],
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
