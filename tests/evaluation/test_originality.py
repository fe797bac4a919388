"""Novelty and auto-novelty, by hand arithmetic."""

import numpy as np
import pytest

from tests.evaluation.tunes import ENCODER, generator, quarters, rows, windows
from zoo.contracts import UserError
from zoo.encoders.image import Picture
from zoo.evaluation.music.diversity import diversity
from zoo.evaluation.music.note_rows import note_sets, real_pieces
from zoo.evaluation.music.originality import means, new_shares, originality

TRAIN = windows((60, 62, 64, 65))


def compare(tmp_path, made, test, train=TRAIN, evaluator=originality, **more):
  splits = {'train': train, 'test': test}
  return evaluator(generator(*made), splits, ENCODER, tmp_path, **more)


def test_novelty_profile_by_hand(tmp_path):
  # Generated: C D E G has the pairs CD, DE known and EG new; of its triples
  # CDE is known, DEG new. Held out: the same tune in D, of which only DE is
  # known as it stands.
  found = compare(
    tmp_path, [(60, 62, 64, 67)], windows((62, 64, 66, 67)), count=1
  )
  assert found['exact_02']['generated'] == pytest.approx(1 / 3)
  assert found['exact_02']['held_out'] == pytest.approx(2 / 3)
  assert found['exact_03']['generated'] == 1 / 2
  assert found['exact_04']['generated'] == 1
  for name in ('in_any_key_02', 'in_any_key_03', 'in_any_key_04'):
    assert found[name]['held_out'] == 0
  # EG is three semitones, which stand nowhere; CD, DE and D E are known.
  assert found['in_any_key_02']['generated'] == 1 / 3
  assert 'exact_05' not in found  # four notes have no pattern of five
  assert found['mean_gap_in_any_key']['generated'] == pytest.approx(
    (1 / 3 + 1 / 2 + 1) / 3
  )
  assert found['mean_gap_exact']['generated'] == pytest.approx(
    (1 / 3 + 1 / 2 + 0) / 3
  )
  assert (tmp_path / 'originality.png').stat().st_size > 1000


def test_a_mean_over_pieces_not_over_patterns():
  tunes = rows(quarters(60, 61), quarters(60, 61, 62, 63, 64))
  shares = new_shares(tunes, np.array([1, 1, 9, 9, 9, 9, 9]))
  assert shares[0].tolist() == [1, 0]
  assert shares[2, 1] == 0 and np.isnan(shares[2, 0])
  assert means(shares)[0] == 0.5
  assert np.isnan(means(shares)[-1])


def test_without_held_out_pieces_there_is_no_gap(tmp_path):
  found = compare(tmp_path, [(60, 62, 64, 65)], windows(), count=2)
  assert found['exact_04']['generated'] == 0
  assert 'mean_gap_exact' not in found
  assert 'held_out' not in found['exact_02']


def test_a_column_for_each_of_samples(tmp_path):
  known, new = (windows(bar)['tokens'] for bar in ((60, 62, 64, 65), (90,) * 4))
  found = originality(
    lambda count, temperature: {'tokens': new if temperature else known},
    {'train': TRAIN, 'test': TRAIN},
    ENCODER,
    tmp_path,
    samples={'cold': {'temperature': 0}, 'warm': {'temperature': 1}},
  )
  assert found['exact_04']['cold'] == 0 and found['exact_04']['warm'] == 1
  assert found['mean_gap_exact'] == {
    'cold': 0,
    'warm': 1,
    'shuffled': found['mean_gap_exact']['shuffled'],
  }


def test_the_baseline_keeps_rhythms_and_pitches():
  train = windows((60, 62, 64, 65), (70, 71, 72, 73), (50, 53, 55, 57))
  sets = note_sets(
    ENCODER, generator((60,) * 4), {'train': train, 'test': TRAIN}, 3, None, 0
  )
  dealt = sets.others['shuffled']
  assert (dealt.onset == sets.training.onset).all()
  assert sorted(dealt.pitch) == sorted(sets.training.pitch)
  assert (dealt.pitch != sets.training.pitch).any()


def test_diversity_by_hand(tmp_path):
  # Two generated tunes that are one tune in two keys; real ones that share
  # the step of two semitones alone.
  train = windows((60, 62, 63, 70), (40, 47, 49, 39))
  found = compare(
    tmp_path,
    [(60, 62, 64, 65), (50, 52, 54, 55)],
    windows(),
    train,
    diversity,
    count=2,
  )
  assert found['pieces'] == {'generated': 2, 'shuffled': 2, 'training': 2}
  assert found['in_any_key_04']['generated'] == 0
  assert found['exact_02']['generated'] == 1
  # 2 1 7 and 7 2 -10: of three pairs, 2 and 7 stand in the other tune.
  assert found['in_any_key_02']['training'] == pytest.approx(1 / 3)
  assert found['in_any_key_03']['training'] == 1
  assert found['mean_gap_in_any_key']['generated'] == pytest.approx(
    (1 / 3 + 1 + 1) / 3
  )
  assert (tmp_path / 'diversity.png').exists()


def test_diversity_takes_one_window_of_each_real_piece(tmp_path):
  # Three equal windows of one tune, and one of another.
  train = windows(*[(60, 62, 64, 65)] * 3, (60, 66, 59, 71))
  train['piece'] = np.array([0, 0, 0, 1])
  found = compare(
    tmp_path, [(60, 61, 60, 61)], windows(), train, diversity, count=9
  )
  assert found['pieces']['training'] == 2
  assert found['in_any_key_02']['training'] == 1
  assert found['in_any_key_02']['generated'] == 0


def test_events_of_a_piece_make_one_sequence():
  class Events:
    """An encoder whose examples are notes, ended by a tag."""

    groups = None

    def decode(self, examples):
      assert examples['notes'].shape[0] == 1
      pitch = examples['notes'][0][:-1]
      return ENCODER.decode({'tokens': pitch[None] - 19})

  arrays = {
    'notes': np.array([60, 62, -1, 64, -1]),
    'piece': np.array([0, 0, 0, 1, 1]),
  }
  sets = note_sets(
    Events(),
    lambda count: {'notes': np.full((1, 3), 70)},
    {'train': arrays, 'test': arrays},
    5,
    None,
    0,
  )
  assert sets.training.pitch.tolist() == [60, 62, 64]
  assert sets.training.sizes.tolist() == [2, 1]
  assert sets.others['generated'].pitch.tolist() == [70, 70]


def test_pictures_are_refused():
  class Pictures:
    def decode(self, examples):
      return [Picture('0', np.zeros((2, 2), np.uint8), 0)]

  with pytest.raises(UserError, match='does not write'):
    originality(lambda n: {}, {'train': {}, 'test': {}}, Pictures(), None)
  with pytest.raises(UserError, match='not music for a listening'):
    real_pieces(Pictures(), {})
