"""Chorales, the voices of a chord drawn in four orders.

System: RNN-NADE, voice by voice in four orders (ours)
Source: Boulanger-Lewandowski et al., ICML 2012, arXiv 1206.6392; several
  orders: Uria, Murray & Larochelle, ICML 2014, arXiv 1310.1757
Command: python run.py --experiment=rnn_nade_orders
Data: music21's chorales, quarters; any set with --set dataset/path=FILE
Parameters: 2,753,248
Result: not measured
Time: not measured
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
