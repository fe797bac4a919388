"""Two-bar melodies: the published flat MusicVAE, Magenta's cat-mel_2bar_big.

System: MusicVAE, flat, published size
Source: Roberts et al., ICML 2018, arXiv 1803.05428; magenta/models/music_vae
Command: python run.py --experiment=musicvae_melody_big
Data: folk (music21), or a folder of MIDI as large as one has
Parameters: 134,571,098 (Magenta's checkpoint has as many)
Result: not trained: needs an accelerator
Time: not measured; 50,000 steps of 512

Run so far: built only. Magenta's notebook prints .95 of the steps at 58 bits
for this size (beta .43, 200,000 steps, its own corpus).
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
