"""Voice leading: chords by hand, two at a time."""

import numpy as np
import pytest

from zoo.contracts import UserError
from zoo.encoders.melody import Melody
from zoo.encoders.voices import Voices
from zoo.evaluation.music.voice_leading import (
  FIGURES,
  faults,
  pitches,
  usual_ranges,
  voice_leading,
)

RANGES = np.array([[60, 81], [53, 74], [48, 69], [36, 64]])


def two_chords(first, second):
  """Faults of two chords of a beat each; figures that are not 0.

  A fault in two beats is 50 in a hundred.
  """
  sounds = np.repeat([[first, second]], 4, axis=1)
  onset = np.zeros(sounds.shape, bool)
  onset[:, ::4] = sounds[:, ::4] >= 0
  found = faults(sounds, onset, RANGES, 4)
  assert set(found) == set(FIGURES)
  return {name: rate for name, rate in found.items() if rate}


def test_good_voice_leading():
  """I V in C: contrary motion, common tone."""
  assert two_chords((72, 67, 64, 48), (71, 67, 62, 55)) == {}


def test_parallel_fifths_between_tenor_and_bass():
  assert two_chords((72, 64, 55, 48), (72, 65, 57, 50)) == {
    'parallel_fifths': 50
  }


def test_fifths_repeated_or_in_contrary_motion_are_none():
  assert two_chords((72, 64, 55, 48), (76, 64, 55, 48)) == {}
  # A fifth to a twelfth outward: the bass falls.
  assert two_chords((74, 64, 55, 48), (74, 64, 60, 41)) == {}


def test_parallel_octaves_and_unisons():
  assert two_chords((72, 67, 64, 48), (74, 67, 65, 50)) == {
    'parallel_octaves': 50
  }
  assert two_chords((72, 67, 57, 57), (72, 64, 59, 59)) == {
    'parallel_octaves': 50
  }


def test_both_when_a_chord_is_moved_bodily():
  """C E G C up a tone: three octave pairs or unisons, two fifths."""
  assert two_chords((72, 67, 60, 48), (74, 69, 62, 50)) == {
    'parallel_octaves': 150,
    'parallel_fifths': 100,
  }


def test_a_crossing_counts_once_and_once_again_when_it_comes_back():
  crossed = (72, 60, 64, 48)
  fine = (72, 64, 60, 48)
  assert two_chords(fine, crossed) == {'crossings': 50}
  assert two_chords(crossed, crossed) == {'crossings': 50}
  assert two_chords(fine, (72, 64, 64, 48)) == {}


def test_ranges_and_leaps():
  assert two_chords((72, 64, 60, 48), (72, 64, 60, 35)) == {
    'out_of_range': 50,
    'leaps': 50,
  }
  assert two_chords((72, 64, 60, 48), (72, 64, 60, 36)) == {}


def test_silence_is_neither_moved_from_nor_counted():
  assert two_chords((72, 67, -1, 48), (74, 67, 65, 50)) == {
    'parallel_octaves': 50
  }
  assert two_chords((-1, 67, 60, 48), (74, 67, 65, 50)) == {}
  assert two_chords((-1, -1, -1, -1), (72, 60, 64, 48)) == {'crossings': 100}


def test_classes_become_active_pitches():
  """Hold 0, rest 1; pitches from 57, 53, 48 and 36 on."""
  spec = Voices(steps=4).spec
  voices = np.zeros((1, 4, 4), int)
  voices[0, :, 0] = [0, 2, 0, 1]
  voices[0, :, 3] = [2, 0, 3, 0]
  sounds, onset = pitches({'voices': voices, 'length': np.array([3])}, spec)
  assert sounds[0, :, 0].tolist() == [-1, 57, 57, -1]
  assert sounds[0, :, 3].tolist() == [36, 36, 37, -1]
  assert onset[0, :, 3].tolist() == [True, False, True, False]
  assert not onset[0, :, 1].any()


def test_a_usual_range_leaves_out_the_rarest():
  sounds = np.r_[50, np.full(98, 60), 70].reshape(1, 100, 1)
  onset = np.ones(sounds.shape, bool)
  assert usual_ranges((sounds, onset), 0.02).tolist() == [[60, 60]]
  assert usual_ranges((sounds, onset), 0.0).tolist() == [[50, 70]]


def test_rates_are_compared_with_the_corpus():
  spec = Voices(steps=4, rests=False).spec
  chord = np.zeros((2, 4, 4), int)
  chord[:, 0] = [16, 12, 13, 13]
  worse = chord.copy()
  worse[:, 0, 1:3] = [1, 22]  # Alto 53 below tenor 69.
  split = {'voices': chord, 'length': np.array([4, 4])}
  figures = voice_leading(
    lambda count: {'voices': np.repeat(worse[:1], count, 0)},
    {'train': split, 'test': split},
    spec,
    count=3,
  )
  assert figures['crossings'] == {'generated': 100, 'corpus': 0, 'real': 0}
  assert figures['out_of_range']['corpus'] == 0
  with pytest.raises(UserError, match='reads voices'):
    voice_leading(None, {}, Melody().spec)
