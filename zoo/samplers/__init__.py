"""Samplers: from trained parameters to arrays, a dict of modes each."""

from zoo.samplers.autoregressive import autoregressive
from zoo.samplers.boltzmann import boltzmann
from zoo.samplers.chorale import chorale
from zoo.samplers.chords import chords
from zoo.samplers.codes import codes
from zoo.samplers.counterpoint import counterpoint
from zoo.samplers.generator import generator
from zoo.samplers.latent import latent

SAMPLERS = {
  'autoregressive': autoregressive,
  'boltzmann': boltzmann,
  'chorale': chorale,
  'chords': chords,
  'codes': codes,
  'counterpoint': counterpoint,
  'generator': generator,
  'latent': latent,
}
