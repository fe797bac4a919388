"""C-RNN-GAN's statistics of songs, by hand."""

import numpy as np
import pytest

from zoo.encoders.events import Events, Tones
from zoo.evaluation.music.event_statistics import (
  error,
  event_statistics,
  independent_events,
  songs,
  statistics,
)


def tones(pitch, start, velocity=80):
  pitch = np.array(pitch)[None, :, None]
  start = np.array(start, float)[None, :, None]
  return Tones(
    np.ones(pitch.shape, bool),
    start,
    np.ones(pitch.shape),
    pitch,
    np.broadcast_to(velocity, pitch.shape),
  )


def test_by_hand():
  # C D E F# of C major with one strange tone, twice; the last two at once.
  pitch = [60, 62, 64, 66, 60, 62, 64, 77]
  start = [0, 0.5, 1, 1.5, 2, 2.5, 4, 4]
  found = {name: float(x[0]) for name, x in songs(tones(pitch, start)).items()}
  assert found == {
    # G major has all but the F.
    'scale': 7 / 8,
    'span': 17,
    'tones': 5,
    'intensity': 0,
    'polyphony': 2 / 8,
    # C D E comes again.
    'repetition': 1,
    'beat': 0.5,
  }


def test_harmonic_minor_is_a_scale():
  pitch = [57, 59, 60, 62, 64, 65, 68]
  assert songs(tones(pitch, range(7)))['scale'] == 1.0


def test_an_event_without_a_tone_does_not_count():
  both = tones([60, 61, 72], [0, 1, 2])
  one = both._replace(sounds=np.array([[[True], [False], [True]]]))
  assert songs(one)['tones'] == 2 and songs(one)['scale'] == 1


def test_error_leaves_out_what_real_music_lacks():
  real = dict.fromkeys(
    ('scale', 'span', 'tones', 'polyphony', 'repetition'), 1.0
  ) | {'intensity': 0.0}
  found = real | {'span': 1.5, 'scale': 0.5, 'intensity': 90.0}
  assert error(found, real) == pytest.approx(1.0 / 5)
  assert error(real, real) == 0


def test_the_columns_of_the_report():
  encoder = Events(events=6, frequency='log')
  middle = np.array([1, 60, 80, 1])
  events = middle + np.random.default_rng(0).normal(size=(20, 6, 4))
  sets = {'train': {'events': events}, 'test': {'events': events[:10]}}

  def generate(count):
    return {'events': np.repeat(events[:1], count, 0)}

  found = event_statistics(
    generate, generate, sets, encoder.spec, encoder, count=8
  )
  assert found['unique']['generated'] == 1 / 8
  assert found['spread']['generated'] == 0
  assert found['error']['real'] == 0
  assert {'train', 'untrained', 'independent'} <= found['error'].keys()


def test_independent_events_come_from_training():
  train = np.arange(24.0).reshape(2, 3, 4)
  drawn = independent_events(train, 50, 0)
  assert drawn.shape == (50, 3, 4)
  known = {tuple(row) for row in train.reshape(-1, 4)}
  assert {tuple(row) for row in drawn.reshape(-1, 4)} == known
  same = statistics(tones([60, 60], [0, 1]))
  assert same['unique'] == 1 and same['spread'] == 0
