"""Notes as standardised real numbers, and back."""

import math

import jax
import numpy as np
import pytest

from zoo.contracts import Spec, UserError
from zoo.data.augmentations import transpose
from zoo.encoders.events import Events
from zoo.music.piece import Piece, notes

# A chord of three, then two single notes.
PIECE = Piece(
  'a',
  notes(
    [0, 0, 0, 1, 1.5],
    [1, 1, 1, 1.5, 3],
    [69, 81, 57, 70, 60],
    velocity=[90, 80, 70, 90, 80],
  ),
)


def raw(encoder, piece=PIECE):
  return encoder.encode(piece).examples['events']


def test_one_tone_an_event_in_hertz_and_quarters():
  (found,) = raw(Events(events=5))
  # Length, frequency, velocity, time since the event before; highest first.
  np.testing.assert_allclose(
    found[:4],
    [
      [1, 880, 80, 0],
      [1, 440, 90, 0],
      [1, 220, 70, 0],
      [0.5, 440 * 2 ** (1 / 12), 90, 1],
    ],
    rtol=1e-6,
  )
  assert found[4][-1] == 0.5


def test_logarithms():
  (found,) = raw(Events(events=5, frequency='log', times='log'))
  # log2(1 + 4 sixteenths), and semitones.
  np.testing.assert_allclose(found[0], [math.log2(5), 81, 80, 0], rtol=1e-6)
  np.testing.assert_allclose(found[3][:2], [math.log2(3), 70], rtol=1e-6)


def test_three_tones_an_event():
  (found,) = raw(Events(events=3, tones=3))
  assert found.shape == (3, 10)
  np.testing.assert_allclose(found[0, 1:9:3], [880, 440, 220])
  # A tone that is missing has no length and the first one's frequency.
  np.testing.assert_allclose(found[1, ::3], [0.5, 0, 0, 1])
  np.testing.assert_allclose(found[1, 1:9:3], found[1, 1])


@pytest.mark.parametrize('tones', [1, 2, 3])
@pytest.mark.parametrize('scale', ['log', 'linear'])
def test_decoded_events_are_the_notes(tones, scale):
  frequency = 'log' if scale == 'log' else 'hertz'
  encoder = Events(events=2, tones=tones, frequency=frequency, times=scale)
  encoder = encoder.fit([PIECE])
  again = encoder.join(encoder.cover(PIECE))
  count = len(PIECE.notes.start)
  for name in ('start', 'end', 'pitch', 'velocity'):
    np.testing.assert_array_equal(
      getattr(again.notes, name)[:count], getattr(PIECE.notes, name)
    )


def test_numbers_are_standardised_by_what_was_fitted():
  encoder = Events(events=5).fit([PIECE])
  (found,) = raw(encoder)
  np.testing.assert_allclose(found.mean(0), 0, atol=1e-6)
  np.testing.assert_allclose(found.std(0), 1, atol=1e-5)
  same = Events.from_spec(Spec.from_json(encoder.spec.to_json()))
  np.testing.assert_array_equal(raw(same), raw(encoder))
  # A constant number stays finite.
  flat = Piece('b', notes([0, 1, 2], [1, 2, 3], [60, 60, 60]))
  assert np.isfinite(raw(Events(events=3).fit([flat]), flat)).all()


def test_whatever_a_network_writes_can_be_decoded():
  encoder = Events(events=8, tones=2).fit([PIECE])
  random = np.random.default_rng(0).normal(0, 1e4, (4, 8, 7))
  random[0, 0] = np.nan
  for piece in encoder.decode({'events': random}):
    assert len(piece.notes.start) >= 8
    assert piece.notes.pitch.min() >= 0 and piece.notes.pitch.max() <= 127
    assert (piece.notes.end - piece.notes.start).max() <= 16


def test_what_is_dropped_and_errors():
  assert Events(events=6).encode(PIECE).dropped == {'shorter than a window': 1}
  empty = Piece('e', notes([], [], []))
  assert Events().encode(empty).dropped == {'no melodic part': 1}
  with pytest.raises(UserError, match='cannot be read as events'):
    Events().cover(empty)
  with pytest.raises(UserError, match='encoder/tones must be at least 1'):
    Events(tones=0)


@pytest.mark.parametrize('frequency', ['log', 'hertz'])
def test_transposed_events_are_those_of_the_transposed_piece(frequency):
  encoder = Events(events=3, tones=2, frequency=frequency).fit([PIECE])
  augment = transpose(encoder.spec, low=5, high=5)
  moved = PIECE._replace(
    notes=PIECE.notes._replace(pitch=PIECE.notes.pitch + np.int16(5))
  )
  before = raw(encoder)
  keys = jax.random.split(jax.random.key(0), len(before))
  found = augment(keys, {'events': before})['events']
  np.testing.assert_allclose(found, raw(encoder, moved), rtol=1e-4, atol=1e-5)
