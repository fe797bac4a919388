"""Trios whose drum part was trained on Groove: musicvae_drums_barwise's own.

System: MusicVAE of trios, bar-wise form (ours)
Source: Roberts et al., ICML 2018, section 4,
  https://arxiv.org/abs/1803.05428
Family: drums
Command: python run.py --experiment=musicvae_trio_groove
Data: your own folder of multitrack MIDI files, --set dataset/path=DIR; without
  it twelve backings written for this project
Parameters: 3,399,028, of which 1,007,744 are not trained
Headline: not measured: not trained to the end yet
Result: not trained
Time: not measured

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
CONFIG['optimizer'] = {'parts_drums/.*': None, **CONFIG['optimizer']}
CONFIG['loss'] |= {'anneal_steps': 1000}
CONFIG['steps'] = 2000

SMOKE = {**musicvae_trio.SMOKE, 'start': None}
