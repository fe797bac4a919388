"""Trios whose drum part was trained on Groove: musicvae_drums_barwise's own.

System: MusicVAE of trios, bar-wise form (ours)
Source: Roberts et al., ICML 2018, section 4,
  https://arxiv.org/abs/1803.05428
Family: drums
Command: python run.py --experiment=musicvae_trio_groove
Data: your own folder of multitrack MIDI files, --set dataset/path=DIR; without
  it twelve backings written for this project
Parameters: 3,399,028 (1,007,744 of them are not trained)
Headline: melody .844, bass .720, drums .893 of the steps (freedoom)
Result: trained on freedoom's music (65 files; 8 test, 803 windows of 16 bars),
  free-running, at 1,188 bits; nearest window in any key .769 / .658 / .590;
  onsets .589 / .541 / .817
Time: 15 min of one core with the evaluation, 2,000 steps

Run musicvae_drums_barwise first: the drum part is taken from it and stays as it
is. A few dozen files of trios do not teach drums: docs/results/drums.md.
"""

import copy

from experiments import musicvae_trio

CONFIG = copy.deepcopy(musicvae_trio.CONFIG)
CONFIG['start'] = {
  'run': 'runs/musicvae_drums_barwise/seed0',
  'take': {'parts_drums/(.*)': r'\1'},
}
# In a bar 16 numbers for melody and bass each, 64 for the drums.
CONFIG['model'] |= {'latent': 1536, 'shares': [1, 1, 4]}
CONFIG['optimizer'] = {'parts_drums/.*': None, **CONFIG['optimizer']}
CONFIG['loss'] |= {'anneal_steps': 1000}
CONFIG['steps'] = 2000

SMOKE = {**musicvae_trio.SMOKE, 'start': None}
