"""Two-bar drum grooves by the published flat MusicVAE, cat-drums_2bar_small.

System: MusicVAE of drums, flat, published size
Source: Roberts et al., ICML 2018, section 3,
  https://arxiv.org/abs/1803.05428; magenta/models/music_vae
Family: drums
Command: python run.py --experiment=musicvae_drums_flat
Data: the Groove MIDI Dataset in data/groove (--set dataset/path=DIR), or the
  largest folder of MIDI files that you have
Parameters: 4,636,672 (Magenta's checkpoint has as many)
Headline: not trained: needs an accelerator; 200 steps run on a CPU
Result: 200 steps of 64 windows, to show that it runs: steps .332 free-running
  at 562 bits; most frequent at its step .283, nearest window .651
Time: 5.8 min of one core for these; 50,000 steps of 512 windows are meant
"""

import copy

from experiments import musicvae_drums_groove, musicvae_melody_small

CONFIG = copy.deepcopy(musicvae_drums_groove.CONFIG)
CONFIG['model'] = {
  'name': 'music_vae',
  'form': 'flat',
  'latent': 256,
  'encoder': [512],
  'decoder': [256, 256],
}
CONFIG |= {
  'loss': {**musicvae_melody_small.CONFIG['loss'], 'free_bits': 48.0},
  'optimizer': musicvae_melody_small.CONFIG['optimizer'],
  'steps': 50000,
  'batch': 512,
  'sample': {'name': 'latent', 'count': 16, 'temperature': 0.5},
}

SMOKE = {
  k: v
  for k, v in musicvae_drums_groove.SMOKE.items()
  if k != 'loss/anneal_steps'  # it anneals by a rate
}
