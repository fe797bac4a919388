"""Alto, tenor and bass below a soprano, by a network that hears all of it.

System: bidirectional RNN counterpoint
Source: Schuster and Paliwal 1997; Briot's course; its one-way sibling is
  experiments/rnn_counterpoint.py
Command: python run.py --experiment=birnn_counterpoint
Data: as rnn_counterpoint
Parameters: 393,676
Result: as minibach, one seed, alto / tenor / bass: .787 / .776 / .784 of the
  steps (hold .728 / .704 / .715; one way .773 / .768 / .771), .301 / .287 /
  .276 of the onsets; .691 / .768 / .754 nats a step (unigram 1.279 / 1.357 /
  1.409). Parallel fifths 13.3 and octaves 14.6 in 100 beats (Bach's own .3 and
  .1). No published figures
Time: 3.9 min of training on one core

One LSTM goes forward, another backward, and both are read at each step: the
voices below a note may prepare what the soprano will do.
"""

from experiments.rnn_counterpoint import CONFIG as ONE_WAY
from experiments.rnn_counterpoint import SMOKE as SMOKE

CONFIG = {
  **ONE_WAY,
  'model': {**ONE_WAY['model'], 'form': 'bidirectional'},
}
