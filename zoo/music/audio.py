"""Audio features: spectra, mel bands, cepstra and their inverses, in numpy.

A signal [n] of samples from -1 to 1 is cut into T frames of `window` samples,
`hop` apart, without padding. The short-time Fourier transform uses a periodic
Hann window. Mel bands are those of Slaney's Auditory Toolbox, of equal area,
and cepstra are the orthonormal DCT-II of their decibels: both are librosa's
defaults.

Sources: Griffin & Lim 1984 and, with momentum, Perraudin, Balazs & Sondergaard
2013 (phases); Slaney 1998 (mel); Richardson 1972 (from mel back); Davis &
Mermelstein 1980 (cepstra).
"""

import functools
import math

import numpy as np

FLOOR = 1e-10  # The minimum power for decibels.

_LINEAR = 200 / 3  # Hertz per mel below _BREAK.
_BREAK = 1000.0  # Hertz.
_STEP = math.log(6.4) / 27  # Log frequency per mel above _BREAK.
_MOMENTUM = 0.99
_ROUNDS = 50
_CLEAR = 0.9  # The first peak above this share of the highest is the period.


def frames(samples: np.ndarray, window: int, hop: int) -> np.ndarray:
  """[T, window] views of a signal [n]; T is 0 if it is too short."""
  samples = np.asarray(samples)
  if len(samples) < window:
    return np.zeros((0, window), samples.dtype)
  return np.lib.stride_tricks.sliding_window_view(samples, window)[::hop]


def overlapped(rows: np.ndarray, hop: int) -> np.ndarray:
  """The sum of frames [T, window] that are `hop` apart: a signal [n]."""
  count, window = rows.shape
  total = np.zeros((count - 1) * hop + window if count else 0)
  for place, row in enumerate(rows):
    total[place * hop : place * hop + window] += row
  return total


@functools.cache
def hann(window: int) -> np.ndarray:
  """The periodic Hann window, [window]."""
  return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)


def padding(samples: np.ndarray, window: int, hop: int) -> tuple[int, int]:
  """Zeros before and after a signal, so that frames cover all of it evenly."""
  before = window - hop
  count = max(-(-(len(samples) + before) // hop), 1)
  after = (count - 1) * hop + window - before - len(samples)
  return before, after


def stft(samples: np.ndarray, window: int, hop: int) -> np.ndarray:
  """Complex spectra [T, window // 2 + 1] of the frames of a signal."""
  return np.fft.rfft(frames(samples, window, hop) * hann(window), axis=-1)


def istft(spectra: np.ndarray, window: int, hop: int) -> np.ndarray:
  """The signal with the nearest spectra: the inverse of `stft`.

  It restores every sample where some window is not 0: all of a signal that was
  padded as `padding` says.

  Args:
    spectra: [T, window // 2 + 1] complex.
    window, hop: in samples.

  Returns:
    Samples [n]. Source: Griffin & Lim 1984, equation 6.
  """
  rows = np.fft.irfft(spectra, window, axis=-1) * hann(window)
  weights = np.broadcast_to(np.square(hann(window)), rows.shape)
  total, weight = overlapped(rows, hop), overlapped(weights, hop)
  return np.divide(total, weight, where=weight > 1e-8, out=np.zeros_like(total))


def griffin_lim(
  magnitudes: np.ndarray, window: int, hop: int, rounds: int = 32
) -> np.ndarray:
  """A signal whose spectra have approximately these magnitudes.

  The phases are initialized at random, with a fixed seed, and then replaced in
  each round by those of the signal's spectra, with momentum.

  Args:
    magnitudes: [T, window // 2 + 1], 0 or more.
    window, hop: in samples.
    rounds: number of iterations.

  Returns:
    Samples [n]. Sources: Griffin & Lim 1984; Perraudin et al. 2013.
  """
  random = np.random.default_rng(0)
  phases = np.exp(2j * np.pi * random.random(magnitudes.shape))
  before = np.zeros_like(phases)
  share = _MOMENTUM / (1 + _MOMENTUM)
  for _ in range(rounds):
    now = stft(istft(magnitudes * phases, window, hop), window, hop)
    moved = now - share * before
    phases = moved / np.maximum(np.abs(moved), 1e-16)
    before = now
  return istft(magnitudes * phases, window, hop)


def decibels(power: np.ndarray) -> np.ndarray:
  """Powers in decibels: 10 log10 of max(power, FLOOR)."""
  return 10 * np.log10(np.maximum(power, FLOOR))


def mel_of(hertz: np.ndarray | float) -> np.ndarray:
  """Frequencies on the mel scale: linear up to 1 kHz, then logarithmic."""
  hertz = np.asarray(hertz, float)
  above = np.log(np.maximum(hertz, _BREAK) / _BREAK) / _STEP
  return np.where(hertz < _BREAK, hertz / _LINEAR, _BREAK / _LINEAR + above)


def hertz_of(mels: np.ndarray | float) -> np.ndarray:
  """The inverse of `mel_of`."""
  mels = np.asarray(mels, float)
  edge = _BREAK / _LINEAR
  above = _BREAK * np.exp(_STEP * (np.maximum(mels, edge) - edge))
  return np.where(mels < edge, mels * _LINEAR, above)


@functools.cache
def mel_filters(rate: int, window: int, bands: int) -> np.ndarray:
  """[bands, window // 2 + 1] triangular filters from 0 Hz to half the rate.

  Each has area 1 over hertz. Source: Slaney 1998.
  """
  bins = np.arange(window // 2 + 1) * rate / window
  edges = hertz_of(np.linspace(0, float(mel_of(rate / 2)), bands + 2))
  widths = np.diff(edges)
  away = edges[:, None] - bins
  up = -away[:-2] / widths[:-1, None]
  down = away[2:] / widths[1:, None]
  shape = np.maximum(0, np.minimum(up, down))
  return shape * (2 / (edges[2:] - edges[:-2]))[:, None]


def mel_power(spectra: np.ndarray, rate: int, bands: int) -> np.ndarray:
  """Powers [T, bands] in the mel bands of spectra [T, window // 2 + 1]."""
  filters = mel_filters(rate, 2 * (spectra.shape[-1] - 1), bands)
  return np.square(np.abs(spectra)) @ filters.T


def magnitudes_of(power: np.ndarray, rate: int, window: int) -> np.ndarray:
  """Magnitudes [T, window // 2 + 1] with the given mel powers [T, bands].

  Mel bands do not determine the powers within them. This starts from evenly
  spread powers and applies the iteration of Richardson (1972) and Lucy, which
  keeps them above 0 and makes relative errors of soft and loud bands alike.
  """
  filters = mel_filters(rate, window, power.shape[-1])
  weight = np.maximum(filters.sum(0), FLOOR)
  found = power @ filters / weight
  for _ in range(_ROUNDS):
    ratio = power / np.maximum(found @ filters.T, FLOOR)
    found = found * (ratio @ filters / weight)
  return np.sqrt(found)


@functools.cache
def cosines(size: int) -> np.ndarray:
  """The orthonormal DCT-II, [size, size], one row per coefficient."""
  place = (np.arange(size) + 0.5) / size
  table = np.cos(np.pi * np.arange(size)[:, None] * place)
  table *= math.sqrt(2 / size)
  table[0] /= math.sqrt(2)
  return table


def cepstra(levels: np.ndarray, count: int) -> np.ndarray:
  """The first `count` cepstral coefficients [T, count] of decibels [T, D]."""
  return levels @ cosines(levels.shape[-1])[:count].T


def levels_of(coefficients: np.ndarray, bands: int) -> np.ndarray:
  """Smoothed decibels [T, bands] from the first coefficients [T, count]."""
  return coefficients @ cosines(bands)[: coefficients.shape[-1]]


def pitch_of(
  rows: np.ndarray, rate: int, lowest: int, highest: int
) -> np.ndarray:
  """MIDI pitches [T] of frames [T, window], by their autocorrelation.

  The period is the shortest lag at which the normalized autocorrelation has a
  peak nearly as high as the highest in range; a parabola through three values
  gives the position and height of each peak.

  Args:
    rows: frames, without a window function.
    rate: samples per second.
    lowest, highest: the range of MIDI pitches.

  Source: McLeod & Wyvill 2005, A smarter way to find pitch.
  """
  count, window = rows.shape
  rows = rows - rows.mean(-1, keepdims=True)
  power = np.square(np.abs(np.fft.rfft(rows, 2 * window, axis=-1)))
  products = np.fft.irfft(power, axis=-1)[:, :window]
  # Energies of the samples in the products at lag t: 0 .. n-t-1 and t .. n-1.
  energy = np.cumsum(np.square(rows), -1)
  first = energy[:, ::-1]
  rest = energy[:, -1:] - np.pad(energy, ((0, 0), (1, 0)))[:, :-1]
  likeness = 2 * products / np.maximum(first + rest, 1e-12)
  shortest, longest = (
    rate / (440 * 2 ** ((pitch - 69) / 12))
    for pitch in (highest + 0.5, lowest - 0.5)
  )
  low = max(math.ceil(shortest), 1)
  high = min(math.floor(longest), window - 2)
  if high < low:
    return np.full(count, highest)  # The window is shorter than a period.
  inside = likeness[:, low : high + 1]
  before, after = likeness[:, low - 1 : high], likeness[:, low + 1 : high + 2]
  peak = (inside >= before) & (inside >= after)
  # The vertex of the parabola through three values.
  curve, slope = before - 2 * inside + after, (before - after) / 2
  moved = np.divide(slope, curve, where=curve < 0, out=np.zeros_like(slope))
  moved = np.clip(moved, -0.5, 0.5)
  height = np.where(peak, inside - slope * moved / 2, -1)
  chosen = height >= _CLEAR * np.max(height, -1, keepdims=True)
  chosen &= peak
  place = np.where(chosen.any(-1), chosen.argmax(-1), inside.argmax(-1))
  hertz = rate / (low + place + moved[np.arange(count), place])
  pitch = np.rint(69 + 12 * np.log2(hertz / 440)).astype(int)
  return np.clip(pitch, lowest, highest)
