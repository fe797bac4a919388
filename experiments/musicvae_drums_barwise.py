"""Two-bar drum grooves with a slice of the code for each bar.

System: MusicVAE of drums, bar-wise form (ours)
Source: Roberts et al., ICML 2018, section 3,
  https://arxiv.org/abs/1803.05428
Family: drums
Command: python run.py --experiment=musicvae_drums_barwise
Data: the Groove MIDI Dataset in data/groove (--set dataset/path=DIR); official
  split; test windows that occur in training are removed
Parameters: 1,007,744
Headline: .963 of the steps reconstructed, nearest window .651
Result: 1,811 test windows, free-running: steps .963, onset steps .953, F1 of
  hits .976 at 108.3 bits (nearest window .651 / .612 / .759); .512 of the
  windows come back whole
Time: 7.8 min of one core with the evaluation, 3,000 steps

The drum part of musicvae_trio has the same sizes and can start from such a run.
"""

import copy

from experiments import musicvae_drums_groove

CONFIG = copy.deepcopy(musicvae_drums_groove.CONFIG)
CONFIG['model'] |= {'form': 'barwise', 'latent': 128, 'encoder': [128]}

SMOKE = {**musicvae_drums_groove.SMOKE, 'model/bar_embedding': 8}
