"""Alto, tenor and bass below a soprano, by a network that hears all of it.

System: bidirectional RNN counterpoint
Source: Schuster and Paliwal 1997; Briot's course; its one-way sibling is
  experiments/rnn_counterpoint.py
Command: python run.py --experiment=birnn_counterpoint
Data: as rnn_counterpoint
Parameters: 393,676
Result: not measured yet
Time: not measured yet

One LSTM goes forward, another backward, and both are read at each step: the
voices below a note may prepare what the soprano will do.
"""

from experiments.rnn_counterpoint import CONFIG as ONE_WAY
from experiments.rnn_counterpoint import SMOKE as SMOKE

CONFIG = {
  **ONE_WAY,
  'model': {**ONE_WAY['model'], 'form': 'bidirectional'},
}
