"""A small synthesiser: harmonics with envelopes, and frequency modulation.

  organ     six drawbars, at once and steady
  reed      odd harmonics, falling by 1 / n (a closed pipe)
  strings   all harmonics, falling by 1 / n, with vibrato and a slow attack
  plucked   all harmonics, the higher the sooner they die away
  flute     a few harmonics and the noise of breath
  brass     one sine that modulates another of the same pitch, brighter where it
            is louder

No harmonic reaches half the sampling rate. Each note is detuned, and its
harmonics are a little louder or softer than those of the last.

Source: Chowning 1973, The synthesis of complex audio spectra by means of
frequency modulation (brass); the rest is additive synthesis as in Risset &
Mathews 1969.
"""

from collections.abc import Callable, Sequence

import numpy as np

DETUNED = 20.0  # Cents, up or down, at the most.

_HARMONICS = 24
_UNEVEN = 0.25  # Deviation of the logarithm of a harmonic's amplitude.
_RELEASE = 0.04  # Seconds.
_DRAWBARS = {1: 1.0, 2: 0.7, 3: 0.5, 4: 0.35, 6: 0.2, 8: 0.15}


def note(
  timbre: str,
  pitch: int,
  seconds: float,
  rate: int,
  random: np.random.Generator,
) -> np.ndarray:
  """A note [n] of one of TIMBRES, its highest sample 1 or -1.

  Args:
    timbre: its name.
    pitch: in MIDI.
    seconds: how long.
    rate: samples a second.
    random: of its tuning, phases and harmonics.
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
  """Notes at once [n], each as `note` has it, its highest sample 1 or -1."""
  sound = sum(note(timbre, one, seconds, rate, random) for one in pitches)
  return sound / max(np.abs(sound).max(), 1e-9)


def noisy(
  sound: np.ndarray, decibels: float, random: np.random.Generator
) -> np.ndarray:
  """A sound with white noise, so many decibels softer than the sound."""
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
  # Side bands above half the rate are few where the index stays below this.
  index = min(random.uniform(3, 5), max(0.4 * rate / hertz - 2, 0.5))
  # Of one phase: else the lower side bands add up to a constant.
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
  """The sum of harmonics of a phase [n], in turns of the fundamental."""
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
