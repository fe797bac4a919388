"""Spectra and back, mel bands and cepstra as librosa has them, and pitches."""

import numpy as np
import pytest

from zoo.music import audio

RATE = 16_000


@pytest.fixture(scope='module')
def signal():
  """Nine thousand samples of noise and a sine."""
  random = np.random.default_rng(0)
  return 0.1 * random.normal(size=9_000) + np.sin(0.2 * np.arange(9_000))


@pytest.mark.parametrize(
  'window, hop', [(1024, 256), (1024, 512), (512, 100), (256, 1)]
)
def test_the_inverse_transform_restores_the_waveform(signal, window, hop):
  signal = signal[:3_000]
  before, after = audio.padding(signal, window, hop)
  padded = np.pad(signal, (before, after))
  spectra = audio.stft(padded, window, hop)
  # No sample is left over, and each is in as many frames as any.
  assert (len(padded) - window) % hop == 0
  back = audio.istft(spectra, window, hop)
  assert len(back) == len(padded)
  assert np.abs(back[before : len(back) - after] - signal).max() < 1e-5


def test_what_is_shorter_than_a_window_has_no_frame():
  assert audio.frames(np.zeros(9), 10, 2).shape == (0, 10)
  assert audio.frames(np.arange(10), 4, 3).tolist() == [
    [0, 1, 2, 3],
    [3, 4, 5, 6],
    [6, 7, 8, 9],
  ]


def test_a_sine_is_one_line_of_a_quarter_of_the_window():
  """Hann: half the window is its sum, and half of that is the sine's."""
  sine = np.sin(2 * np.pi * 50 / 1024 * np.arange(1024))
  (spectrum,) = np.abs(audio.stft(sine, 1024, 256))
  assert spectrum.argmax() == 50 and spectrum[50] == pytest.approx(256)
  # Its neighbours have half, and no other has any.
  assert spectrum[[49, 51]] == pytest.approx([128, 128])
  assert spectrum[53:].max() < 1e-9


@pytest.mark.parametrize(
  'rate, window, bands', [(RATE, 1024, 64), (RATE, 2048, 96), (22_050, 512, 24)]
)
def test_mel_filters_are_those_of_librosa(rate, window, bands):
  librosa = pytest.importorskip('librosa')
  theirs = librosa.filters.mel(sr=rate, n_fft=window, n_mels=bands)
  ours = audio.mel_filters(rate, window, bands)
  np.testing.assert_allclose(ours, theirs, atol=1e-7)


def test_mel_powers_and_cepstra_are_those_of_librosa(signal):
  librosa = pytest.importorskip('librosa')
  options = {
    'sr': RATE,
    'n_fft': 1024,
    'hop_length': 256,
    'n_mels': 64,
    'center': False,
  }
  spectra = audio.stft(signal, 1024, 256)
  ours = audio.mel_power(spectra, RATE, 64)
  theirs = librosa.feature.melspectrogram(y=signal, **options)
  np.testing.assert_allclose(ours, theirs.T, rtol=1e-5)
  theirs = librosa.feature.mfcc(y=signal, n_mfcc=20, **options)
  found = audio.cepstra(audio.decibels(ours), 20)
  np.testing.assert_allclose(found, theirs.T, atol=1e-3)


def test_mels_and_hertz_are_inverse():
  hertz = np.array([0, 100, 999, 1000, 1001, 7_999])
  np.testing.assert_allclose(audio.hertz_of(audio.mel_of(hertz)), hertz)
  # Slaney: 1 kHz is 15 mels, and 27 more are a factor of 6.4.
  assert audio.mel_of(1000) == pytest.approx(15)
  assert audio.mel_of(6400) == pytest.approx(42)


def test_all_cepstra_give_the_levels_back():
  levels = np.random.default_rng(1).normal(size=(5, 24))
  found = audio.cepstra(levels, 24)
  np.testing.assert_allclose(audio.levels_of(found, 24), levels, atol=1e-12)
  # The first is the mean, times the root of how many.
  np.testing.assert_allclose(found[:, 0], levels.mean(1) * 24**0.5)


def test_windows_shorter_than_a_period_have_the_highest_pitch():
  rows = np.random.default_rng(0).normal(size=(3, 64))
  assert audio.pitch_of(rows, 48_000, 40, 60).tolist() == [60] * 3
  assert audio.pitch_of(rows[:0], RATE, 40, 90).shape == (0,)


def test_griffin_lim_comes_near_the_magnitudes(signal):
  magnitudes = np.abs(audio.stft(signal, 1024, 256))

  def error(rounds):
    made = audio.griffin_lim(magnitudes, 1024, 256, rounds)
    found = np.abs(audio.stft(made, 1024, 256))
    return np.linalg.norm(found - magnitudes) / np.linalg.norm(magnitudes)

  assert error(32) < 0.05 < error(0)
  np.testing.assert_array_equal(
    audio.griffin_lim(magnitudes, 1024, 256, 2),
    audio.griffin_lim(magnitudes, 1024, 256, 2),
  )


@pytest.mark.parametrize('harmonics', [1, 4])
def test_the_period_is_the_pitch(harmonics):
  pitches = np.arange(40, 96)
  hertz = 440 * 2 ** ((pitches[:, None] - 69) / 12)
  time = np.arange(2048) / RATE
  rows = sum(
    np.sin(2 * np.pi * number * hertz * time + number) / number
    for number in range(1, harmonics + 1)
  )
  found = audio.pitch_of(rows, RATE, 36, 96)
  np.testing.assert_array_equal(found, pitches)
  # A missing fundamental has the same period.
  rows = sum(np.sin(2 * np.pi * k * hertz * time) for k in (2, 3, 4))
  found = audio.pitch_of(rows, RATE, 36, 96)
  np.testing.assert_array_equal(found[:30], pitches[:30])
