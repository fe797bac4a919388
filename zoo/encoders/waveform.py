"""Raw sound: the samples of a window, scaled from -1..1 to 0..1."""

from typing import ClassVar

import numpy as np

from zoo.encoders.frames import Frames
from zoo.music import audio


class Waveform(Frames):
  """Field `waveform` [window]; see Frames."""

  name: ClassVar[str] = 'waveform'
  main: ClassVar[str] = 'waveform'
  held: ClassVar[bool] = False

  @property
  def size(self) -> int:
    """The number of samples in a window."""
    return self.window

  def features(self, rows: np.ndarray) -> np.ndarray:
    """Samples [T, window], 0.5 for silence."""
    return (np.clip(rows, -1, 1) + 1) / 2

  def samples_of(self, values: np.ndarray) -> np.ndarray:
    """The weighted mean of overlapping windows, with a Hann window."""
    rows = 2 * np.asarray(values, np.float64) - 1
    if len(rows) == 1:
      return rows[0]
    weights = np.broadcast_to(audio.hann(self.window) + 1e-6, rows.shape)
    total = audio.overlapped(rows * weights, self.hop)
    return total / audio.overlapped(weights, self.hop)
