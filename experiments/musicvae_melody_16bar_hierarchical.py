"""Sixteen bars of melody by the published hierarchical MusicVAE, small.

System: MusicVAE, hierarchical: a conductor over 16 segments, a core decoder
Source: Roberts et al., ICML 2018, section 3.2,
  https://arxiv.org/abs/1803.05428
Family: melody
Command: python run.py --experiment=musicvae_melody_16bar_hierarchical
Data: folk (music21: O'Neill's, Ryan's, Aird's), 16 bars of 4/4 in sixteenths
Parameters: 2,141,274
Headline: .626 of the steps reconstructed (16 bars), always hold .625
Result: 621 test windows, free-running: steps .626, onsets .004, with a KL of
  116 bits that the decoder does not use. In the time of the bar-wise form's
  .914 / .776 (musicvae_melody_16bar_music) it learned holds
Time: 11.0 min of one core with the evaluation, 700 steps

Published size: hierdec-mel_16bar with --set model/latent=512,
model/encoder=[2048,2048], model/conductor=[1024,1024] and
model/decoder=[1024,1024]: 176,061,530 parameters, for an accelerator.
"""

import copy

from experiments import musicvae_melody_16bar

CONFIG = copy.deepcopy(musicvae_melody_16bar.CONFIG)
CONFIG['model'] |= {'form': 'hierarchical', 'conductor': [256]}
CONFIG['loss'] |= {'beta': 0.2, 'free_bits': 256.0, 'anneal_steps': 350}
CONFIG['steps'] = 700

SMOKE = {
  **musicvae_melody_16bar.SMOKE,
  'model/conductor': [8],
}
