"""Sound as magnitudes of the short-time Fourier transform, in decibels.

0 dB is a sine of amplitude 1; all that is 80 dB softer or more is 0, and a
value is a share of these 80 dB. The way back is that of Griffin and Lim.
"""

from typing import ClassVar

import numpy as np

from zoo.encoders.frames import Frames
from zoo.music import audio

RANGE = 80.0  # Decibels from 0 to 1.


class Spectrogram(Frames):
  """Field `spectrogram` [window / 2 + 1], from 0 Hz up; see Frames."""

  name: ClassVar[str] = 'spectrogram'
  main: ClassVar[str] = 'spectrogram'

  @property
  def size(self) -> int:
    """The frequencies."""
    return self.window // 2 + 1

  def features(self, rows: np.ndarray) -> np.ndarray:
    """Levels [T, D] of windows [T, window]."""
    spectra = np.fft.rfft(rows * audio.hann(self.window), axis=-1)
    levels = audio.decibels(np.square(np.abs(spectra) / self.loudest))
    return np.clip(1 + levels / RANGE, 0, 1)

  def samples_of(self, values: np.ndarray) -> np.ndarray:
    """Sound whose magnitudes are near those that levels [T, D] say."""
    values = np.clip(values, 0, 1)
    magnitudes = 10 ** (RANGE * (values - 1) / 20) * (values > 0)
    return audio.griffin_lim(magnitudes * self.loudest, self.window, self.hop)

  @property
  def loudest(self) -> float:
    """The magnitude of a sine of amplitude 1 in the middle of a frequency."""
    return self.window / 4
