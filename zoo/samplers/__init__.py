"""Samplers: from trained parameters to arrays, a dict of modes each."""

from zoo.samplers.boltzmann import boltzmann
from zoo.samplers.chorale import chorale
from zoo.samplers.chords import chords
from zoo.samplers.counterpoint import counterpoint
from zoo.samplers.frames import frames
from zoo.samplers.generator import generator
from zoo.samplers.iterate import iterate
from zoo.samplers.latent import latent
from zoo.samplers.notes import notes

SAMPLERS = {
  'boltzmann': boltzmann,
  'chorale': chorale,
  'chords': chords,
  'counterpoint': counterpoint,
  'frames': frames,
  'generator': generator,
  'iterate': iterate,
  'latent': latent,
  'notes': notes,
}
