"""String quartets as real numbers by C-RNN-GAN-3, up to three tones an event.

System: C-RNN-GAN-3's generator, choosing pitches and times from their grid; a
  convolutional critic that receives the choices, pitch classes and
  repetition; Wasserstein loss with a gradient penalty
Source: Mogren 2016, section 4, https://arxiv.org/abs/1611.09904
Family: events
Command: python run.py --experiment=c_rnn_gan_3
Data: quartets (music21), all parts as one stream, 50 events of three tones
Parameters: 787,340
Headline: mean relative error of its statistics .305; independent events .686
Result: seed 0, 1,024 songs of each of the last five checkpoints: error .305
  (before the game .364, untrained 1.03, independent events .686, training music
  .094), share in a scale .816 (real .913), hardly any repetition; all distinct
Time: 4.1 min of training on one core

The published recipe, and what fails in it: docs/results/events.md.
"""

import copy

from experiments import c_rnn_gan_folk

CONFIG = copy.deepcopy(c_rnn_gan_folk.CONFIG)
CONFIG['dataset'] = {'name': 'quartets'}
CONFIG['encoder'] |= {'tones': 3}
