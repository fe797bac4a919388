"""Two bars of a Celtic melody by implicit maximum likelihood (IMLE).

System: IMLE on the generator of gan_celtic; no discriminator
Source: Li and Malik 2018, algorithm 1, https://arxiv.org/abs/1809.09087
Family: melody
Command: python run.py --experiment=imle_celtic
Data: folk (music21: O'Neill's, Ryan's, Aird's), 2 bars of 4/4 in sixteenths
Parameters: 824,218
Headline: precision .997, coverage .872; independent steps .240, .205
Result: seed 0, 2,048 samples: .997 distinct, .001 a training window in any key;
  precision .997, coverage .872 (k = 5; gan_celtic .853 / .792, real test
  windows .887 / .907). A training window is nearer to a sample than to
  gan_celtic's, but a bar's range is 40 % too narrow (gan_celtic 5 % too wide)
Time: 3.1 min of one core; 16 min beside other work

Both directions, bar statistics and the ring: docs/results/melody.md.
"""

import copy

from experiments import gan_celtic

CONFIG = copy.deepcopy(gan_celtic.CONFIG)
CONFIG['loss'] = {'name': 'nearest', 'pool': 4, 'space': 'sounding'}
CONFIG['optimizer'] = {
  '.*': {'name': 'adam', 'learning_rate': 2e-3, 'final': 0.02}
}
CONFIG['steps'] = 1200
CONFIG['batch'] = 256
CONFIG['sample']['spread'] = 1.0

# Tiny, for tests: a whole run takes seconds.
SMOKE = {**gan_celtic.SMOKE, 'loss/pool': 2}
