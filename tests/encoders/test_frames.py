"""Encoders of sound: windows and back, labels, files, and what is refused."""

import numpy as np
import pytest

from zoo.contracts import Spec, UserError
from zoo.encoders import ENCODERS
from zoo.encoders.frames import NO_NOISE
from zoo.encoders.mfcc import Mfcc
from zoo.music import audio, timbres
from zoo.music.piece import Piece, notes
from zoo.music.sound import Sound

RATE = 8_000
NAMES = ('waveform', 'spectrogram', 'mel', 'mfcc')
SIZE = {'window': 512, 'hop': 128}
# Cepstra of all bands keep what mel keeps.
OPTIONS = {'mel': {'bands': 96}, 'mfcc': {'bands': 96, 'coefficients': 96}}


def sound(pitch=60, seed=0, **metadata):
  random = np.random.default_rng(seed)
  samples = 0.5 * timbres.note('reed', pitch, 0.3, RATE, random)
  return Sound(f'a{seed}', samples.astype(np.float32), RATE, pitch, metadata)


def encoder(name, **options):
  made = ENCODERS[name](**SIZE | OPTIONS.get(name, {}) | options)
  return made.fit([sound(pitch, pitch) for pitch in range(55, 66)])


@pytest.fixture(scope='module')
def fitted():
  return {name: encoder(name) for name in NAMES}


@pytest.mark.parametrize('name', NAMES)
def test_windows_are_shares_and_one_a_hop(fitted, name):
  one = fitted[name]
  found = one.encode(sound())
  rows = found.examples[name]
  assert found.dropped == {}
  # 2400 samples: (2400 - 512) / 128 = 14.75 hops.
  assert rows.shape == (15, *one.spec.fields[name].shape)
  assert rows.dtype == np.float32 and 0 <= rows.min() <= rows.max() <= 1
  assert one.spec.fields.keys() == {name}


@pytest.mark.parametrize('name', NAMES)
def test_the_spec_rebuilds_it(fitted, name):
  spec = Spec.from_json(fitted[name].spec.to_json())
  again = ENCODERS[name].from_spec(spec)
  assert again.spec == fitted[name].spec
  np.testing.assert_array_equal(
    again.encode(sound()).examples[name],
    fitted[name].encode(sound()).examples[name],
  )


@pytest.mark.parametrize('name', NAMES)
def test_what_covers_a_sound_gives_it_back(fitted, name):
  """A waveform to the bit; of the others the spectrum, and so the pitch."""
  one = fitted[name]
  given = sound(62)
  made = one.join(one.cover(given))
  assert made.rate == RATE
  assert 0 <= len(made.samples) - 2400 < 128
  if name == 'waveform':
    np.testing.assert_allclose(made.samples[:2400], given.samples, atol=1e-6)
    return
  middle = np.stack([given.samples[600:1624], made.samples[600:1624]])
  found = audio.pitch_of(middle.astype(float), RATE, 48, 83)
  assert found.tolist() == [62, 62]
  true, ours = (one.cover(piece)[name] for piece in (given, made))
  error = np.abs(ours[:18] - true[:18]).mean()
  assert error < 0.12, error


@pytest.mark.parametrize('name', NAMES)
def test_one_window_is_held_to_be_heard(fitted, name):
  one = fitted[name]
  rows = one.encode(sound(64)).examples[name][6:8]
  held = one.decode({name: rows})
  assert len(held) == 2
  for piece in held:
    # Half a second is 31 hops.
    assert len(piece.samples) == (512 if name == 'waveform' else 4352)
    row = (
      piece.samples[-1536:-512] if len(piece.samples) > 512 else piece.samples
    )
    found = audio.pitch_of(np.array([row], float), RATE, 48, 83)
    assert found.tolist() == [64]


def test_a_sine_of_amplitude_1_is_0_dB():
  one = ENCODERS['spectrogram'](**SIZE)
  sine = np.sin(2 * np.pi * 40 / 512 * np.arange(1024))
  rows = one.encode(Sound('a', sine, 16_000)).examples['spectrogram']
  assert rows[:, 40] == pytest.approx(1)
  # A tenth is 20 dB softer, of 80.
  soft = one.encode(Sound('a', sine / 10, 16_000)).examples['spectrogram']
  assert soft[:, 40] == pytest.approx(0.75)
  # No band has more than mel says is the most.
  mel = ENCODERS['mel'](**SIZE)
  for line in range(2, 255, 9):
    sine = np.sin(2 * np.pi * line / 512 * np.arange(512))
    spectra = np.fft.rfft(sine * audio.hann(512))[None]
    power = audio.mel_power(spectra, 16_000, 96)
    assert power.max() <= mel.loudest * 1.3


def test_cepstra_are_scaled_by_those_in_training():
  pieces = [sound(pitch, pitch) for pitch in (55, 60, 65)]
  one = Mfcc(**SIZE, bands=40, coefficients=5).fit(pieces)
  rows = np.concatenate(
    [one.encode(piece).examples['mfcc'] for piece in pieces]
  )
  np.testing.assert_allclose(rows.min(0), 0, atol=1e-6)
  np.testing.assert_allclose(rows.max(0), 1, atol=1e-6)


def test_labels_and_what_evaluators_ask():
  one = ENCODERS['mel'](**SIZE, labels=True, lowest=55, highest=66)
  one = one.fit([sound()])
  assert one.spec.fields['label'].classes == 12
  given = sound(60, new_timbre=1, noise=10)
  found = one.encode(given).examples
  assert set(found) == set(one.spec.fields)
  assert found['label'].tolist() == [5] * 15
  assert found['new_timbre'].tolist() == [1] * 15
  assert found['noise'].tolist() == [10] * 15
  assert found['autocorrelation'].tolist() == [5] * 15
  plain = one.encode(sound(60)).examples
  assert set(plain['noise']) == {NO_NOISE} and not plain['new_timbre'].any()
  for pitch in (-1, 54, 67):
    other = one.encode(sound()._replace(pitch=pitch))
    assert other.dropped == {'no one pitch in the range': 15}
    assert other.examples['mel'].shape == (0, 96)


def test_what_is_dropped(fitted):
  one = fitted['mel']
  quiet = sound()
  quiet = quiet._replace(samples=np.append(quiet.samples, np.zeros(1024)))
  found = one.encode(quiet)
  assert found.dropped['silence'] >= 4
  assert len(found.examples['mel']) == 23 - found.dropped['silence']
  assert one.encode(sound()._replace(rate=9)).dropped == {'another rate': 1}
  short = sound()._replace(samples=np.zeros(100, np.float32))
  assert len(one.encode(short).examples['mel']) == 0
  with pytest.raises(UserError, match=r'is music, and this model reads sound'):
    one.cover(Piece('tune', notes([0], [1], [60])))
  with pytest.raises(UserError, match='has 9 samples per second'):
    one.cover(sound()._replace(rate=9))


@pytest.mark.parametrize(
  'name, option, value',
  [
    ('mel', 'window', 513),
    ('mel', 'window', 32),
    ('spectrogram', 'hop', 0),
    ('waveform', 'hop', 300),
    ('mel', 'bands', 129),
    ('mfcc', 'coefficients', 97),
    ('mfcc', 'coefficients', 0),
    ('waveform', 'lowest', 90),
  ],
)
def test_options_out_of_range(name, option, value):
  with pytest.raises(UserError, match=f'encoder/{option}'):
    ENCODERS[name](**SIZE | {option: value})


def test_files_of_a_sound(tmp_path, fitted):
  pytest.importorskip('matplotlib')
  one = fitted['mel']
  given = sound(60)
  paths = one.write(given, tmp_path / 'x-000', text='how it was made')
  assert [path.name for path in paths] == ['x-000.wav', 'x-000.png']
  assert b'how it was made' in paths[1].read_bytes()
  back = one.read(paths[0])
  np.testing.assert_allclose(back.samples, given.samples, atol=1e-4)
  overview = tmp_path / 'overview.png'
  one.overview([given] * 2, overview, ['a', 'b'])
  assert overview.read_bytes().startswith(b'\x89PNG')
