"""Parallel voices on a grid of steps, as in chorales."""

from zoo.encoders.voices.encoder import Voices

__all__ = ['Voices']
