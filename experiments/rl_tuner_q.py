"""A melody network tuned by music theory: Q-learning, as published.

System: RL-Tuner: Q-learning with a replay buffer and a soft target
Source: Jaques, Gu, Turner & Eck 2016, section 3,
  https://arxiv.org/abs/1611.02796; magenta/models/rl_tuner
Family: melody
Command: python run.py --experiment=rl_tuner_q
Data: as note_rnn
Parameters: 59,438
Headline: not measured: being trained
Result: not measured yet
Time: not measured yet
"""

from experiments.rl_tuner import SMOKE as TUNER_SMOKE
from experiments.rl_tuner import tuned

CONFIG = tuned({'name': 'q_learning', 'algorithm': 'q'}, 500, 64, 1e-3)

# Tiny, for tests: a whole run takes seconds.
SMOKE = TUNER_SMOKE
