"""Parallel voices on a grid of steps, as chorales have them."""

from zoo.encoders.voices.encoder import Voices

__all__ = ['Voices']
