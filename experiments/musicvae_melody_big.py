"""Two-bar melodies: the published flat MusicVAE, Magenta's cat-mel_2bar_big.

System: MusicVAE, flat, published size
Source: Roberts et al., ICML 2018, arXiv 1803.05428; magenta/models/music_vae
Command: python run.py --experiment=musicvae_melody_big
Data: folk, or a folder of MIDI as large as one has
"""

import copy

from experiments import musicvae_melody_small

CONFIG = copy.deepcopy(musicvae_melody_small.CONFIG)
CONFIG['model'] |= {
  'latent': 512,
  'encoder': [2048],
  'decoder': [2048, 2048, 2048],
}
CONFIG['loss'] |= {'beta': 0.5}
