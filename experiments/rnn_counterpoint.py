"""Alto, tenor and bass below a soprano, step by step, by an LSTM.

System: LSTM counterpoint: the output voices differ from the input voice
Source: Briot's course (RNN can have output different than input)
Family: chorales
Command: python run.py --experiment=rnn_counterpoint
Data: as minibach, each window in every key that keeps the voices in range
Parameters: 196,876
Headline: A/T/B steps .775, .767, .773; always hold .728, .704, .715
Result: two seeds, alto / tenor / bass: .775 / .767 / .773 of the steps (always
  hold .728 / .704 / .715), .257 / .253 / .234 of the onsets; .746 / .818 / .828
  nats a step (unigram 1.279 / 1.357 / 1.409). From whole test sopranos: chord
  .174, parallel fifths 15.4 and octaves 14.2 in 100 beats (Bach's own .3, .1)
Time: 2.5 min of training on one core, 5 min on half of one

At each step the LSTM has read the soprano up to there; birnn_counterpoint reads
all of it.
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

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'likelihood/alto',
  'likelihood/tenor',
  'likelihood/bass',
  'voice_leading/parallel_fifths',
  'voice_leading/parallel_octaves',
]

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
