"""Spectrograms of sounds as PNG files."""

from collections.abc import Sequence
import math
from pathlib import Path

import numpy as np

from zoo.music import audio
from zoo.music.sound import Sound
from zoo.pictures import plots

_WINDOW = 0.064  # Seconds; rounded to an even number of samples.
_LEAST = -70.0  # Decibels below a sine of amplitude 1, drawn black.
_COLUMNS = 4
_MOST_COLUMNS = 1200  # Of a picture; longer sounds have a longer hop.


def levels(sound: Sound) -> tuple[np.ndarray, float]:
  """Decibels [T, bins] of a sound, and its length in seconds."""
  window = 2 * round(_WINDOW * sound.rate / 2)
  hop = max(window // 8, len(sound.samples) // _MOST_COLUMNS)
  around = max(window - len(sound.samples), 0)
  samples = np.pad(np.asarray(sound.samples, np.float64), (0, around))
  spectra = audio.stft(samples, window, hop)
  power = np.square(np.abs(spectra) / (window / 4))
  return audio.decibels(power), len(samples) / sound.rate


def draw(
  sounds: Sequence[Sound],
  path: Path,
  titles: Sequence[str],
  text: str = '',
) -> None:
  """Draws one panel per sound, row by row: seconds to the right, kHz upward.

  Args:
    sounds: one or more.
    path: the .png to write.
    titles: one per sound.
    text: a comment in the file.
  """
  columns = min(_COLUMNS, len(sounds))
  rows = math.ceil(len(sounds) / columns)
  size = (4.2, 2.2) if len(sounds) == 1 else (1.7, 1.2)
  figure, grid = plots.panels(rows, columns, *size)
  for place, axes in enumerate(axes for row in grid for axes in row):
    if place >= len(sounds):
      axes.axis('off')
      continue
    found, seconds = levels(sounds[place])
    axes.imshow(
      found.T,
      origin='lower',
      aspect='auto',
      cmap='magma',
      vmin=_LEAST,
      vmax=0,
      extent=(0, seconds, 0, sounds[place].rate / 2000),
      interpolation='nearest',
    )
    plots.caption(axes, titles[place], 7)
  corner = grid[-1][0]
  corner.set_xlabel('s', fontsize=6.5, color=plots.FADED, loc='right')
  corner.set_ylabel('kHz', fontsize=6.5, color=plots.FADED, labelpad=1)
  plots.save(figure, path, text)
