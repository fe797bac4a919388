"""Soprano melodies through notes that the user sets, by Anticipation-RNN.

System: Anticipation-RNN: an LSTM over the constraints, another over the notes
Source: Hadjeres & Nielsen 2017, section 3, https://arxiv.org/abs/1709.06404
Family: melody
Command: python run.py --experiment=anticipation_rnn
Data: sopranos of music21's four-part chorales in 4/4; five-bar windows at a
  stride of one bar, in every key that stays in range
Parameters: 574,239
Headline: .945 of constraints met unforced; unconstrained .063
Result: seed 0: constraints met without being forced: in style .945, C4 .940,
  C3 .909, tritone .911, random pitches .631; 1.0 when forced; mean leap into a
  constraint 2.07 semitones (real 1.90, unconditioned 3.43); .545 nats a step
  (unigram 1.208, Markov 1.133)
Time: 5.1 min of training on one core

--mode=constrained --input=TUNE.mid --set sample/keep=1:1,3:1,last keeps these
notes and generates the others; sample/constraints sets any other notes.
"""

CONFIG = {
  'dataset': {'name': 'chorales'},
  'encoder': {
    'name': 'melody',
    'bars': 5,
    'parts': 'highest',
    'lowest': 57,
    'highest': 84,
  },
  'batches': {'name': 'windows', 'chunk': 25},
  'augmentation': [
    {'name': 'transpose', 'low': -6, 'high': 6},
    {'name': 'draw_constraints', 'free': 0.1},
  ],
  'model': {'name': 'anticipation_rnn', 'dropout': 0.1},
  'loss': {'name': 'likelihood'},
  'optimizer': {
    '.*': {
      'name': 'adam',
      'learning_rate': 4e-3,
      'warmup': 50,
      'final': 0.05,
      'clip': 1.0,
    }
  },
  'select': {'metric': 'loss', 'every': 250},
  'steps': 1500,
  'batch': 32,
  'seed': 0,
  'sample': {'name': 'constrained', 'count': 8},
  'evaluate': [{'name': 'likelihood'}, {'name': 'constraints'}],
}

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'dataset/last': 30,
  'model/hidden': [8, 8],
  'model/constraint_hidden': [8, 8],
  'batches/chunk': 2,
  'select/every': 4,
  'steps': 4,
  'batch': 8,
  'sample/count': 2,
  'evaluate/1/count': 8,
}
