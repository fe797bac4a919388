"""Sixteen bars of melody by the published flat MusicVAE, small.

System: MusicVAE, flat
Source: Roberts et al., ICML 2018, section 3,
  https://arxiv.org/abs/1803.05428
Family: melody
Command: python run.py --experiment=musicvae_melody_16bar_flat
Data: folk (music21: O'Neill's, Ryan's, Aird's), 16 bars of 4/4 in sixteenths
Parameters: 1,745,498
Headline: .629 of the steps reconstructed (16 bars), always hold .625
Result: 621 test windows, free-running: steps .629, onsets .030, with a KL of
  213 bits that the decoder hardly uses. In the time of the bar-wise form's
  .914 / .776 (musicvae_melody_16bar_music) it learned a rhythm of holds
Time: 8.0 min of training on one core, 700 steps

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
