"""Two bars of a chorale's soprano from noise, by two players.

System: generative adversarial network of perceptrons
Source: Goodfellow et al. 2014, arXiv 1406.2661; the course's Bach chorales;
  gradient penalty: Gulrajani et al. 2017, arXiv 1704.00028
Command: python run.py --experiment=gan_chorales
Data: chorales (music21), sopranos, 2 bars of 4/4, sixteenths
Parameters: 1,615,067
Result: not measured yet
Time: not measured yet
"""

import copy

from experiments import gan_celtic

CONFIG = copy.deepcopy(gan_celtic.CONFIG)
CONFIG['dataset'] = {'name': 'chorales'}
CONFIG['encoder']['parts'] = 'highest'
CONFIG['steps'] = 4000
