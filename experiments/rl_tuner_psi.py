"""A melody network tuned by music theory: Psi-learning, as published.

System: RL-Tuner: Psi-learning with a replay buffer and a soft target
Source: Jaques, Gu, Turner & Eck 2016, section 3,
  https://arxiv.org/abs/1611.02796; magenta/models/rl_tuner
Family: melody
Command: python run.py --experiment=rl_tuner_psi
Data: as note_rnn
Parameters: 59,438
Headline: 53.9 % of notes in a motif; untuned 49.1; published 73.8
Result: seed 0, 2,000 melodies: KL 1.61 nats; odd onsets 13.5 %;
  start with the tonic 10.5 %; .9 % repeated
Time: 1.4 min of training on one core, Note-RNN included
"""

from experiments.rl_tuner import tuned

CONFIG = tuned({'name': 'q_learning', 'algorithm': 'psi'}, 500, 64, 1e-3)
