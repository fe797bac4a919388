"""Losses, one family a file."""

from zoo.losses.adversarial import adversarial
from zoo.losses.chord import chord
from zoo.losses.classification import classification
from zoo.losses.conditionals import conditionals
from zoo.losses.contrastive_divergence import contrastive_divergence
from zoo.losses.counterpoint import counterpoint
from zoo.losses.elbo import elbo
from zoo.losses.layerwise import layerwise
from zoo.losses.likelihood import likelihood
from zoo.losses.next_note import next_note
from zoo.losses.next_token import next_token

LOSSES = {
  'adversarial': adversarial,
  'chord': chord,
  'classification': classification,
  'conditionals': conditionals,
  'contrastive_divergence': contrastive_divergence,
  'counterpoint': counterpoint,
  'elbo': elbo,
  'layerwise': layerwise,
  'likelihood': likelihood,
  'next_note': next_note,
  'next_token': next_token,
}
