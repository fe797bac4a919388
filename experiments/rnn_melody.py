"""Soprano melodies, token by token, by a recurrent network.

System: two-layer LSTM that generates melodies by iterative feedforward
Source: Eck & Schmidhuber 2002; Briot's course (its script is not public); the
  layer sizes are those of Magenta's basic_rnn, 2 x 128
Family: melody
Command: python run.py --experiment=rnn_melody
Data: sopranos of music21's four-part chorales in 4/4; four-bar windows at a
  stride of one bar, in six keys
Parameters: 309,594
Headline: .561 nats a step; unigram 1.207, bigram 1.129
Result: 188 test windows: .561 nats a step (unigram 1.207, bigram 1.129), .821
  of the steps right (always hold .755), .308 of the onsets (0); given one first
  note, 64 greedy melodies are all the same, 64 sampled ones all differ
Time: 14 min of training on a core shared with other work

--set sample/temperature=0 takes the most likely token; --set sample/first=67
fixes the first note. Ablation: docs/results/melody.md.
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

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'likelihood/nats',
  'likelihood/accuracy',
  'first_note/different_melodies',
]

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
