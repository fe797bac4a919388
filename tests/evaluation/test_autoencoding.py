"""Reconstruction beside trivial answers, and notes in common with training."""

import jax.numpy as jnp
import numpy as np
import pytest

from zoo.contracts import Field, Spec, UserError
from zoo.evaluation.model.autoencoding import autoencoding
from zoo.evaluation.model.labelling import labelling, scores
from zoo.evaluation.music.nearest_snippet import compare, nearest_snippet

BITS = Field((1, 4), 'uint8', 2, 'bit')
ROLL = Spec(
  'toy', {}, {'roll': Field((1, 4), 'uint8', 2, 'bit')}, {}, 0.25, {}, {}
)
TOKENS = Spec('toy', {}, {'tokens': Field((4,), 'int8', 3)}, {}, 0.25, {}, {})


class Fixed:
  """Writes what it reads, as sure as 8 nats; hears every note beyond two."""

  latent = 1

  def apply(self, variables, rows, method=None):
    heard = rows * (jnp.cumsum(rows, -1) <= 2)
    return 16 * heard - 8


def rolls(*rows):
  rows = np.array(rows, np.uint8)[:, None]
  return {'roll': rows, 'piece': np.zeros(len(rows), np.int32)}


def test_reconstruction_by_hand():
  splits = {
    'train': rolls([1, 1, 0, 0], [1, 0, 0, 0]),
    'test': rolls([1, 1, 0, 0], [0, 1, 1, 1], [1, 0, 0, 0]),
  }
  figures = autoencoding(Fixed(), {}, {}, splits, ROLL, batch=2)
  assert figures['examples'] == 3
  assert figures['mistakes'] == {
    'model': pytest.approx(1 / 3),
    'training': 0,
    # [1 .5 0 0] says 1 0 0 0 at a half and below: 1, 4 and 0 wrong.
    'training_mean': pytest.approx(5 / 3),
    'silence': pytest.approx(6 / 3),
    # The one way in which training rows differ is the second place: 1 1 0 0
    # twice and 1 0 0 0, wrong at three places of the second row.
    'components': pytest.approx(3 / 3),
  }
  assert figures['exact']['model'] == pytest.approx(2 / 3)
  assert figures['squared_error']['silence'] == pytest.approx(2)
  assert figures['squared_error']['training_mean'] == pytest.approx(
    (0.25 + (1 + 0.25 + 2) + 0.25) / 3, rel=1e-3
  )
  sure = np.log1p(np.exp(-8))
  assert figures['cross_entropy']['model'] == pytest.approx(
    (11 * sure + 8 + sure) / 3, rel=1e-4
  )
  assert set(figures['cross_entropy']) == {'model', 'training', 'training_mean'}
  empty = {**splits, 'test': {k: v[:0] for k, v in splits['test'].items()}}
  assert autoencoding(Fixed(), {}, {}, empty, ROLL) == {'examples': 0}


def test_of_tokens_the_events_count_by_themselves():
  tokens = np.array([[2, 0, 0, 1]], np.int8)
  examples = {'tokens': tokens, 'piece': np.zeros(1, np.int32)}

  class First(Fixed):
    """Gets the first step right and holds from there."""

    def apply(self, variables, rows, method=None):
      logits = rows.reshape(-1, 4, 3).at[:, 1:].set(jnp.array([1.0, 0, 0]))
      return logits.reshape(rows.shape)

  figures = autoencoding(
    First(), {}, {}, {'train': examples, 'test': examples}, TOKENS
  )
  assert figures['mistakes']['model'] == 1
  assert figures['missed_events'] == {
    'model': 1,
    'training': 1,
    'training_mean': 0,
    'silence': 2,
    'components': 0,
  }
  # Softmaxes of a 1 and two 0, in the right place at three steps of four.
  assert figures['cross_entropy']['model'] == pytest.approx(
    4 * np.log(np.e + 2) - 3
  )
  assert figures['events']['model'] == 2


def test_scores_of_the_skewed_example():
  # 2 % are positive and the answer is always negative.
  labels = np.arange(100) < 2
  found = scores(np.zeros(100, bool), labels)
  assert found == {
    'accuracy': pytest.approx(0.98),
    'precision': pytest.approx(0.98 / 2),  # 0/0 is 0 for the positives
    'recall': pytest.approx(1 / 2),
  }


def test_labelling_stands_beside_the_commonest_label():
  class Sees(Fixed):
    def apply(self, variables, rows, method):
      return rows[:, :2]

  train = rolls([1, 0, 0, 0], [0, 1, 0, 0], [0, 1, 1, 0])
  test = rolls([1, 0, 0, 0], [0, 1, 0, 0])
  splits = {
    'train': {**train, 'label': np.array([1, 1, 1])},
    'test': {**test, 'label': np.array([0, 1])},
  }
  figures = labelling(Sees(), {}, {}, splits, ROLL)
  assert figures['accuracy'] == {
    'model': 1,
    'training': pytest.approx(2 / 3),
    'commonest_label': 0.5,
  }


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
