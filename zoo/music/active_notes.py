"""The active note of each step: the numpy version of zoo.layers.views."""

import numpy as np

from zoo.contracts import HOLD


def active_notes(classes: np.ndarray, first: int) -> np.ndarray:
  """The class of the active note of each step: holds resolved.

  Args:
    classes: [..., T] integers.
    first: the class of the lowest pitch; lower classes are symbols.

  Returns:
    [..., T] classes of pitches; 0 in silence, and in a hold at the beginning.
  """
  steps = np.arange(classes.shape[-1])
  latest = np.maximum.accumulate(np.where(classes != HOLD, steps, 0), axis=-1)
  found = np.take_along_axis(classes, latest, -1)
  return np.where(found >= first, found, 0)
