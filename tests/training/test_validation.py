"""The examples of a validation, by hand."""

import jax.numpy as jnp
import numpy as np

from zoo.contracts import Loss
from zoo.data.batches import windows
from zoo.training.stages import Stage
from zoo.training.validation import validation

STATE = {'shared': {}, 'example': {}}


def value_of(field):
  """A Loss whose one metric is a field, and for pieces the sum of theirs."""

  def loss(params, state, batch, keys, train):
    del keys
    assert not train
    values = batch[field] * params
    if 'there' in batch:
      values = jnp.where(batch['there'], values, 0).sum(1)
    return values.mean(), (state, {'value': values})

  return Loss(lambda *_: None, lambda batch: {}, loss)


def figures(arrays, batches=None):
  stages = [Stage(value_of('x'), {}, 1)]
  batches = batches or windows(4, 8)
  return validation(stages, batches, arrays, seed=0)(0, jnp.float32(2), STATE)


def test_at_most_1024_examples_evenly_spread():
  x = np.arange(2047, dtype=np.float32)
  found = figures({'x': x, 'piece': np.zeros(2047, np.int32)})
  # Every other one, both ends among them: their mean is the middle.
  assert found == {'value': 2 * 1023.0}


def test_the_lengths_of_examples_decide_no_figure():
  x = np.arange(40, dtype=np.float32)
  arrays = {'x': x, 'piece': np.zeros(40, np.int32)}
  lengths = np.random.default_rng(0).integers(1, 9, 40)
  assert figures({**arrays, 'length': lengths}) == figures(arrays)


def test_where_examples_are_events_pieces_are_looked_at():
  piece = np.array([0, 0, 1, 1, 1], np.int32)
  arrays = {'x': np.float32([1, 2, 3, 4, 5]), 'piece': piece}
  whole = windows(4, 8)._replace(
    whole=lambda piece: np.array([[0, 1, -1], [2, 3, 4]])
  )
  assert figures(arrays, whole) == {'value': 2 * (3 + 12) / 2}


def test_an_empty_set_is_not_looked_at():
  empty = {'x': np.zeros(0, np.float32), 'piece': np.zeros(0, np.int32)}
  stages = [Stage(value_of('x'), {}, 1)]
  assert validation(stages, windows(4, 8), empty, seed=0) is None
