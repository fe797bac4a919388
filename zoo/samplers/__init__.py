"""Samplers: from trained parameters to arrays, a dict of modes each."""

from zoo.samplers.boltzmann import boltzmann
from zoo.samplers.codes import codes
from zoo.samplers.counterpoint import counterpoint
from zoo.samplers.frames import frames
from zoo.samplers.generator import generator
from zoo.samplers.latent import latent

SAMPLERS = {
  'boltzmann': boltzmann,
  'codes': codes,
  'counterpoint': counterpoint,
  'frames': frames,
  'generator': generator,
  'latent': latent,
}
