"""Alto, tenor and bass below a soprano, sung step by step.

System: RNN counterpoint, an LSTM whose output is other than its input
Source: Briot's course (RNN can have output different than input); its
  feedforward sibling is experiments/minibach.py
Command: python run.py --experiment=rnn_counterpoint
Data: as minibach, each window in every key that keeps the voices in range
Parameters: 196,876
Result: as minibach, two seeds, alto / tenor / bass: .775 / .767 / .773 of the
  steps (hold .728 / .704 / .715), .257 / .253 / .234 of the onsets; .746 / .818
  / .828 nats a step (unigram 1.279 / 1.357 / 1.409); the two differ by .007 at
  most in a share. From the sopranos of whole chorales, as minibach, the very
  pitch of Bach's alto .342 +- .028, tenor .359 +- .030, bass .290 +- .031,
  chord .174 +- .021, last chord the tonic in .07 +- .08; parallel fifths 15.4
  +- 2.5 and octaves 14.2 +- 2.3 in 100 beats (Bach's own .3 and .1): the
  likeliest of each voice for itself does not lead voices. No published figures
Time: 2.5 min of training on one core, 5 min on half of one

At each step the network knows the soprano up to there, and three softmaxes give
the other voices. What comes after, birnn_counterpoint knows too.
"""

from experiments.minibach import CONFIG as MINIBACH

CONFIG = {
  **MINIBACH,
  'augmentation': [{'name': 'transpose', 'low': -12, 'high': 12}],
  'model': {
    'name': 'counterpoint',
    'form': 'recurrent',
    'hidden': [200],
    'dropout': 0.3,
  },
  'optimizer': {
    '.*': {'name': 'adam', 'learning_rate': 3e-3, 'final': 0.05, 'clip': 1.0}
  },
  'steps': 2000,
}

# Tiny, for tests: a whole run takes seconds.
SMOKE = {
  'dataset/last': 30,
  'model/hidden': [8],
  'batches/chunk': 2,
  'select/every': 4,
  'steps': 4,
  'batch': 8,
  'sample/count': 2,
}
