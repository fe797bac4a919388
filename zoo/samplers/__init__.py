"""Samplers: from trained parameters to arrays, a dict of modes each."""

from zoo.samplers.boltzmann import boltzmann
from zoo.samplers.codes import codes
from zoo.samplers.frames import frames
from zoo.samplers.generator import generator
from zoo.samplers.iterate import iterate
from zoo.samplers.latent import latent
from zoo.samplers.notes import notes
from zoo.samplers.predict import predict
from zoo.samplers.pseudo_gibbs import pseudo_gibbs

SAMPLERS = {
  'boltzmann': boltzmann,
  'codes': codes,
  'frames': frames,
  'generator': generator,
  'iterate': iterate,
  'latent': latent,
  'notes': notes,
  'predict': predict,
  'pseudo_gibbs': pseudo_gibbs,
}
