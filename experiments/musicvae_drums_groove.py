"""Two-bar drum grooves of the Groove MIDI Dataset, from a latent code.

System: MusicVAE of drums, beat-wise form (ours)
Source: Roberts et al., ICML 2018, section 3,
  https://arxiv.org/abs/1803.05428; data: Gillick et al., ICML 2019,
  https://arxiv.org/abs/1905.06118
Family: drums
Command: python run.py --experiment=musicvae_drums_groove
Data: the Groove MIDI Dataset in data/groove (--set dataset/path=DIR); official
  split; test windows that occur in training are removed
Parameters: 2,295,040
Headline: .975 of the steps reconstructed, nearest window .651
Result: 1,811 test windows, free-running: steps .975, onset steps .969, F1 of
  hits .984 at 110.5 bits (nearest window .651 / .612 / .759, bar copied .538 /
  .520 / .694); .621 of the windows come back whole
Time: 9.6 min of one core with the evaluation, 3,000 steps
"""

import copy

from experiments import musicvae_drums

CONFIG = copy.deepcopy(musicvae_drums.CONFIG)
CONFIG['dataset'] = {'name': 'groove', 'path': 'data/groove'}
CONFIG['encoder'] |= {'kit': 'roland_td11'}

# Tiny, and of patterns that need no download.
SMOKE = {
  'dataset/name': 'drum_patterns',
  'dataset/path': '',
  **musicvae_drums.SMOKE,
}
