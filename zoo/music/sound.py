"""Recorded or synthesized sounds; reads, under limits, and writes .wav files.

The standard library reads .wav files of integers; soundfile, if installed, also
reads those of floating-point numbers, .flac and .ogg.
"""

import importlib.util
import math
import os
from pathlib import Path
import re
import struct
from typing import Any, NamedTuple
import wave

import numpy as np

from zoo.music.limits import BadInput, Refused

RATE = 16_000  # Samples per second: frequencies up to 8 kHz.
WAVE = '.wav'
OTHERS = ('.flac', '.ogg')  # Other formats, which soundfile reads.

_STEPS = {'c': 0, 'd': 2, 'e': 4, 'f': 5, 'g': 7, 'a': 9, 'b': 11}
_RATES = 1_000, 96_000


class Sound(NamedTuple):
  """One channel of samples.

  Attributes:
    id: unique in its corpus.
    samples: [n] float32, -1..1.
    rate: samples per second.
    pitch: the MIDI pitch of the note; -1 for none, several, or unknown.
    metadata: plain JSON values: `split` if the corpus has one; `timbre`;
      `new_timbre`, 1 if no training sound has the timbre; `noise`, the level of
      noise added for tests, in decibels relative to the sound.
  """

  id: str
  samples: np.ndarray
  rate: int
  pitch: int = -1
  metadata: dict[str, Any] = {}  # noqa: RUF012 never written to


class SoundLimits(NamedTuple):
  """Limits for files of sound.

  Attributes:
    bytes: maximum size of a file.
    seconds: maximum duration.
  """

  bytes: int = 60_000_000
  seconds: float = 300.0


ORDINARY = SoundLimits()


def read(
  path: str | os.PathLike,
  rate: int = RATE,
  limits: SoundLimits = ORDINARY,
  name: str = '',
) -> Sound:
  """Reads a sound file as mono and resamples it.

  Args:
    path: a .wav of 8, 16, 24 or 32 bits, mono or stereo; with soundfile any
      .wav, .flac or .ogg.
    rate: samples per second of the result.
    limits: on the size and duration of the file.
    name: the sound's id; by default the file's name.

  Raises:
    BadInput: the file cannot be read; the message says why.
  """
  path = Path(path)
  try:
    if not path.exists():
      raise Refused('does not exist')
    if path.stat().st_size > limits.bytes:
      raise Refused(f'is larger than {limits.bytes / 1e6:g} MB')
    samples, own = _samples(path, limits)
  except OSError as error:
    reason = f'cannot be opened ({error.strerror or error})'
    raise BadInput(os.fspath(path), reason) from error
  except Refused as error:
    raise BadInput(os.fspath(path), str(error)) from error
  name = name or path.name
  return Sound(name, resampled(samples, own, rate), rate, pitch_named(name))


def write(sound: Sound, path: str | os.PathLike) -> Path:
  """Writes a 16-bit .wav; samples beyond -1..1 are clipped."""
  path = Path(path)
  path.parent.mkdir(parents=True, exist_ok=True)
  levels = np.clip(sound.samples, -1, 1) * 32_767
  with wave.open(str(path), 'wb') as file:
    file.setnchannels(1)
    file.setsampwidth(2)
    file.setframerate(sound.rate)
    file.writeframes(np.rint(levels).astype('<i2').tobytes())
  return path


def resampled(samples: np.ndarray, rate: int, other: int) -> np.ndarray:
  """Resamples a signal [n] from `rate` to `other`; float32.

  The spectrum below half of both rates is kept, and nothing else.
  """
  samples = np.asarray(samples, np.float64)
  if rate != other and len(samples):
    shared = math.gcd(rate, other)
    down, up = rate // shared, other // shared
    blocks = len(samples) // down + 2  # One of zeros, against wrap-around.
    spectrum = np.fft.rfft(samples, blocks * down)
    made = np.fft.irfft(spectrum[: blocks * up // 2 + 1], blocks * up)
    samples = made[: -(-len(samples) * up // down)] * (up / down)
  return samples.astype(np.float32)


def pitch_named(name: str) -> int:
  """The MIDI pitch in a file's name; -1 for none.

  `guitar_acoustic_001-060-100.wav` is 60, as in NSynth (instrument, pitch,
  velocity); `flute_A#4.wav` and `Bb3.wav` name notes, where C4 is 60.
  """
  stem = Path(name).stem
  if found := re.search(r'-(\d{3})-\d{3}$', stem):
    pitch = int(found[1])
  elif found := re.search(r'(?:^|[^A-Za-z0-9])([A-Ga-g])([#b]?)(-?\d)$', stem):
    sign = {'#': 1, 'b': -1}.get(found[2], 0)
    pitch = 12 * (int(found[3]) + 1) + _STEPS[found[1].lower()] + sign
  else:
    return -1
  return pitch if 0 <= pitch < 128 else -1


def _samples(path, limits):
  """Samples [n] from -1 to 1 of a file, and its rate."""
  if path.suffix.lower() == WAVE:
    try:
      return _wave(path, limits)
    except (wave.Error, EOFError, struct.error, ZeroDivisionError) as error:
      if not _soundfile():
        raise Refused(f'is not a .wav of integers ({error})') from error
  if not _soundfile():
    raise Refused(f'is not a {WAVE} file; other formats need soundfile')
  return _with_soundfile(path, limits)


def _wave(path, limits):
  with wave.open(str(path), 'rb') as file:
    channels, width, rate, count, *_ = file.getparams()
    _check(channels, rate, count, limits)
    if width not in (1, 2, 3, 4):
      raise Refused(f'has samples of {8 * width} bits')
    data = file.readframes(count)
  data = data[: len(data) // (width * channels) * width * channels]
  if width == 1:  # unsigned
    levels = (np.frombuffer(data, np.uint8) - 128.0) / 128
  elif width == 3:
    bytes_ = np.frombuffer(data, np.uint8).reshape(-1, 3)
    whole = np.zeros((len(bytes_), 4), np.uint8)
    whole[:, 1:] = bytes_
    levels = whole.view('<i4')[:, 0] / 2.0**31
  else:
    levels = np.frombuffer(data, f'<i{width}') / 2.0 ** (8 * width - 1)
  return _mixed(levels.reshape(-1, channels)), rate


def _with_soundfile(path, limits):
  import soundfile  # optional

  try:
    with soundfile.SoundFile(str(path)) as file:
      _check(file.channels, file.samplerate, file.frames, limits)
      levels = file.read(file.frames, dtype='float64', always_2d=True)
      rate = file.samplerate
  except (RuntimeError, TypeError) as error:
    raise Refused(
      'is not a sound that soundfile reads, or is damaged'
    ) from error
  return _mixed(np.clip(np.nan_to_num(levels), -1, 1)), rate


def _check(channels, rate, count, limits):
  if channels not in (1, 2):
    raise Refused(f'has {channels} channels, not one or two')
  if not _RATES[0] <= rate <= _RATES[1]:
    raise Refused(f'has {rate} samples per second')
  if not count:
    raise Refused('is empty')
  if count / rate > limits.seconds:
    raise Refused(f'lasts longer than {limits.seconds:g} s')


def _mixed(levels):
  if not len(levels):
    raise Refused('is empty')
  return levels.mean(1)


def _soundfile():
  return importlib.util.find_spec('soundfile') is not None
