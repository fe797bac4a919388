"""Sound as powers in mel bands, in decibels.

0 dB is the maximum power of a sine of amplitude 1 in any band; values 0 to 1
stand for -80 to 0 dB. The inverse estimates magnitudes by the iteration of
Richardson and Lucy, and phases by the algorithm of Griffin and Lim.
"""

from typing import ClassVar

import numpy as np

from zoo.contracts import UserError
from zoo.encoders.frames import Frames
from zoo.encoders.spectrogram import RANGE
from zoo.music import audio


class Mel(Frames):
  """Field `mel` [bands], from low to high; see Frames."""

  name: ClassVar[str] = 'mel'
  main: ClassVar[str] = 'mel'

  def __init__(
    self,
    *,
    window: int = 1024,
    hop: int = 256,
    bands: int = 96,
    labels: bool = False,
    lowest: int = 48,
    highest: int = 83,
  ) -> None:
    """Builds the encoder.

    Args:
      window, hop, labels, lowest, highest: as in Frames.
      bands: number of bands, from 0 Hz to half the rate.

    Raises:
      UserError: one is out of range.
    """
    super().__init__(
      window=window,
      hop=hop,
      labels=labels,
      lowest=lowest,
      highest=highest,
    )
    self.options['bands'] = self.bands = bands
    check_bands(bands, self.window)

  @property
  def size(self) -> int:
    """The number of bands."""
    return self.bands

  def features(self, rows: np.ndarray) -> np.ndarray:
    """Levels [T, bands] of windows [T, window]."""
    spectra = np.fft.rfft(rows * audio.hann(self.window), axis=-1)
    power = audio.mel_power(spectra, self.rate, self.bands)
    return np.clip(1 + audio.decibels(power / self.loudest) / RANGE, 0, 1)

  def samples_of(self, values: np.ndarray) -> np.ndarray:
    """A signal whose powers approximate the levels [T, bands]."""
    values = np.clip(values, 0, 1)
    power = 10 ** (RANGE * (values - 1) / 10) * (values > 0) * self.loudest
    magnitudes = audio.magnitudes_of(power, self.rate, self.window)
    return audio.griffin_lim(magnitudes, self.window, self.hop)

  @property
  def loudest(self) -> float:
    """The maximum power of a sine of amplitude 1 in a band."""
    filters = audio.mel_filters(self.rate, self.window, self.bands)
    return float((self.window / 4) ** 2 * filters.max())


def check_bands(bands: int, window: int) -> None:
  """Raises UserError unless a window can have this many mel bands."""
  if not 8 <= bands <= window // 4:
    raise UserError(
      f'encoder/bands must be 8 to a quarter of encoder/window, {window // 4}, '
      f'not {bands}.'
    )
