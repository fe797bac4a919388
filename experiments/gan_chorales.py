"""Two bars of a chorale's soprano by a generative adversarial network.

System: GAN of perceptrons with the Wasserstein loss and a gradient penalty
Source: Goodfellow et al. 2014, section 3, https://arxiv.org/abs/1406.2661;
  gradient penalty: Gulrajani et al. 2017, section 4,
  https://arxiv.org/abs/1704.00028; Briot's course (Bach chorales)
Family: melody
Command: python run.py --experiment=gan_chorales
Data: chorales (music21), sopranos, 2 bars of 4/4 in sixteenths
Parameters: 1,615,067
Headline: precision .855, coverage .820; independent steps .340, .336
Result: three seeds, 2,048 samples each: .998 distinct or more, .002 to .005
  training windows in some key; precision .842, .851, .873, coverage .838, .779,
  .842 (k = 5; independent steps .340 / .336); the worst bar statistic is 8.5,
  3.8 and 5.3 % off (independent steps 81 %)
Time: 9.4 min of training on one core

Bar statistics and half the steps: docs/results/melody.md.
"""

import copy

from experiments import gan_celtic

CONFIG = copy.deepcopy(gan_celtic.CONFIG)
CONFIG['dataset'] = {'name': 'chorales'}
CONFIG['encoder']['parts'] = 'highest'
CONFIG['steps'] = 8000

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'mode_collapse/precision',
  'mode_collapse/coverage',
  'bar_statistics/largest_deviation',
  'melody_statistics/all_four',
  'melody_statistics/copied',
]
