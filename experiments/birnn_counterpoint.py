"""Alto, tenor and bass below a soprano, by a bidirectional LSTM.

System: bidirectional LSTM counterpoint
Source: Schuster & Paliwal 1997; Briot's course
Family: chorales
Command: python run.py --experiment=birnn_counterpoint
Data: as minibach, each window in every key that keeps the voices in range
Parameters: 393,676
Headline: A/T/B steps .787, .776, .784; always hold .728, .704, .715
Result: one seed, alto / tenor / bass: .787 / .776 / .784 of the steps (always
  hold .728 / .704 / .715; unidirectional .773 / .768 / .771), .301 / .287 /
  .276 of the onsets; .691 / .768 / .754 nats a step (unigram 1.279 / 1.357 /
  1.409); parallel fifths 13.3 and octaves 14.6 in 100 beats (Bach's own .3, .1)
Time: 3.9 min of training on one core

Each step reads the soprano before and after it, so the lower voices can prepare
what the soprano will do.
"""

from experiments.rnn_counterpoint import CONFIG as ONE_WAY
from experiments.rnn_counterpoint import SMOKE as SMOKE

CONFIG = {
  **ONE_WAY,
  'model': {**ONE_WAY['model'], 'form': 'bidirectional'},
}

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'likelihood/alto',
  'likelihood/tenor',
  'likelihood/bass',
  'voice_leading/parallel_fifths',
  'voice_leading/parallel_octaves',
]
