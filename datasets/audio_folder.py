"""Sound: a folder of .wav files, or notes and chords of the synthesiser.

`--set dataset/path=DIR` reads every .wav below DIR (with soundfile installed,
.flac and .ogg, too). A file that cannot be read is reported and dropped.
Licence: that of your files. A pitch in a file's name is its label: see
zoo.music.sound.pitch_named.

Without a path nothing is read or downloaded: notes and triads of half a second
in six timbres (zoo.music.timbres), each detuned by up to 20 cents, with noise
20 to 60 dB below the sound, and at a random level. One timbre occurs only in
the test set. So does a ninth of the notes of each other timbre (their pitches
occur in training in other timbres); another ninth is for validation. Each test
note also occurs with white noise as loud as itself, and 10 dB louder.
"""

import hashlib
import json
import os
from typing import Literal
import zlib

import numpy as np

from zoo.contracts import Dataset, UserError
from zoo.music import sound, timbres
from zoo.music.limits import BadInput
from zoo.music.reading import list_folder
from zoo.music.sound import Sound

SECONDS = 0.5
LIGHT = -60.0, -20.0  # Level of the noise relative to the sound, in decibels.
_VERSION = 1  # Part of the fingerprint: increase it when the sounds change.
_QUALITIES = ((0, 4, 7), (0, 3, 7), (0, 3, 6), (0, 4, 8))
_PARTS = 9  # Of the notes of a timbre; one for testing, one for validation.
_LEAST = 12  # Pitches, so that any triad fits between them.
_CHORDS = 12  # Per rendition and timbre.
_MOST = 40  # Renditions: a few minutes of synthesis.


def audio_folder(
  *,
  path: str = '',
  rate: int = sound.RATE,
  sounds: Literal['notes', 'chords', 'both'] = 'both',
  held_out: Literal[
    'organ', 'reed', 'strings', 'plucked', 'flute', 'brass'
  ] = 'brass',
  lowest: int = 48,
  highest: int = 83,
  renditions: int = 6,
  training_noise: tuple[float, float] = LIGHT,
  noise: tuple[int, ...] = (0, 10),
) -> Dataset:
  """Mono sounds.

  Args:
    path: a folder; '' for the synthesiser. The options below `rate` are for the
      synthesiser only.
    rate: samples a second; files are resampled to it.
    sounds: what is synthesised.
    held_out: the timbre that occurs only in the test set.
    lowest, highest: MIDI pitches of single notes; chords stay between them.
    renditions: how many there are of each note in training; a third as many in
      validation and test.
    training_noise: lowest and highest level of the noise in training notes, in
      decibels relative to the note; all other sounds have that of LIGHT.
    noise: levels of the noise that is added to test notes, in decibels above
      the note; each test note is repeated once for each.

  Raises:
    UserError: there is no such folder, or no sound file in it; an option out of
      range.
  """
  if not 4_000 <= rate <= 48_000:
    raise UserError(f'dataset/rate must be 4000 to 48000, not {rate}.')
  if path:
    return _folder(os.path.expanduser(path), rate)
  if not 24 <= lowest <= highest - _LEAST + 1 <= 108 - _LEAST + 1:
    raise UserError(
      'dataset/lowest and dataset/highest must be MIDI pitches from 24 to 108, '
      f'and {_LEAST - 1} or more apart, not {lowest} and {highest}.'
    )
  if training_noise[0] > training_noise[1]:
    raise UserError(
      'dataset/training_noise must be the lowest and the highest level, not '
      f'{training_noise}.'
    )
  if not 1 <= renditions <= _MOST:
    raise UserError(
      f'dataset/renditions must be 1 to {_MOST}, not {renditions}.'
    )
  pitches = range(lowest, highest + 1)

  def read():
    found = []
    if sounds != 'chords':
      found += _notes(
        pitches, held_out, renditions, rate, training_noise, noise
      )
    if sounds != 'notes':
      found += _triads(pitches, held_out, renditions, rate)
    return found, []

  key = [
    sounds,
    held_out,
    lowest,
    highest,
    renditions,
    training_noise,
    noise,
    rate,
  ]
  return Dataset(
    _digest(['synthesiser', _VERSION, *key]),
    "Notes and chords from the music zoo's own synthesiser.",
    read,
  )


def _folder(path, rate):
  if not os.path.isdir(path):
    raise UserError(f'dataset/path: there is no folder {path!r}.')
  endings = (sound.WAVE, *sound.OTHERS)
  files, links = list_folder(path, endings)
  if not files:
    raise UserError(
      f'dataset/path: there is no sound file in {path!r}: give a folder with '
      f'files that end in {", ".join(endings)}.'
    )
  stats = [(name, os.stat(os.path.join(path, name))) for name in files]

  def read():
    found, dropped = [], [*links]
    for name in files:
      try:
        found.append(sound.read(os.path.join(path, name), rate, name=name))
      except BadInput as error:
        dropped.append((name, error.reason))
    return found, sorted(dropped)

  about = [(name, at.st_size, at.st_mtime_ns) for name, at in stats]
  return Dataset(
    _digest(['folder', _VERSION, rate, about]),
    f'Your own files in {path}: check their licence yourself.',
    read,
  )


def _notes(pitches, held_out, renditions, rate, training_noise, noise):
  """Notes of every timbre; test notes with and without noise."""
  fewer = max(renditions // 3, 1)
  for number, timbre in enumerate(timbres.TIMBRES):
    new = timbre == held_out
    for pitch in pitches:
      part = 0 if new else (7 * pitch + 3 * number) % _PARTS
      split = ('test', 'validation')[part] if part < 2 else 'train'
      count = renditions if split == 'train' else fewer
      for rendition in range(count):
        name = f'{timbre}-{pitch:03d}-{rendition:02d}'
        random = _random(name)
        samples = timbres.note(timbre, pitch, SECONDS, rate, random)
        beside = training_noise if split == 'train' else LIGHT
        samples = _recorded(samples, random, beside)
        about = {'split': split, 'timbre': timbre, 'new_timbre': int(new)}
        yield _sound(name, samples, rate, pitch, about)
        for louder in noise if split == 'test' else ():
          other = timbres.noisy(samples, -louder, random)
          other /= max(np.abs(other).max(), 1)
          also = about | {'noise': louder}
          yield _sound(f'{name}-noise-{louder}', other, rate, pitch, also)


def _triads(pitches, held_out, renditions, rate):
  """Triads in any inversion, of every timbre."""
  for timbre in timbres.TIMBRES:
    new = timbre == held_out
    count = _CHORDS * (max(renditions // 3, 1) if new else renditions)
    for place in range(count):
      part = 0 if new else place % _PARTS
      split = ('test', 'validation')[part] if part < 2 else 'train'
      name = f'{timbre}-chord-{place:03d}'
      random = _random(name)
      steps = np.array(_QUALITIES[random.integers(len(_QUALITIES))])
      steps[: random.integers(3)] += 12
      steps -= steps.min()
      root = random.integers(pitches[0], pitches[-1] - steps.max() + 1)
      chosen = [int(root + step) for step in steps]
      samples = timbres.chord(timbre, chosen, SECONDS, rate, random)
      about = {'split': split, 'timbre': timbre, 'new_timbre': int(new)}
      yield _sound(name, _recorded(samples, random, LIGHT), rate, -1, about)


def _recorded(samples, random, noise):
  """A sound at a random level, with noise at a random level."""
  samples = timbres.noisy(samples, -random.uniform(*noise), random)
  samples *= 0.9 * 10 ** (random.uniform(-12, 0) / 20)
  return samples / max(np.abs(samples).max(), 1)


def _sound(name, samples, rate, pitch, about):
  return Sound(name, samples.astype(np.float32), rate, pitch, about)


def _random(name):
  return np.random.default_rng(zlib.crc32(name.encode()))


def _digest(key):
  return hashlib.sha256(json.dumps(key).encode()).hexdigest()
