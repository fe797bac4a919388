"""Files of sound: every width and channel, other rates, and damaged ones."""

import struct
import wave

import numpy as np
import pytest

from zoo.contracts import UserError
from zoo.music import sound
from zoo.music.limits import BadInput
from zoo.music.sound import Sound, SoundLimits

RATE = 8_000
LEVELS = np.array([0.0, 0.5, -0.5, 0.25, -1.0])


def write(path, levels, width=2, rate=RATE):
  """A .wav of levels [n] or [n, channels], by the standard library alone."""
  levels = np.asarray(levels)
  rows = levels if levels.ndim == 2 else levels[:, None]
  whole = np.rint(rows * (2 ** (8 * width - 1) - 1)).astype(np.int64)
  if width == 1:
    whole = whole + 128
  data = b''.join(
    int(value).to_bytes(width, 'little', signed=width > 1)
    for value in whole.ravel()
  )
  with wave.open(str(path), 'wb') as file:
    file.setnchannels(rows.shape[1])
    file.setsampwidth(width)
    file.setframerate(rate)
    file.writeframes(data)
  return path


@pytest.mark.parametrize('width', [1, 2, 3, 4])
def test_every_width_is_read(tmp_path, width):
  found = sound.read(write(tmp_path / 'a.wav', LEVELS, width), RATE)
  np.testing.assert_allclose(found.samples, LEVELS, atol=2.5 / 2 ** (8 * width))
  assert found.samples.dtype == np.float32 and found.rate == RATE


def test_two_channels_are_mixed(tmp_path):
  levels = np.stack([LEVELS, np.zeros(5)], 1)
  found = sound.read(write(tmp_path / 'a.wav', levels), RATE)
  np.testing.assert_allclose(found.samples, LEVELS / 2, atol=1e-4)


def test_another_rate_keeps_the_pitch_and_the_length(tmp_path):
  sine = 0.5 * np.sin(2 * np.pi * 440 * np.arange(22_050) / 44_100)
  found = sound.read(write(tmp_path / 'a.wav', sine, rate=44_100), 16_000)
  assert len(found.samples) == 8_000
  spectrum = np.abs(np.fft.rfft(found.samples))
  assert spectrum.argmax() == 220  # of half a second
  middle = found.samples[1000:-1000]
  assert np.abs(middle).max() == pytest.approx(0.5, rel=0.01)


def test_a_file_that_was_written_is_read_back(tmp_path):
  one = Sound('a', np.float32([0.1, -0.9, 1.5]), RATE)
  found = sound.read(sound.write(one, tmp_path / 'deep' / 'A4.wav'), RATE)
  np.testing.assert_allclose(found.samples, [0.1, -0.9, 1], atol=1e-4)
  assert (found.id, found.pitch) == ('A4.wav', 69)


def test_floating_point_numbers_are_read_by_soundfile(tmp_path):
  soundfile = pytest.importorskip('soundfile')
  for name, subtype in (('a.wav', 'FLOAT'), ('b.flac', 'PCM_16')):
    soundfile.write(tmp_path / name, LEVELS, RATE, subtype=subtype)
    found = sound.read(tmp_path / name, RATE)
    np.testing.assert_allclose(found.samples, LEVELS, atol=1e-4)


@pytest.mark.parametrize('installed', [True, False])
def test_what_cannot_be_read_is_one_sentence(tmp_path, monkeypatch, installed):
  if not installed:
    monkeypatch.setattr(sound, '_soundfile', lambda: False)
  whole = write(tmp_path / 'whole.wav', LEVELS).read_bytes()
  float_format = whole[:20] + struct.pack('<H', 3) + whole[22:]
  damaged = {
    'empty.wav': b'',
    'text.wav': b'no sound at all',
    'head.wav': whole[:30],
    'float.wav': float_format[:-3] if installed else float_format,
    'other.flac': b'fLaC' + bytes(40),
  }
  for name, data in damaged.items():
    (tmp_path / name).write_bytes(data)
    if name == 'float.wav' and installed:
      continue  # soundfile reads what is left of it
    with pytest.raises(BadInput, match=f'{name} cannot be read: it is no'):
      sound.read(tmp_path / name)
  with pytest.raises(UserError, match='does not exist'):
    sound.read(tmp_path / 'nowhere.wav')
  with pytest.raises(UserError, match='cannot be opened'):
    (tmp_path / 'folder.wav').mkdir()
    sound.read(tmp_path / 'folder.wav')


def test_limits(tmp_path):
  path = write(tmp_path / 'a.wav', np.zeros(RATE))
  with pytest.raises(BadInput, match=r'larger than 0\.001 MB'):
    sound.read(path, limits=SoundLimits(bytes=1_000))
  with pytest.raises(BadInput, match='lasts longer than'):
    sound.read(path, limits=SoundLimits(seconds=0.9))
  with pytest.raises(BadInput, match='3 channels'):
    sound.read(write(tmp_path / 'b.wav', np.zeros((4, 3))))
  with pytest.raises(BadInput, match='10 samples per second'):
    sound.read(write(tmp_path / 'b.wav', np.zeros(4), rate=10))
  with pytest.raises(BadInput, match='is empty'):
    sound.read(write(tmp_path / 'b.wav', np.zeros(0)))
  # A header that promises more than the file holds.
  data = bytearray(path.read_bytes())
  data[40:44] = struct.pack('<I', 2**31)
  path.write_bytes(data)
  with pytest.raises(BadInput, match='lasts longer'):
    sound.read(path)


def test_pitches_in_names():
  names = {
    'guitar_acoustic_001-060-100.wav': 60,
    'flute_A#4.wav': 70,
    'deep/C4.wav': 60,
    'Bb3.flac': 58,
    'e-1.wav': 4,
    'organ-048-00.wav': -1,
    'blue2.wav': -1,
    'a-200-100.wav': -1,
    'song.wav': -1,
  }
  assert {name: sound.pitch_named(name) for name in names} == names
