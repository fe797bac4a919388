"""Samplers: from trained parameters to arrays, a dict of modes each."""

from zoo.samplers.chorale import chorale
from zoo.samplers.chords import chords
from zoo.samplers.codes import codes
from zoo.samplers.counterpoint import counterpoint
from zoo.samplers.frames import frames
from zoo.samplers.generator import generator
from zoo.samplers.gibbs import gibbs
from zoo.samplers.iterate import iterate
from zoo.samplers.latent import latent
from zoo.samplers.notes import notes

SAMPLERS = {
  'chorale': chorale,
  'chords': chords,
  'codes': codes,
  'counterpoint': counterpoint,
  'frames': frames,
  'generator': generator,
  'gibbs': gibbs,
  'iterate': iterate,
  'latent': latent,
  'notes': notes,
}
