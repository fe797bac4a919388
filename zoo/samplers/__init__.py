"""Samplers: from trained parameters to arrays, a dict of modes each."""

from zoo.samplers.latent import latent

SAMPLERS = {'latent': latent}
