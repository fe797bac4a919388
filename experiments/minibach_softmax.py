"""MiniBach with a softmax a voice and step, in place of sigmoids.

System: MiniBach, its output layer a softmax for each note
Source: the course's heads for one of K, many times (Briot, Hadjeres and
  Pachet, arXiv 1709.01620); the rest is experiments/minibach.py
Command: python run.py --experiment=minibach_softmax
Data: as minibach
Parameters: 1,310,664
Result: as minibach, alto / tenor / bass: .770 / .756 / .758 of the steps, .241 /
  .223 / .187 of the onsets; .809 / .889 / .900 nats a step (unigram 1.279 /
  1.357 / 1.409)
Time: 30 s of training on one core

The loss is then -log p of the true note, in nats, and notes can be drawn:
--set sample/temperature=1.
"""

from experiments.minibach import CONFIG as MINIBACH

CONFIG = {
  **MINIBACH,
  'loss': {'name': 'counterpoint', 'head': 'softmax'},
  'steps': 1600,
}
