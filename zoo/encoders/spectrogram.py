"""Sound as magnitudes of the short-time Fourier transform, in decibels.

0 dB is a sine of amplitude 1; values 0 to 1 stand for -80 to 0 dB, and lower
levels are 0. The inverse estimates phases by the algorithm of Griffin and Lim.
"""

from typing import ClassVar

import numpy as np

from zoo.encoders.frames import Frames
from zoo.music import audio

RANGE = 80.0  # Decibels between the values 0 and 1.


class Spectrogram(Frames):
  """Field `spectrogram` [window / 2 + 1], from 0 Hz up; see Frames."""

  name: ClassVar[str] = 'spectrogram'
  main: ClassVar[str] = 'spectrogram'

  @property
  def size(self) -> int:
    """The number of frequency bins."""
    return self.window // 2 + 1

  def features(self, rows: np.ndarray) -> np.ndarray:
    """Levels [T, D] of windows [T, window]."""
    spectra = np.fft.rfft(rows * audio.hann(self.window), axis=-1)
    levels = audio.decibels(np.square(np.abs(spectra) / self.loudest))
    return np.clip(1 + levels / RANGE, 0, 1)

  def samples_of(self, values: np.ndarray) -> np.ndarray:
    """A signal whose magnitudes approximate the levels [T, D]."""
    values = np.clip(values, 0, 1)
    magnitudes = 10 ** (RANGE * (values - 1) / 20) * (values > 0)
    return audio.griffin_lim(magnitudes * self.loudest, self.window, self.hop)

  @property
  def loudest(self) -> float:
    """The magnitude of a sine of amplitude 1 at the center of a bin."""
    return self.window / 4
