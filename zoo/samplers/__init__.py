"""Samplers, from trained parameters to arrays; each is a dict of modes."""

from zoo.samplers.autoregressive import autoregressive
from zoo.samplers.bar_by_bar import bar_by_bar
from zoo.samplers.constrained import constrained
from zoo.samplers.generator import generator
from zoo.samplers.gibbs import gibbs
from zoo.samplers.latent import latent
from zoo.samplers.predict import predict
from zoo.samplers.pseudo_gibbs import pseudo_gibbs
from zoo.samplers.template import template
from zoo.samplers.text import text
from zoo.samplers.units import units

SAMPLERS = {
  'autoregressive': autoregressive,
  'bar_by_bar': bar_by_bar,
  'constrained': constrained,
  'generator': generator,
  'gibbs': gibbs,
  'latent': latent,
  'predict': predict,
  'pseudo_gibbs': pseudo_gibbs,
  'template': template,
  'text': text,
  'units': units,
}
