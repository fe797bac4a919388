"""A small synthesizer: harmonics with envelopes, and frequency modulation.

  organ     six drawbars, with a fast attack and no decay
  reed      odd harmonics with amplitudes 1 / n (a closed pipe)
  strings   all harmonics with amplitudes 1 / n, vibrato and a slow attack
  plucked   all harmonics; higher ones decay faster
  flute     a few harmonics and breath noise
  brass     one sine that modulates another of the same frequency, brighter when
            it is louder

No harmonic reaches half the sampling rate. Each note is randomly detuned, and
the amplitudes of its harmonics vary a little.

Source: Chowning 1973, The synthesis of complex audio spectra by means of
frequency modulation (brass); the rest is additive synthesis as in Risset &
Mathews 1969.
"""

from collections.abc import Callable, Sequence

import numpy as np

DETUNED = 20.0  # Maximum detuning in cents, up or down.

_HARMONICS = 24
_UNEVEN = 0.25  # Standard deviation of the log amplitude of a harmonic.
_RELEASE = 0.04  # Seconds.
_DRAWBARS = {1: 1.0, 2: 0.7, 3: 0.5, 4: 0.35, 6: 0.2, 8: 0.15}


def note(
  timbre: str,
  pitch: int,
  seconds: float,
  rate: int,
  random: np.random.Generator,
) -> np.ndarray:
  """Samples [n] of a note, normalized to a peak of 1.

  Args:
    timbre: a name in TIMBRES.
    pitch: MIDI pitch.
    seconds: duration.
    rate: samples per second.
    random: source of tuning, phases and amplitudes.
  """
  cents = random.uniform(-DETUNED, DETUNED)
  hertz = 440 * 2 ** ((pitch - 69 + cents / 100) / 12)
  time = np.arange(round(seconds * rate)) / rate
  sound = TIMBRES[timbre](hertz, time, rate, random)
  sound *= np.clip((time[-1] - time) / _RELEASE, 0, 1)
  return sound / max(np.abs(sound).max(), 1e-9)


def chord(
  timbre: str,
  pitches: Sequence[int],
  seconds: float,
  rate: int,
  random: np.random.Generator,
) -> np.ndarray:
  """Samples [n] of simultaneous notes, with a peak of 1; see `note`."""
  sound = sum(note(timbre, one, seconds, rate, random) for one in pitches)
  return sound / max(np.abs(sound).max(), 1e-9)


def noisy(
  sound: np.ndarray, decibels: float, random: np.random.Generator
) -> np.ndarray:
  """A sound with white noise at a signal-to-noise ratio in decibels."""
  noise = random.normal(size=len(sound))
  power = np.mean(np.square(sound)) / 10 ** (decibels / 10)
  return sound + noise * np.sqrt(power)


def _organ(hertz, time, rate, random):
  numbers = np.array(list(_DRAWBARS))
  levels = np.array(list(_DRAWBARS.values()))
  sound = _harmonics(hertz * time, hertz, rate, numbers, levels, random)
  return sound * _attack(time, 0.008)


def _reed(hertz, time, rate, random):
  numbers = np.arange(1, _HARMONICS)
  levels = np.where(numbers % 2, 1.0, 0.06) / numbers
  sound = _harmonics(hertz * time, hertz, rate, numbers, levels, random)
  return sound * _attack(time, 0.03)


def _strings(hertz, time, rate, random):
  speed, cents = random.uniform(4.5, 6.5), random.uniform(5, 15)
  begin = random.uniform(0, 2 * np.pi)
  depth = hertz * (2 ** (cents / 1200) - 1) / (2 * np.pi * speed)
  turns = hertz * time + depth * np.sin(2 * np.pi * speed * time + begin)
  numbers = np.arange(1, _HARMONICS)
  sound = _harmonics(turns, hertz, rate, numbers, 1 / numbers, random)
  return sound * _attack(time, 0.08)


def _plucked(hertz, time, rate, random):
  numbers = np.arange(1, _HARMONICS)
  fall = np.exp(-(1.5 + 1.2 * numbers)[:, None] * time)
  levels = np.abs(np.sin(np.pi * numbers * random.uniform(0.12, 0.2))) / numbers
  sound = _harmonics(hertz * time, hertz, rate, numbers, levels, random, fall)
  return sound * _attack(time, 0.003)


def _flute(hertz, time, rate, random):
  numbers, levels = np.arange(1, 5), np.array([1.0, 0.25, 0.1, 0.03])
  sound = _harmonics(hertz * time, hertz, rate, numbers, levels, random)
  breath = np.convolve(random.normal(size=len(time)), np.ones(4) / 4, 'same')
  return (sound + 0.02 * breath) * _attack(time, 0.05)


def _brass(hertz, time, rate, random):
  shape = _attack(time, 0.05) * (0.75 + 0.25 * np.exp(-6 * time))
  # With an index below this, few side bands exceed half the sampling rate.
  index = min(random.uniform(3, 5), max(0.4 * rate / hertz - 2, 0.5))
  # With one phase for both, or the lower side bands would add up to a constant.
  turns = 2 * np.pi * hertz * time + random.uniform(0, 2 * np.pi)
  return shape * np.sin(turns + index * shape * np.sin(turns))


# {name: (hertz, time [n], rate, random) -> sound [n]}.
TIMBRES: dict[str, Callable[..., np.ndarray]] = {
  'organ': _organ,
  'reed': _reed,
  'strings': _strings,
  'plucked': _plucked,
  'flute': _flute,
  'brass': _brass,
}


def _harmonics(turns, hertz, rate, numbers, levels, random, fall=None):
  """The sum [n] of harmonics; `turns` [n]: phase of the fundamental."""
  audible = numbers * hertz < 0.45 * rate
  levels = levels * np.exp(random.normal(0, _UNEVEN, len(numbers)))
  phases = random.uniform(0, 1, len(numbers))
  sound = np.zeros(len(turns))
  for place in np.flatnonzero(audible):
    wave = np.sin(2 * np.pi * (numbers[place] * turns + phases[place]))
    sound += levels[place] * wave * (1 if fall is None else fall[place])
  return sound


def _attack(time, seconds):
  return 1 - np.exp(-3 * time / seconds)
