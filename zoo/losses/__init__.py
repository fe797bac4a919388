"""Losses, one family a file."""

from zoo.losses.classification import classification
from zoo.losses.elbo import elbo
from zoo.losses.layerwise import layerwise
from zoo.losses.reconstruction import reconstruction

LOSSES = {
  'classification': classification,
  'elbo': elbo,
  'layerwise': layerwise,
  'reconstruction': reconstruction,
}
