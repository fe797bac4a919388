"""Two-bar melodies by MusicVAE with a low beta, for exact reconstruction.

System: MusicVAE, beat-wise form (ours), beta lowered
Source: Roberts et al., ICML 2018, section 3,
  https://arxiv.org/abs/1803.05428
Family: melody
Command: python run.py --experiment=musicvae_melody_faithful
Data: folk (music21: O'Neill's, Ryan's, Aird's), 2 bars of 4/4 in sixteenths
Parameters: 2,921,306
Headline: .997 of the steps reconstructed; always hold .598
Result: reconstruction of test windows: .997 of the steps, .993 of the onsets
  and .941 of whole windows, at 73.2 bits (always hold .598 / 0 / 0); .315 of
  prior samples resemble the corpus, .598 of samples from the mixture prior
  (real windows .699)
Time: 6.1 min of training on two cores

A low beta trades the quality of prior samples for reconstruction. Use it to
interpolate between your own tunes, and musicvae_melody to generate new ones.
"""

import copy

from experiments import musicvae_melody

CONFIG = copy.deepcopy(musicvae_melody.CONFIG)
CONFIG['loss'] |= {'beta': 0.25, 'anneal_steps': 4000, 'word_dropout': 0.3}
CONFIG['steps'] = 6000

# Metrics that a run prints at its end, in this order.
HEADLINE = [
  'reconstruction/accuracy',
  'reconstruction/onset_accuracy',
  'reconstruction/exact_match',
  'reconstruction/kl_bits',
  'nearest_window/accuracy',
  'melody_statistics/all_four',
  'melody_statistics/copied',
]
