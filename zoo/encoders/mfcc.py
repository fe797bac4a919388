"""Sound as mel-frequency cepstral coefficients: the shape of its spectrum.

The first coefficients of the discrete cosine transform of mel levels (see
zoo.encoders.mel), each moved so that its least and most in training are 0 and
1. Few coefficients keep how the spectrum leans, and not which note it is of.

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
      window, hop, labels, lowest, highest: those of Frames.
      bands: mel bands, of which the coefficients are taken.
      coefficients: how many are kept.

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
        'encoder/coefficients must be 1 to as many as encoder/bands, '
        f'{bands}, not {coefficients}.'
      )

  @property
  def size(self) -> int:
    """The coefficients."""
    return self.coefficients

  def learned(self, pieces: Sequence[Sound]) -> list[float]:
    """The least of each coefficient in training, and then the most of each."""
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
    """Sound whose mel levels are what so many coefficients say of them."""
    low, high = self._ends()
    found = low + np.asarray(values, np.float64) * (high - low)
    levels = audio.levels_of(found, self.bands)
    power = 10 ** (np.clip(levels, -RANGE, 0) / 10) * self._loudest()
    magnitudes = audio.magnitudes_of(power, self.rate, self.window)
    return audio.griffin_lim(magnitudes, self.window, self.hop)

  def _cepstra(self, rows):
    """[T, D], of levels from -RANGE dB to 0."""
    spectra = np.fft.rfft(rows * audio.hann(self.window), axis=-1)
    power = audio.mel_power(spectra, self.rate, self.bands)
    levels = np.maximum(audio.decibels(power / self._loudest()), -RANGE)
    return audio.cepstra(levels, self.coefficients)

  def _loudest(self):
    """As Mel has it."""
    filters = audio.mel_filters(self.rate, self.window, self.bands)
    return float((self.window / 4) ** 2 * filters.max())

  def _ends(self):
    """What is 0 and what is 1, [D] each."""
    if not self.scale:
      reach = np.full(self.size, RANGE * self.bands**0.5)
      return -reach, reach
    low, high = np.reshape(self.scale, (2, -1))
    return low, np.maximum(high, low + 1e-6)
