"""Statistics of bars, counted by hand."""

import numpy as np
import pytest

from zoo.contracts import Spec, UserError
from zoo.evaluation.music.bar_statistics import bar_statistics, bars

PITCHES = [-1, -1, *range(21, 109)]
SPEC = Spec(
  encoder='melody',
  options={},
  fields={},
  sizes={'classes': 90, 'steps': 8, 'steps_per_bar': 4},
  quarters=0.25,
  tables={'pitches': PITCHES},
  vocabulary={},
)


def window(*events):
  """Pitches, 0 for hold and 1 for note-off, as one window."""
  return np.array([[e if e < 2 else e - 19 for e in events]], np.int8)


def test_bars_by_hand():
  # C4 . E4 . | (E4) . off G4
  found = bars(window(60, 0, 64, 0, 0, 0, 1, 67), PITCHES, 4)
  assert found['onsets'].tolist() == [2, 1]
  assert found['notes'].tolist() == [2, 2]
  assert found['range'].tolist() == [4, 3]
  assert found['in_key'].tolist() == [1, 1]


def test_the_key_is_that_of_the_window():
  # C D E F | F# G A B: six of seven white keys and G, and one foreign note;
  # G major leaves F out, C major F#.
  found = bars(window(60, 62, 64, 65, 66, 67, 69, 71), PITCHES, 4)
  assert found['in_key'].sum() == 7 / 4
  # Alone, the bar C D E F# would be whole.
  found = bars(window(60, 62, 64, 66, 60, 65, 60, 65), PITCHES, 4)
  assert found['in_key'].tolist() == [3 / 4, 1]


def test_silence_has_no_key():
  found = bars(window(0, 0, 0, 0, 60, 0, 0, 0), PITCHES, 4)
  assert found['onsets'].tolist() == [0, 1]
  assert found['notes'].tolist() == [0, 1]
  assert found['range'].tolist() == [0, 0]
  assert found['in_key'].tolist() == [1]


def test_deviation_is_from_the_corpus():
  train = window(60, 0, 64, 0, 60, 0, 64, 0).repeat(10, 0)
  made = window(60, 0, 65, 0, 60, 0, 65, 0).repeat(10, 0)
  found = bar_statistics(
    lambda count: {'tokens': made},
    lambda count: {'tokens': window(60, *[0] * 7).repeat(count, 0)},
    {'train': {'tokens': train}, 'test': {'tokens': train[:0]}},
    SPEC,
    count=10,
  )
  assert found['range'] == {
    'generated': 5,
    'corpus': 4,
    'untrained': 0,
    'independent': 4,
  }
  assert found['largest_deviation'] == {
    'generated': 1 / 4,
    'corpus': 0,
    'untrained': 1,
    'independent': 0,
  }
  assert found['onsets']['untrained'] == 1 / 2
  assert found['notes']['untrained'] == 1


def test_a_set_without_onsets_is_in_no_key():
  train = window(60, 0, 64, 0, 60, 0, 64, 0).repeat(10, 0)
  found = bar_statistics(
    lambda count: {'tokens': np.zeros((count, 8), np.int8)},
    lambda count: {'tokens': train},
    {'train': {'tokens': train}, 'test': {'tokens': train[:0]}},
    SPEC,
    count=10,
  )
  assert found['in_key'] == {'corpus': 1, 'untrained': 1, 'independent': 1}
  assert found['largest_deviation']['generated'] == 1


def test_other_encoders_are_refused():
  with pytest.raises(UserError, match='words'):
    bar_statistics(None, None, {}, SPEC._replace(encoder='words', tables={}))
