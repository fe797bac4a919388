"""Notes of the synthesiser: in tune, distinct, and below half the rate."""

import numpy as np
import pytest

from zoo.music import audio, timbres

RATE = 16_000


def note(timbre, pitch, seed=0, seconds=0.3):
  random = np.random.default_rng(seed)
  return timbres.note(timbre, pitch, seconds, RATE, random)


@pytest.mark.parametrize('timbre', timbres.TIMBRES)
def test_every_timbre_is_in_tune(timbre):
  for pitch in (48, 65, 83):
    sound = note(timbre, pitch)
    assert len(sound) == 4_800 and np.abs(sound).max() == pytest.approx(1)
    rows = audio.frames(sound, 2048, 700)
    found = audio.pitch_of(rows, RATE, 40, 90)
    np.testing.assert_array_equal(found, pitch)
    # It ends, so that the next sound begins without a click.
    assert abs(sound[-1]) < 1e-6


def test_notes_are_repeatable_and_none_like_another():
  first = {name: note(name, 60) for name in timbres.TIMBRES}
  for name, sound in first.items():
    np.testing.assert_array_equal(sound, note(name, 60))
    assert np.abs(sound - note(name, 60, seed=1)).max() > 0.01
  spectra = {k: np.abs(np.fft.rfft(v)) for k, v in first.items()}
  for one in spectra.values():
    near = [
      np.dot(one, other) / np.linalg.norm(one) / np.linalg.norm(other)
      for other in spectra.values()
      if other is not one
    ]
    assert max(near) < 0.995


def test_nothing_sounds_below_the_note():
  """What would lie above half the rate would be heard there."""
  for name in timbres.TIMBRES:
    power = np.square(np.abs(np.fft.rfft(note(name, 96))))
    hertz = np.fft.rfftfreq(4_800, 1 / RATE)
    below = power[hertz < 0.9 * 2093].sum() / power.sum()
    assert below < 2e-3, name


def test_noise_is_as_loud_as_asked():
  sound = note('organ', 60)
  noise = timbres.noisy(sound, 10, np.random.default_rng(0)) - sound
  ratio = np.mean(np.square(sound)) / np.mean(np.square(noise))
  assert 10 * np.log10(ratio) == pytest.approx(10, abs=0.3)


def test_a_chord_has_all_of_its_notes():
  random = np.random.default_rng(0)
  sound = timbres.chord('flute', (60, 64, 67), 0.5, RATE, random)
  power = np.square(np.abs(np.fft.rfft(sound)))
  hertz = np.fft.rfftfreq(len(sound), 1 / RATE)
  for pitch in (60, 64, 67):
    true = 440 * 2 ** ((pitch - 69) / 12)
    near = np.abs(1200 * np.log2(np.maximum(hertz, 1) / true)) < 30
    assert power[near].sum() > 0.1 * power.sum()
