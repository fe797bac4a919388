"""Losses, one file for each family."""

from zoo.losses.adversarial import adversarial
from zoo.losses.contrastive_divergence import contrastive_divergence
from zoo.losses.elbo import elbo
from zoo.losses.layerwise import layerwise
from zoo.losses.likelihood import likelihood
from zoo.losses.nearest import nearest
from zoo.losses.next_event import next_event
from zoo.losses.policy import policy
from zoo.losses.q_learning import q_learning
from zoo.losses.ranking import ranking

LOSSES = {
  'adversarial': adversarial,
  'contrastive_divergence': contrastive_divergence,
  'elbo': elbo,
  'layerwise': layerwise,
  'likelihood': likelihood,
  'nearest': nearest,
  'next_event': next_event,
  'policy': policy,
  'q_learning': q_learning,
  'ranking': ranking,
}
