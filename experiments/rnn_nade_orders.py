"""Chorales frame by frame, voice by voice, in four orders.

System: RNN-NADE, voice by voice in four orders (ours)
Source: Boulanger-Lewandowski et al., ICML 2012, section 4,
  https://arxiv.org/abs/1206.6392; several orders: Uria, Murray & Larochelle,
  ICML 2014, https://arxiv.org/abs/1310.1757
Family: rolls
Command: python run.py --experiment=rnn_nade_orders
Data: music21's chorales, quarters; --set dataset/path=FILE takes any set of
  piano rolls
Parameters: 2,753,248
Headline: -3.925 nats a frame on JSB; Markov -10.469; published -5.56, -5.19
Result: JSB Chorales, official split, three seeds: test -3.925 +- .012 nats a
  frame, as one uniform mixture -3.884; Markov -10.469, chord 1-gram -12.226;
  published (RNN-NADE) -5.56, elsewhere cited as -5.19. Frame accuracy .291 by
  sampling, .363 by the likelier of on and off (repeat .220)
Time: 9.4 to 11.3 min of training on one core, 14 to 15 min beside other work

Two more heads than rnn_nade_strong. Why their mean helps, and eight orders:
docs/results/rolls.md.
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

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'likelihood/log_likelihood',
  'likelihood/accuracy',
]
