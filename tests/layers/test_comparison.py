"""Reconstructions of a field are compared, and reported, by its kind."""

import jax.numpy as jnp
import numpy as np
import pytest

from zoo.contracts import Field, Spec
from zoo.layers import comparison
from zoo.layers.visible import visible_of


def spec_of(**fields):
  return Spec('toy', {}, fields, {}, 0.25, {}, {})


ROLLS = spec_of(
  roll=Field((4, 88), 'uint8', 2, 'bit'),
  length=Field((), 'int32', kind='count'),
)


def test_silence_does_not_count_as_correct_notes():
  """Chords of two notes a step: silence has 97.7 % of the cells, no note."""
  roll = np.zeros((1, 4, 88), np.uint8)
  roll[0, :, [40, 44]] = 1
  given = {'roll': roll, 'length': np.array([4])}
  silence = {'roll': np.zeros_like(roll), 'length': np.array([4])}
  assert np.mean(roll == 0) == pytest.approx(0.977, abs=1e-3)
  (line,) = comparison.in_words(ROLLS, silence, given)
  assert line == (
    '0.0% of the 8 notes (counted at each step) came back, and 0.0% of the 0 '
    'that were written are right.'
  )
  (line,) = comparison.in_words(ROLLS, given, given)
  assert line.startswith('100.0% of the 8 notes')


def test_an_equal_length_counts_for_nothing():
  seen = comparison.compared(ROLLS, {'roll': 0, 'length': 0, 'other': 0})
  assert list(seen) == ['roll']


def test_steps_of_tokens_in_words():
  spec = spec_of(tokens=Field((4,), 'int8', 9))
  given = {'tokens': np.array([[5, 0, 0, 7]])}
  made = {'tokens': np.array([[5, 0, 0, 0]])}
  assert comparison.in_words(spec, made, given) == [
    '75.0% of the 4 steps came back the same, and 50.0% of the 2 onsets.'
  ]


def test_pixels_in_words():
  spec = spec_of(image=Field((2,), 'uint8', 256, 'grey'))
  given = {'image': np.array([[0, 255]], np.uint8)}
  made = {'image': np.array([[51, 255]], np.uint8)}
  assert comparison.in_words(spec, made, given) == [
    'The mean squared error of the pixels is 0.0200.'
  ]


def test_shares_in_words_and_across_a_half():
  spec = spec_of(spectrum=Field((2,), 'float32', 0, 'share'))
  given = {'spectrum': np.array([[0.4, 1.0]], np.float32)}
  made = {'spectrum': np.array([[0.6, 1.0]], np.float32)}
  assert comparison.in_words(spec, made, given) == [
    'The mean squared error of the values is 0.0200.'
  ]
  logits = {'spectrum': jnp.array([[0.1, 3.0]])}
  assert comparison.mistakes(spec, logits, given).tolist() == [1]


def test_mistakes_of_each_kind():
  tokens = spec_of(tokens=Field((3,), 'int8', 4))
  logits = np.zeros((2, 3, 4))
  truth = np.array([[0, 3, 1], [2, 2, 0]], np.int8)
  for row in range(2):
    logits[row, np.arange(3), truth[row]] = 1
  logits[1, 0] = [9, 0, 1, 0]
  found = comparison.mistakes(
    tokens, {'tokens': jnp.asarray(logits)}, {'tokens': truth}
  )
  np.testing.assert_array_equal(found, [0, 1])
  roll = np.array([[[0, 1, 1], [0, 0, 1]]], np.uint8)
  spec = spec_of(roll=Field((2, 3), 'uint8', 2, 'bit'))
  logits = jnp.asarray((roll - 0.5) * 8)
  for sign, wrong in ((1, 0), (-1, 6)):
    found = comparison.mistakes(spec, {'roll': sign * logits}, {'roll': roll})
    np.testing.assert_array_equal(found, [wrong])
  spec = spec_of(image=Field((3,), 'uint8', 256, 'grey'))
  truth = np.array([[127, 128, 255]], np.uint8)
  found = comparison.mistakes(
    spec, {'image': jnp.array([[-0.1, 0.1, -3.0]])}, {'image': truth}
  )
  np.testing.assert_array_equal(found, [1])


@pytest.mark.parametrize('made', [[0, 0, 0, 0], [0, 3, 0, 0]])
def test_music_without_onsets_has_no_onset_accuracy(made):
  """0 / 0 is 0, as in zoo.layers.metrics."""
  visible = visible_of(spec_of(tokens=Field((4,), 'int8', 9)))
  each = comparison.counts(visible, np.array([made]), np.zeros((1, 4), int))
  total = {name: float(np.sum(value)) for name, value in each.items()}
  assert comparison.figures(visible, total, 1)['onset_accuracy'] == 0
