"""Sixteen bars of melody with fewer bits, for samples close to the corpus.

System: MusicVAE, bar-wise form (ours)
Source: Roberts et al., ICML 2018, section 3,
  https://arxiv.org/abs/1803.05428
Family: melody
Command: python run.py --experiment=musicvae_melody_16bar_music
Data: folk (music21: O'Neill's, Ryan's, Aird's), 16 bars of 4/4 in sixteenths
Parameters: 1,991,290
Headline: .914 of the steps reconstructed (16 bars), always hold .625
Result: 621 test windows, free-running: steps .914, onsets .776 at 271 bits
  (nearest window in any key .752 / .393). Samples of the fitted prior are like
  the corpus in .762 (real .786); none of their bars returns
Time: 7.5 min of one core with the evaluation, 1,400 steps

As musicvae_melody_16bar, with a larger beta and fewer steps.
"""

import copy

from experiments import musicvae_melody_16bar

CONFIG = copy.deepcopy(musicvae_melody_16bar.CONFIG)
CONFIG['loss'] |= {'beta': 0.6, 'anneal_steps': 700}
CONFIG['steps'] = 1400
