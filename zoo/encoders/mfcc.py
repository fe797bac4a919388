"""Sound as mel-frequency cepstral coefficients: the shape of its spectrum.

The first coefficients of the discrete cosine transform of mel levels (see
zoo.encoders.mel), each scaled so that its range in training is 0 to 1. A few
coefficients keep the spectral envelope, but not the pitch.

Source: Davis & Mermelstein 1980.
"""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from zoo.contracts import UserError
from zoo.encoders.frames import Frames
from zoo.encoders.mel import check_bands
from zoo.encoders.spectrogram import RANGE
from zoo.music import audio
from zoo.music.sound import Sound


class Mfcc(Frames):
  """Field `mfcc` [coefficients]; see Frames."""

  name: ClassVar[str] = 'mfcc'
  main: ClassVar[str] = 'mfcc'

  def __init__(
    self,
    *,
    window: int = 1024,
    hop: int = 256,
    bands: int = 96,
    coefficients: int = 20,
    labels: bool = False,
    lowest: int = 48,
    highest: int = 83,
  ) -> None:
    """Builds the encoder.

    Args:
      window, hop, labels, lowest, highest: as in Frames.
      bands: number of mel bands, from which the coefficients are computed.
      coefficients: number of coefficients that are kept.

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
    self.bands, self.coefficients = bands, coefficients
    self.options |= {'bands': bands, 'coefficients': coefficients}
    check_bands(bands, self.window)
    if not 1 <= coefficients <= bands:
      raise UserError(
        'encoder/coefficients must be between 1 and encoder/bands, '
        f'{bands}, not {coefficients}.'
      )

  @property
  def size(self) -> int:
    """The number of coefficients."""
    return self.coefficients

  def learned(self, pieces: Sequence[Sound]) -> list[float]:
    """The minima of the coefficients in training, followed by the maxima."""
    rows = [self._cepstra(self._windows(piece)) for piece in pieces]
    every = np.concatenate([np.zeros((0, self.size)), *rows])
    if not len(every):
      return []
    return [*every.min(0).tolist(), *every.max(0).tolist()]

  def features(self, rows: np.ndarray) -> np.ndarray:
    """Coefficients [T, D] of windows [T, window], as shares of their range."""
    low, high = self._ends()
    return np.clip((self._cepstra(rows) - low) / (high - low), 0, 1)

  def samples_of(self, values: np.ndarray) -> np.ndarray:
    """A signal with the smoothed mel levels of coefficients [T, D]."""
    low, high = self._ends()
    found = low + np.asarray(values, np.float64) * (high - low)
    levels = audio.levels_of(found, self.bands)
    power = 10 ** (np.clip(levels, -RANGE, 0) / 10) * self._loudest()
    magnitudes = audio.magnitudes_of(power, self.rate, self.window)
    return audio.griffin_lim(magnitudes, self.window, self.hop)

  def _cepstra(self, rows):
    """Coefficients [T, D] of windows; levels are clipped to -RANGE..0 dB."""
    spectra = np.fft.rfft(rows * audio.hann(self.window), axis=-1)
    power = audio.mel_power(spectra, self.rate, self.bands)
    levels = np.maximum(audio.decibels(power / self._loudest()), -RANGE)
    return audio.cepstra(levels, self.coefficients)

  def _loudest(self):
    """See `Mel.loudest`."""
    filters = audio.mel_filters(self.rate, self.window, self.bands)
    return float((self.window / 4) ** 2 * filters.max())

  def _ends(self):
    """The coefficients [D] that are scaled to 0, and those scaled to 1."""
    if not self.scale:
      reach = np.full(self.size, RANGE * self.bands**0.5)
      return -reach, reach
    low, high = np.reshape(self.scale, (2, -1))
    return low, np.maximum(high, low + 1e-6)
