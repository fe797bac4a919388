"""Two bars of a chorale's soprano by a generative adversarial network.

System: GAN of perceptrons with the Wasserstein loss and a gradient penalty
Source: Goodfellow et al. 2014, section 3, https://arxiv.org/abs/1406.2661;
  gradient penalty: Gulrajani et al. 2017, section 4,
  https://arxiv.org/abs/1704.00028; Briot's course (Bach chorales)
Family: melody
Command: python run.py --experiment=gan_chorales
Data: chorales (music21), sopranos, 2 bars of 4/4 in sixteenths
Parameters: 1,615,067
Headline: precision .836, coverage .802; independent steps .340, .336
Result: seed 0, 2,048 samples: .998 distinct, .002 training windows in some key;
  precision .836, coverage .802 (k = 5; independent steps .340 / .336); the
  worst bar statistic is 5.5 % off (independent steps 81 %); seed 1: .827, .805,
  7.4 %
Time: 11.3 min of training on one core shared with other work

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
