"""Synthesized drum sounds: swept sines for skins, filtered noise for metal.

Each sound depends only on its pitch, so that equal pieces sound equal.
"""

from functools import lru_cache

import numpy as np

from zoo.music.drums import drum_map

# By class: seconds until the sound has decayed by 60 dB.
_DECAY = (0.35, 0.22, 0.06, 0.4, 0.5, 0.42, 0.36, 1.4, 0.9)
# By class: initial and final frequency of the skin, in hertz.
_SWEEP = {0: (140, 48), 1: (230, 180), 4: (120, 85), 5: (165, 120)}
_SWEEP |= {6: (220, 165)}
_NOISE = (0.08, 2.2, 1.0, 1.0, 0.06, 0.06, 0.06, 1.0, 0.55)
# By class: the frequency in hertz below which noise is attenuated.
_CUT = (1500, 900, 6500, 6000, 900, 900, 900, 4200, 5200)
_BELL = (3150, 4410, 5230)  # Hertz of the partials of a ride.
_CLICKS = {37: 1700, 75: 2500, 76: 1200, 77: 800, 56: 560, 67: 900, 68: 650}


def mix(
  start: np.ndarray, pitch: np.ndarray, velocity: np.ndarray, rate: int
) -> np.ndarray:
  """Sound of drum hits: [samples], 1.0 for a kick at full velocity.

  Args:
    start: [N] seconds.
    pitch: [N] MIDI pitch.
    velocity: [N] 1..127.
    rate: samples per second.
  """
  first = np.round(np.asarray(start) * rate).astype(np.int64)
  sounds = [sound(int(one), rate) for one in pitch]
  ends = [place + len(one) for place, one in zip(first, sounds, strict=True)]
  mixed = np.zeros(max(ends, default=0))
  for place, one, loud in zip(first, sounds, velocity, strict=True):
    mixed[place : place + len(one)] += one * (loud / 127) ** 1.5
  return mixed


@lru_cache(maxsize=256)
def sound(pitch: int, rate: int) -> np.ndarray:
  """One hit of a drum by its General MIDI pitch: [samples], peak at most 1.

  A pitch without a drum sounds as a low tom.
  """
  number = int(drum_map().classes[pitch])
  number = 4 if number < 0 else number
  decay = _DECAY[number] if pitch != 44 else 0.04
  if pitch in _CLICKS:
    decay = 0.12 if pitch in (56, 67, 68) else 0.06
  time = np.arange(int(decay * rate)) / rate
  fall = np.exp(-6.9 * time / decay)
  if pitch in _CLICKS:
    tone = np.sin(2 * np.pi * _CLICKS[pitch] * time)
    tone += 0.6 * np.sin(2 * np.pi * 1.48 * _CLICKS[pitch] * time)
    return _scaled(tone * fall, 0.5)
  made = _NOISE[number] * _noise(len(time), _CUT[number], pitch, rate)
  if number in _SWEEP:
    high, low = _SWEEP[number]
    hertz = low + (high - low) * np.exp(-time / (0.08 * decay))
    made = made * np.exp(-time / 0.05) if number != 1 else made
    made = made + np.sin(2 * np.pi * np.cumsum(hertz) / rate)
  if number == 8:
    partials = [np.sin(2 * np.pi * hertz * time) for hertz in _BELL]
    made = made + (0.5 if pitch == 53 else 0.15) * sum(partials)
  level = (1.0, 0.7, 0.3, 0.35, 0.8, 0.8, 0.75, 0.5, 0.35)[number]
  return _scaled(made * fall, level)


def _scaled(made, level):
  return made * level / max(float(np.abs(made).max(initial=0.0)), 1e-9)


def _noise(count, cut, seed, rate):
  """White noise, attenuated below `cut` hertz; determined by the seed."""
  white = np.random.default_rng(seed).standard_normal(count)
  spectrum = np.fft.rfft(white)
  hertz = np.fft.rfftfreq(count, 1 / rate)
  weakened = np.fft.irfft(spectrum / (1 + (cut / (hertz + 1)) ** 4), count)
  return weakened / max(float(np.abs(weakened).max(initial=0.0)), 1e-9)
