"""MiniBach with a softmax a voice and step, in every key.

System: MiniBach, its output layer a softmax for each note
Source: the course's heads for one of K, many times (Briot, Hadjeres and
  Pachet, arXiv 1709.01620); the rest is experiments/minibach.py
Command: python run.py --experiment=minibach_softmax
Data: as minibach, each window in every key that keeps the voices in range
Parameters: 3,269,364
Result: as minibach, alto / tenor / bass: .781 / .771 / .778 of the steps (hold
  .728 / .704 / .715), .282 / .272 / .253 of the onsets; .738 / .815 / .811
  nats a step (unigram 1.279 / 1.357 / 1.409). No published figures
Time: 3.2 min of training on one core

The loss is then -log p of the true note, in nats, and notes can be drawn:
--set sample/temperature=1. What the softmax brings alone is little: with 200
hidden units and no transposition .770 / .756 / .758 and .241 / .223 / .187,
about the sigmoids' figures; with 1,280 .776 / .762 / .763 and .258 / .241 /
.203. Transposition brings the rest.
"""

from experiments.minibach import CONFIG as MINIBACH

CONFIG = {
  **MINIBACH,
  'augmentation': [{'name': 'transpose', 'low': -12, 'high': 12}],
  'model': {**MINIBACH['model'], 'hidden': [500], 'head': 'softmax'},
  'steps': 4800,
}
