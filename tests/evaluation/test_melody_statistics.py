"""Statistics of melodies, counted by hand."""

import numpy as np
import pytest

from zoo import config
from zoo.contracts import Spec, UserError
from zoo.evaluation.music import MUSIC_EVALUATORS
from zoo.evaluation.music.melody_statistics import (
  in_any_key,
  independent,
  melody_statistics,
  returning,
  statistics,
)

SPEC = Spec(
  encoder='melody',
  options={},
  fields={},
  sizes={'classes': 90, 'steps': 8, 'steps_per_bar': 4},
  quarters=0.25,
  tables={},
  vocabulary={},
)


def token(pitch):
  """The class of a MIDI pitch: 21 is 2."""
  return pitch - 19


def window(*events):
  """Pitches, 0 for hold and 1 for note-off, as one window."""
  return np.array([[e if e < 2 else token(e) for e in events]], np.int8)


def random_windows(count, seed=0):
  """Windows of eight steps: an onset, then holds and onsets up to C6."""
  rng = np.random.default_rng(seed)
  pitches = rng.integers(60, 85, (count, 8)) - 19
  tokens = np.where(rng.random((count, 8)) < 0.4, 0, pitches)
  tokens[:, 0] = pitches[:, 0]
  return tokens.astype(np.int8)


def figures(generated, train, test=None, **options):
  test = train[:0] if test is None else test
  return melody_statistics(
    lambda count: {'tokens': generated},
    {'train': {'tokens': train}, 'test': {'tokens': test}},
    SPEC,
    **{'count': len(generated), **options},
  )


def test_counts_by_hand():
  # C4 . E4 . | off . G4 C4: intervals 4, 3, 7 across the rest.
  found = statistics(window(60, 0, 64, 0, 1, 0, 67, 60))
  assert found.hold == [3 / 8]
  assert found.notes == [4]
  assert found.range == [7]
  assert found.interval == [(4 + 3 + 7) / 3]
  assert found.scale == [1]
  assert {int(i) - 36: n for i, n in enumerate(found.leaps) if n} == {
    4: 1,
    3: 1,
    -7: 1,
  }


def test_key_is_the_best_of_twelve_major_scales():
  # D major whole, then with one foreign note among eight.
  assert statistics(window(62, 64, 66, 67, 69, 71, 73, 74)).scale == [1]
  assert statistics(window(62, 64, 66, 67, 69, 71, 72, 73)).scale == [7 / 8]
  # Of the chromatic scale's first eight notes C..G no scale has more than
  # five: C D E F G.
  assert statistics(window(*range(60, 68))).scale == [5 / 8]


def test_silence_and_one_note():
  found = statistics(np.concatenate([window(*[0] * 8), window(60, *[0] * 7)]))
  assert found.notes.tolist() == [0, 1]
  assert found.range.tolist() == [0, 0]
  assert found.interval.tolist() == [0, 0]
  assert found.scale.tolist() == [0, 1]
  assert found.leaps.sum() == 0


def test_any_key_is_equal_for_transpositions_only():
  tune = window(60, 0, 64, 1, 0, 67, 60, 0)
  higher = window(65, 0, 69, 1, 0, 72, 65, 0)
  other = window(65, 0, 69, 0, 1, 72, 65, 0)
  assert (in_any_key(tune) == in_any_key(higher)).all()
  assert (in_any_key(tune) != in_any_key(other)).any()
  # The widest leaps of the piano meet neither hold nor note-off.
  widest = in_any_key(window(108, 21, 0, 1, 21, 108, 0, 1))
  assert widest.tolist() == [[0, -87, -127, -126, -87, 0, -127, -126]]


def test_copies_and_doubles_are_found_in_any_key():
  train = random_windows(50)
  copy = np.where(train[7:8] >= 2, train[7:8] - 3, train[7:8])
  fresh = window(60, 0, 0, 0, 62, 0, 0, 0)
  found = figures(np.concatenate([copy, fresh, fresh, fresh + 0]), train)
  assert found['copied']['generated'] == 1 / 4
  assert found['distinct']['generated'] == 2 / 4
  higher = np.where(fresh >= 2, fresh + 1, fresh)
  found = figures(np.concatenate([copy, fresh, higher]), train)
  assert found['distinct']['generated'] == 1
  assert found['distinct_in_any_key']['generated'] == 2 / 3


def test_known_bars_are_shared_bars_with_an_onset():
  train = window(60, 0, 64, 0, 67, 67, 67, 67)
  # A transposed bar of training and one of its own; then a bar that is all
  # hold, which does not count.
  generated = np.concatenate(
    [window(62, 0, 66, 0, 67, 0, 67, 0), window(72, 72, 72, 72, 0, 0, 0, 0)]
  )
  assert figures(generated, train)['known_bars']['generated'] == 2 / 3


def test_bands_and_their_conjunction():
  train = random_windows(4000)
  found = figures(train, train, test=train[::2], count=4000)
  for name in ('hold', 'notes', 'range', 'interval'):
    low, high = found['band'][name]
    assert low < high
    # Ties at the edges are inside.
    assert found[f'{name}_in_band']['generated'] >= 0.899
  assert found['interval_overlap']['generated'] == pytest.approx(1)
  assert found['copied']['generated'] == found['copied']['real'] == 1
  assert found['copied']['independent'] < 0.05

  silent = np.zeros((4, 8), np.int8)
  found = figures(silent, train)
  assert found['hold']['generated'] == 1
  assert found['all_four']['generated'] == 0
  assert found['in_key']['generated'] == 0
  assert 'real' not in found['all_four']


def test_all_four_needs_each():
  train = np.concatenate(
    [
      window(60, 0, 62, 0, 64, 0, 65, 0),
      window(60, 0, 64, 0, 62, 0, 67, 0),
      window(60, 62, 64, 0, 62, 0, 67, 0),
    ]
  )
  good = window(67, 0, 64, 0, 62, 0, 60, 0)
  wrong_key = window(60, 0, 61, 0, 62, 0, 67, 0)
  too_wide = window(60, 0, 72, 0, 60, 0, 72, 0)
  too_held = window(60, 0, 0, 0, 0, 0, 64, 0)
  found = figures(np.concatenate([good, wrong_key, too_wide, too_held]), train)
  assert found['all_four']['generated'] == 1 / 4
  assert found['in_key']['generated'] == 3 / 4
  assert found['hold_in_band']['generated'] == 3 / 4
  assert found['range_in_band']['generated'] == 2 / 4  # Too held, too narrow.


def test_independent_steps_keep_each_step_and_lose_the_rest():
  # Two windows, four equal steps and four that differ together.
  train = np.concatenate(
    [
      window(60, 0, 62, 0, 60, 60, 60, 60),
      window(60, 0, 62, 0, 64, 64, 64, 64),
    ]
  ).repeat([1, 3], axis=0)
  drawn = independent(train, 4000, 90, seed=1)
  assert drawn.shape == (4000, 8)
  assert (drawn[:, :4] == train[0, :4]).all()
  share = (drawn[:, 4:] == token(64)).mean(0)
  np.testing.assert_allclose(share, 0.75, atol=0.03)
  assert (drawn[:, 4:] == train[1, 4:]).all(1).mean() < 0.4  # 0.75**4 is .32
  assert (independent(train, 4000, 90, seed=1) == drawn).all()


def test_built_by_name_with_columns_of_samples():
  train = random_windows(30)
  asked = []

  def generate(count, **options):
    asked.append((count, options))
    return {'tokens': train[:count]}

  given = {
    'generate': generate,
    'splits': {'train': {'tokens': train}, 'test': {'tokens': train[:3]}},
    'spec': SPEC,
    'model': None,
  }
  entry = {
    'name': 'melody_statistics',
    'count': 5,
    'samples': {'normal': {}, 'mixture': {'prior': 'mixture'}},
  }
  found = config.build(MUSIC_EVALUATORS, entry, 'evaluate', **given)
  assert asked == [(5, {}), (5, {'prior': 'mixture'})]
  assert list(found['all_four']) == ['normal', 'mixture', 'real', 'independent']
  with pytest.raises(UserError, match=r"melody.*'words'.*evaluate"):
    config.build(
      MUSIC_EVALUATORS,
      entry,
      'evaluate',
      **{**given, 'spec': SPEC._replace(encoder='words')},
    )


def test_bars_return_after_eight():
  """Of two windows of ten bars: both last bars return, then one of two."""
  bars = np.arange(16).reshape(8, 2)
  both = np.concatenate([bars, bars[:2]])
  one = np.concatenate([bars, bars[:1], bars[2:3]])
  tokens = np.stack([both.ravel(), one.ravel()])
  assert returning(tokens, 2) == 3 / 4
