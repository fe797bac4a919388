"""Classification tasks and their baselines."""

import numpy as np
import pytest

from studies import labelled
from zoo.music.piece import Metre, Piece, notes


def test_naive_bayes_by_hand():
  rows = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 1]])
  labels = np.array([0, 0, 1])
  # Label 0: counts 2 1 0, add one: 3/6 2/6 1/6; label 1: 1/4 1/4 2/4. Priors
  # 2/3 and 1/3. [0 1 1]: 2/3 * 2/6 * 1/6 = .037 < 1/3 * 1/4 * 2/4 = .042;
  # [1 1 1]: .037 * 3/6 = .0185 > .042 * 1/4 = .0104.
  asked = np.array([[0, 1, 1], [1, 1, 1]])
  known = rows, labels
  assert labelled.naive_bayes(known, (asked, np.array([1, 0]))) == 0
  assert labelled.naive_bayes(known, (asked, np.array([0, 0]))) == 0.5


def test_the_most_common_label_is_that_of_training():
  known = np.array([2, 2, 1])
  assert labelled.commonest(known, np.array([2, 1, 1, 1])) == 0.75


def test_the_pitch_classes_of_each_eighth():
  # A note of two sixteenths and a half eighth, one more, silence.
  tokens = np.array([[2, 0, 0, 4, 1, 0]])
  found = labelled.chroma(tokens, [-1, -1, 60, 61, 74])
  heard = [np.flatnonzero(eighth).tolist() for eighth in found[0]]
  assert heard == [[0], [0, 2], []]


def test_all_digits_are_dealt_once():
  task = labelled.digits('')
  counts = [len(split['label']) for split in task.splits.values()]
  assert counts == [1258, 180, 359]  # of 1,797
  pictures = np.concatenate([one['image'] for one in task.splits.values()])
  assert len(np.unique(pictures, axis=0)) == pytest.approx(1797, abs=5)


def test_the_key_of_a_tune_labels_its_windows(monkeypatch):
  def tune(number):
    # A scale up and down, in the key of its first note.
    tonic, key = ((62, 'D'), (67, 'G'), (69, 'Am'))[number % 3]
    pitch = tonic + np.array([0, 2, 4, 5, 7, 5, 4, number % 5])
    start = np.arange(8.0)
    return Piece(
      f'tune{number}',
      notes(start, start + 1, pitch),
      (Metre(0.0, 4, 4),),
      metadata={'key': key},
    )

  class Folk:
    def __init__(self):
      self.read = lambda: ([tune(number) for number in range(60)], [])

    def _replace(self, read):
      self.read = read
      return self

  monkeypatch.setitem(labelled.DATASETS, 'folk', Folk)
  task = labelled.keys('')
  assert task.spec.fields['label'].classes == 3
  names = ['Am', 'D', 'G']
  for split in task.splits.values():
    assert split['roll'].shape[1:] == (16, 12)
    first = split['roll'][:, 0].argmax(1)  # Each begins with its tonic.
    tonic = {2: 'D', 7: 'G', 9: 'Am'}
    assert [names[label] for label in split['label']] == [
      tonic[pitch] for pitch in first
    ]
