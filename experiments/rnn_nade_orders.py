"""Chorales, the voices of a chord drawn in four orders.

System: RNN-NADE, voice by voice in four orders (ours)
Source: Boulanger-Lewandowski et al., ICML 2012, arXiv 1206.6392; several
  orders: Uria, Murray & Larochelle, ICML 2014, arXiv 1310.1757
Command: python run.py --experiment=rnn_nade_orders
Data: music21's chorales, quarters; any set with --set dataset/path=FILE
Parameters: 2,753,248
Result: JSB Chorales (dataset/path), official split, three seeds: test -3.925 +-
  .012 nats a frame (validation -3.947, training -2.547), the uniform mixture of
  the three -3.884 (validation -3.901); the paper's best row -5.56 (recalled,
  unverified); chord 1-gram -12.226, note 1-gram -11.060, Markov -10.469. Frame
  accuracy .291 by drawing, .363 by the upward head's likelier of on and off
  (repeat .220). Music21's chorales, seed 0: -4.185 (validation -4.383; chord
  1-gram -10.871, note 1-gram -11.352, Markov -10.789), accuracy .224 and .311
  (repeat .199)
Time: 9.4 and 11.3 min of training on a core of its own, 14 to 15 beside other
  work

As rnn_nade_strong, with two more heads, which find the outer voices first: the
bass, then from the soprano down, and the soprano, then from the bass up. One
network knows the past, yet its heads err in different frames (the scores up and
down differ by 1.4 nats, standard deviation over frames, those of two seeds by
.75), so their mean gains what three networks of one order do not: alone the
heads reach -4.15 to -4.21 after 1,560 steps, their mean -3.979, that of two
heads -4.051. Eight orders in stretches of 32 frames for 64 learn too slowly:
-4.065 after 1,560 steps.
"""

from experiments import rnn_nade_strong

CONFIG = {
  **rnn_nade_strong.CONFIG,
  'model': {
    **rnn_nade_strong.CONFIG['model'],
    'orders': ['u', 'd', 'ud', 'du'],
  },
  'steps': 2080,
}
