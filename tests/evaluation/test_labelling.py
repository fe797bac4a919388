"""Labels against the most common one, and notes in common with training."""

import numpy as np
import pytest

from zoo.contracts import Field, Spec, UserError
from zoo.evaluation.model.likelihood import likelihood
from zoo.evaluation.model.trivial_classes import scores
from zoo.evaluation.music.nearest_snippet import compare, nearest_snippet
from zoo.models.stacked_classifier import StackedClassifier

ROLL = Spec(
  'toy', {}, {'roll': Field((1, 4), 'uint8', 2, 'bit')}, {}, 0.25, {}, {}
)
TOKENS = Spec('toy', {}, {'tokens': Field((4,), 'int8', 3)}, {}, 0.25, {}, {})


def rolls(*rows):
  rows = np.array(rows, np.uint8)[:, None]
  return {'roll': rows, 'piece': np.zeros(len(rows), np.int32)}


def test_scores_of_the_skewed_example():
  # 2 % are positive and the answer is always negative.
  labels = np.arange(100) < 2
  found = scores(np.zeros(100, bool), labels)
  assert found == {
    'accuracy': pytest.approx(0.98),
    'precision': pytest.approx(0.98 / 2),  # 0/0 is 0 for the positives
    'recall': pytest.approx(1 / 2),
  }


def test_labelling_is_compared_with_the_most_common_label():
  class Sees(StackedClassifier):
    """The most likely of two labels is the position that is lit."""

    def apply(self, variables, symbols, given, carry, method):
      assert method == '__call__'
      return given[..., :2], carry

  train = rolls([1, 0, 0, 0], [0, 1, 0, 0], [0, 1, 1, 0])
  test = rolls([1, 0, 0, 0], [0, 1, 0, 0])
  splits = {
    'train': {**train, 'label': np.array([1, 1, 1])},
    'test': {**test, 'label': np.array([0, 1])},
  }
  fields = {**ROLL.fields, 'label': Field((), 'int32', 2)}
  spec = ROLL._replace(fields=fields)
  figures = likelihood(Sees.from_spec(spec), {}, {}, splits, spec)
  assert figures['examples'] == 2
  assert figures['accuracy'] == {
    'model': 1,
    'training': pytest.approx(2 / 3),
    'unigram': 0.5,
  }
  # Logits 1 and 0, and right both times; counts 0 and 3, one added to each.
  assert figures['nats'] == {
    'model': pytest.approx(np.log1p(np.exp(-1))),
    'training': pytest.approx(np.log1p(np.exp(-1)) + 1 / 3),
    'unigram': pytest.approx(-np.log(1 / 5 * 4 / 5) / 2),
  }
  assert figures['confusion'] == [[1, 0], [0, 1]]


def test_notes_in_common_by_hand():
  train = np.array([[1, 1, 1, 0], [0, 0, 1, 1]], np.float32)
  found = compare(
    np.array([[1, 1, 0, 1], [0, 0, 1, 1], [0, 0, 0, 0]], np.float32), train
  )
  assert found == {
    'in_common': pytest.approx((2 / 3 + 1) / 2),
    'overlap': pytest.approx((4 / 6 + 1) / 2),
    'copied': pytest.approx(0.5),
    'silent': pytest.approx(1 / 3),
    'notes': pytest.approx(5 / 3),
  }


def test_a_copyist_and_a_held_out_snippet():
  train = np.array([[2, 0, 0, 1], [0, 1, 2, 0]], np.int8)
  test = np.array([[2, 0, 1, 0]], np.int8)
  splits = {
    'train': {'tokens': train, 'piece': np.zeros(2, np.int32)},
    'test': {'tokens': test, 'piece': np.zeros(1, np.int32)},
  }
  figures = nearest_snippet(
    lambda count: {'tokens': train[np.arange(count) % 2]},
    splits,
    TOKENS,
    count=4,
  )
  assert figures['copied'] == {'generated': 1, 'held_out': 0}
  assert figures['in_common'] == {'generated': 1, 'held_out': 0.5}
  picture = ROLL._replace(fields={'image': Field((4,), 'uint8', kind='grey')})
  with pytest.raises(UserError, match='reads rolls or tokens'):
    nearest_snippet(lambda count: {}, splits, picture)
