"""A melody network tuned by music theory: Q-learning, as published.

System: RL-Tuner: Q-learning with a replay buffer and a soft target
Source: Jaques, Gu, Turner & Eck 2016, section 3,
  https://arxiv.org/abs/1611.02796; magenta/models/rl_tuner
Family: melody
Command: python run.py --experiment=rl_tuner_q
Data: as note_rnn
Parameters: 59,438
Headline: in a motif 55.2 %, untuned 49.1 %; published 75.7 %
Result: seed 0: repeated notes .9 % (untuned 3.1 %), starts on the tonic 10.6 %
  (10.4), distinct 1.0, 1.77 nats from the Note-RNN; 14.5 % of the onsets are
  odd sixteenths (8.1). Far behind rl_tuner at four times its time
Time: 6.5 min of training on part of a core
"""

from experiments.rl_tuner import SMOKE as TUNER_SMOKE
from experiments.rl_tuner import tuned

CONFIG = tuned({'name': 'q_learning', 'algorithm': 'q'}, 500, 64, 1e-3)

# Tiny, for tests: a whole run takes seconds.
SMOKE = {k: v for k, v in TUNER_SMOKE.items() if 'evaluate' not in k} | {
  'evaluate': []
}
