"""Sixteen bars of melody by the published flat MusicVAE, small.

System: MusicVAE, flat
Source: Roberts et al., ICML 2018, section 3,
  https://arxiv.org/abs/1803.05428
Family: melody
Command: python run.py --experiment=musicvae_melody_16bar_flat
Data: folk (music21: O'Neill's, Ryan's, Aird's), 16 bars of 4/4 in sixteenths
Parameters: 1,745,498
Headline: not trained: to come
Result: not trained: to come
Time: to come

Published size: flat-mel_16bar with --set model/latent=512,
model/encoder=[2048,2048] and model/decoder=[2048,2048,2048]: 235,250,778
parameters, for an accelerator.
"""

import copy

from experiments import (
  musicvae_melody_16bar,
  musicvae_melody_16bar_hierarchical,
)

CONFIG = copy.deepcopy(musicvae_melody_16bar_hierarchical.CONFIG)
CONFIG['model'] |= {'form': 'flat'}

SMOKE = musicvae_melody_16bar.SMOKE
