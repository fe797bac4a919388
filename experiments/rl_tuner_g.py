"""A melody network tuned by music theory: G-learning, as published.

System: RL-Tuner: G-learning with a replay buffer and a soft target
Source: Jaques, Gu, Turner & Eck 2016, section 3,
  https://arxiv.org/abs/1611.02796; magenta/models/rl_tuner
Family: melody
Command: python run.py --experiment=rl_tuner_g
Data: as note_rnn
Parameters: 59,438
Headline: 64.1 % of notes in a motif; untuned 49.1; published 69.3
Result: seed 0, 2,000 melodies: KL 2.01 nats; odd onsets 8.1 %;
  start with the tonic 12.8 %; .3 % repeated
Time: 1.4 min of training on one core, Note-RNN included

At equal discounts G-learning is Psi-learning of z = G + log p, so this has the
authors' default discount, .95, and rl_tuner_psi that of their script, .5.
"""

from experiments.rl_tuner import tuned

CONFIG = tuned(
  {'name': 'q_learning', 'algorithm': 'g', 'discount': 0.95}, 500, 64, 1e-3
)
