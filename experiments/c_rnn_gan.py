"""String quartets as real numbers by C-RNN-GAN, one tone after another.

System: C-RNN-GAN's generator, choosing pitches and times from their grid; a
  convolutional critic that receives the choices, pitch classes and
  repetition; Wasserstein loss with a gradient penalty
Source: Mogren 2016, sections 3 and 4, https://arxiv.org/abs/1611.09904
Family: events
Command: python run.py --experiment=c_rnn_gan
Data: quartets (music21), all parts as one stream, 50 tones, logarithms
Parameters: 656,328
Headline: mean relative error of its statistics .213; independent events .830
Result: seed 0, 1,024 songs of each of the last five checkpoints: error .213
  (before the game .323, untrained .959, independent events .830, training music
  .093), share in a scale .921 (real .933), all distinct; songs are more alike
  than real ones (spread of the mean pitch 1.2 semitones, real 4.2)
Time: 6.1 min of training on one core shared with other work

The published recipe, and what fails in it: docs/results/events.md.
"""

import copy

from experiments import c_rnn_gan_folk

CONFIG = copy.deepcopy(c_rnn_gan_folk.CONFIG)
CONFIG['dataset'] = {'name': 'quartets'}
