"""Statistics of drums by hand, and who is compared with whom."""

import numpy as np
import pytest

from zoo.contracts import UserError
from zoo.encoders.drums import Drums
from zoo.encoders.melody import Melody
from zoo.encoders.trio import Trio
from zoo.evaluation.music import MUSIC_EVALUATORS
from zoo.evaluation.music.drum_statistics import histograms, statistics
from zoo.evaluation.music.nearest_snippet import notes
from zoo.evaluation.music.note_rows import note_sets

evaluate = MUSIC_EVALUATORS['drum_statistics']
ROW = np.zeros(32, np.int16)
ROW[[0, 4, 16, 22]] = 1, 7, 1, 2


def test_statistics_by_hand():
  """Six hits in two bars on four steps, one of them off the beat."""
  found = statistics(ROW[None], 16, 4)
  assert {name: value.tolist() for name, value in found.items()} == {
    'hits': [3],
    'off_beat': [1 / 6],
    'together': [6 / 4],
    'change': [2 / 16],  # Steps 4 and 6 of the second bar.
  }
  silent = statistics(np.zeros((1, 16), int), 16, 4)
  assert all(value.tolist() == [0] for value in silent.values())


def test_histograms_by_hand():
  found = histograms(ROW[None], 16)
  assert found['class'][:3] * 6 == pytest.approx([3, 2, 1])
  assert found['step'][[0, 4, 6]] * 6 == pytest.approx([2, 3, 1])


def test_the_corpus_is_like_itself_and_independent_steps_are_not():
  rng = np.random.default_rng(0)
  beats = np.zeros((400, 32), np.int16)
  beats[:, ::4] = 4
  beats[:, 0], beats[:, 16] = 5, 5
  fills = rng.integers(0, 2, 400)
  beats[fills == 1, 28:] = 2
  beats[np.arange(400), rng.integers(1, 28, 400)] |= 1
  splits = {'train': {'tokens': beats[:300]}, 'test': {'tokens': beats[300:]}}
  found = evaluate(
    lambda n: {'tokens': beats[:n]}, splits, Drums().spec, count=200
  )
  assert found['copied']['generated'] == 1
  assert found['all_four']['generated'] > 0.8
  assert found['all_four']['real'] > 0.8
  assert found['all_four']['independent'] < found['all_four']['real']
  assert found['class_overlap']['generated'] > 0.95
  assert found['distinct']['independent'] > found['distinct']['real'] > 0
  low, high = found['band']['hits']
  assert 4 < low <= high < 8


def test_the_drums_of_a_trio_are_read_and_no_other_encoder():
  rows = np.tile(ROW, (20, 1))
  splits = {split: {'drums': rows} for split in ('train', 'test')}
  spec = Trio(bars=2).spec
  found = evaluate(lambda n: {'drums': rows[:n]}, splits, spec, count=8)
  assert found['hits']['generated'] == 3
  with pytest.raises(UserError, match="reads the encoders 'drums' and 'trio'"):
    evaluate(lambda n: {}, splits, Melody().spec)


def test_a_note_of_the_nearest_snippet_is_a_hit():
  found = notes({'tokens': ROW[None]}, Drums().spec)
  assert found.shape == (1, 32 * 9) and found.sum() == 6


def test_evaluators_of_pitched_pieces_say_that_drums_have_no_pitch():
  rows = {'tokens': ROW[None], 'piece': np.zeros(1, int)}
  splits = {'train': rows, 'test': rows}
  with pytest.raises(UserError, match='only writes drums'):
    note_sets(Drums(), lambda n: rows, splits, 4, None, 0)
