"""Drum sounds, checked by their spectra."""

import numpy as np
import pytest

from zoo.music import drum_sounds, writing
from zoo.music.drums import NINE_DRUMS, PITCHES
from zoo.music.piece import Piece, Tempo, notes

RATE = writing.RATE


def centre(sound):
  """The mean frequency of a sound's energy, in hertz."""
  energy = np.abs(np.fft.rfft(sound)) ** 2
  return (np.fft.rfftfreq(len(sound), 1 / RATE) * energy).sum() / energy.sum()


def lasts(sound):
  """Seconds that contain nine tenths of the energy."""
  share = np.cumsum(sound**2) / np.sum(sound**2)
  return np.searchsorted(share, 0.9) / RATE


def test_skins_are_low_metal_is_high_and_cymbals_ring():
  sounds = {
    name: drum_sounds.sound(pitch, RATE)
    for name, pitch in zip(NINE_DRUMS, PITCHES, strict=True)
  }
  height = {name: centre(sound) for name, sound in sounds.items()}
  assert height['kick'] < height['low_tom'] < height['mid_tom']
  assert height['mid_tom'] < height['high_tom'] < 300
  assert 1000 < height['snare'] < 5000
  assert min(height[k] for k in ('closed_hat', 'open_hat', 'crash')) > 6000
  long = {name: lasts(sound) for name, sound in sounds.items()}
  assert long['closed_hat'] < 0.03 < long['open_hat'] < long['crash']
  assert long['ride'] > 2 * long['snare']
  for sound in sounds.values():
    assert 0.25 < np.abs(sound).max() <= 1 and abs(sound[-1]) < 0.01


def test_any_pitch_has_a_sound_and_always_the_same():
  for pitch in range(128):
    assert np.isfinite(drum_sounds.sound(pitch, 8000)).all()
  one = drum_sounds.sound(38, RATE)
  drum_sounds.sound.cache_clear()
  assert np.array_equal(one, drum_sounds.sound(38, RATE))


def test_hits_sound_when_they_are_hit_and_the_louder_the_louder():
  piece = Piece(
    'a',
    notes([0, 2], [0.25, 2.25], 36, [60, 120], drum=True),
    tempos=(Tempo(0.0, 60.0),),
  )
  sound = writing.synthesize(piece)
  assert np.abs(sound[RATE : 2 * RATE]).max() == 0
  soft, loud = np.abs(sound[:RATE]).max(), np.abs(sound[2 * RATE :]).max()
  assert loud / soft == pytest.approx(2**1.5)
  assert loud <= 1


def test_drums_sound_beside_notes_and_nothing_overflows():
  hits = np.arange(0, 8, 0.25)
  both = Piece(
    'a',
    notes(
      np.append(hits, [0, 0]),
      np.append(hits + 0.25, [8, 8]),
      np.append(np.full(len(hits), 49), [60, 64]),
      127,
      drum=np.append(np.ones(len(hits), bool), [False, False]),
    ),
  )
  sound = writing.synthesize(both)
  assert np.abs(sound).max() <= 1 and len(sound) >= 4 * RATE
  melody = both._replace(
    notes=type(both.notes)(*(c[~both.notes.drum] for c in both.notes))
  )
  assert not np.allclose(
    sound[: 3 * RATE], writing.synthesize(melody)[: 3 * RATE]
  )
