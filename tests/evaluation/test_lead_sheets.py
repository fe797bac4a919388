"""Chord tones and seams, counted by hand."""

import numpy as np
import pytest

from zoo.contracts import UserError
from zoo.encoders.lead_sheet import LeadSheet
from zoo.encoders.melody import Melody
from zoo.evaluation.music.lead_sheets import chord_tones, lead_sheets

SPEC = LeadSheet(progression=2).spec
PITCHES = SPEC.tables['pitches']  # Class 2 is MIDI pitch 48, a C.
C, D, E, G = 2, 4, 6, 9


def bar(*events):
  found = np.zeros(16, np.int8)
  found[:: 16 // len(events)] = events
  return found


def test_chord_tones_by_hand():
  bars = np.stack([bar(C, D, E, D), bar(1, C)])
  # Of C major half of the first bar is in it; half of the second is silent.
  assert chord_tones(bars, np.array([0, 0]), PITCHES) == 16 / 24
  assert chord_tones(bars, np.array([24, 0]), PITCHES) == 1.0
  # D major: D alone, 8 of 16 steps.
  assert chord_tones(bars, np.array([2, 24]), PITCHES) == 0.5


def splits():
  bars = np.stack([bar(C, E, G, C), bar(D, 7, 11, D), bar(E, 9, 13, E)] * 4)
  # C major, D minor and E minor.
  chord = np.array([0, 14, 16] * 4, np.int8)
  one = {
    'tokens': bars,
    'previous': np.roll(bars, 1, 0),
    'chord': chord,
    'progression': np.stack([chord, np.roll(chord, -1)], 1),
  }
  return dict.fromkeys(('train', 'validation', 'test'), one)


def test_a_melody_that_follows_its_chords():
  roots = {0: C, 14: D, 16: E}
  sets = splits()

  def make(mode, count, given, by_row):
    assert mode == 'sample' and by_row
    rows = given['progression']
    assert len(rows) == count
    follow = [
      np.concatenate([bar(roots[chord]) for chord in row])
      for row in rows.tolist()
    ]
    return {'tokens': np.stack(follow), 'progression': rows}

  def untrained(count):
    silent = np.ones((count, 32), np.int8)
    return {'tokens': silent, 'progression': np.zeros((count, 2), np.int8)}

  found = lead_sheets(
    make, untrained, sets, SPEC, count=24, covering=8, neighbours=2
  )
  assert found['chord_tones']['generated'] == 1.0
  assert found['chord_tones']['real'] == 1.0
  assert found['above_shuffled']['generated'] > 0.2
  assert found['chord_tones']['untrained'] == 0.0
  # From C to D or from D to E two semitones, from E to C four.
  assert 2 <= found['seam']['generated'] <= 4
  assert found['unique']['generated'] == 3 / 24
  assert found['largest_deviation']['generated'] > 0.5
  assert 'seam' not in found or 'independent' not in found['seam']


def test_an_encoder_without_chords():
  with pytest.raises(UserError, match='take it out of evaluate'):
    lead_sheets(None, None, splits(), Melody().spec)
