"""Two-bar melodies by the published flat MusicVAE, cat-mel_2bar_big.

System: MusicVAE, flat, published size
Source: Roberts et al., ICML 2018, section 3,
  https://arxiv.org/abs/1803.05428; magenta/models/music_vae
Family: melody
Command: python run.py --experiment=musicvae_melody_big
Data: folk (music21), or the largest folder of MIDI files that you have
Parameters: 134,571,098 (Magenta's checkpoint has as many)
Headline: not trained: needs an accelerator
Result: the model has been built; no metrics yet
Time: not measured; 50,000 steps of 512 windows
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
