"""Losses, one family a file."""

from zoo.losses.elbo import elbo

LOSSES = {'elbo': elbo}
