"""Sixteen bars of melody with fewer bits, for samples close to the corpus.

System: MusicVAE, bar-wise form (ours)
Source: Roberts et al., ICML 2018, section 3,
  https://arxiv.org/abs/1803.05428
Family: melody
Command: python run.py --experiment=musicvae_melody_16bar_music
Data: folk (music21: O'Neill's, Ryan's, Aird's), 16 bars of 4/4 in sixteenths
Parameters: 1,991,290
Headline: not trained: to come
Result: not trained: to come
Time: to come

As musicvae_melody_16bar, stopped at about 300 bits a window.
"""

import copy

from experiments import musicvae_melody_16bar

CONFIG = copy.deepcopy(musicvae_melody_16bar.CONFIG)
CONFIG['loss'] |= {'anneal_steps': 700}
CONFIG['steps'] = 1400
