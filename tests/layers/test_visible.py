"""Examples as rows of numbers, and back."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zoo.contracts import Field, Spec, UserError
from zoo.layers.visible import visible_of


def spec_of(**fields):
  return Spec('toy', {}, fields, {}, 0.25, {}, {})


def test_tokens_are_one_hot_and_come_back():
  visible = visible_of(spec_of(tokens=Field((3,), 'int8', 4)))
  tokens = np.array([[0, 3, 1], [2, 2, 0]], np.int8)
  rows = visible.read({'tokens': tokens})
  assert visible.size == 12 and rows.shape == (2, 12)
  np.testing.assert_array_equal(rows[0], [1, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0])
  np.testing.assert_array_equal(visible.write(rows)['tokens'], tokens)


def test_rolls_come_back_above_a_threshold_with_their_length():
  visible = visible_of(
    spec_of(
      roll=Field((2, 3), 'uint8', 2, 'bit'),
      length=Field((), 'int32', kind='count'),
    )
  )
  roll = np.array([[[0, 1, 1], [0, 0, 1]]], np.uint8)
  rows = visible.read({'roll': roll})
  np.testing.assert_array_equal(rows, [[0, 1, 1, 0, 0, 1]])
  logits = (rows - 0.5) * 8
  made = visible.write(logits)
  np.testing.assert_array_equal(made['roll'], roll)
  np.testing.assert_array_equal(made['length'], [2])
  # sigmoid(-4) = .018
  assert visible.write(logits, threshold=0.01)['roll'].sum() == 6


def test_pictures_are_shares_of_white():
  visible = visible_of(spec_of(image=Field((4,), 'uint8', kind='grey')))
  rows = visible.read({'image': np.array([[0, 51, 204, 255]], np.uint8)})
  np.testing.assert_allclose(rows, [[0, 0.2, 0.8, 1]], rtol=1e-6)
  logits = jnp.array([[-50.0, 0.0, np.log(0.2 / 0.8), 50.0]])
  np.testing.assert_array_equal(
    visible.write(logits)['image'], [[0, 128, 51, 255]]
  )


def test_shares_are_read_and_written_as_they_are():
  visible = visible_of(spec_of(spectrum=Field((3,), 'float32', 0, 'share')))
  values = np.array([[0.25, 0.5, 0.9]], np.float32)
  rows = visible.read({'spectrum': values})
  np.testing.assert_array_equal(rows, values)
  logits = jnp.log(rows / (1 - rows))
  keys = jax.random.split(jax.random.key(0), 1)
  for made in (visible.write(logits), visible.draw(logits, keys)):
    np.testing.assert_allclose(made['spectrum'], values, rtol=1e-6)
    assert made['spectrum'].dtype == np.float32


def test_an_encoder_without_such_a_field_is_refused():
  for field in (Field((3,), 'float32', kind='real'), Field((3, 2), 'int8', 4)):
    with pytest.raises(UserError, match="field 'chords' of the encoder 'toy'"):
      visible_of(spec_of(chords=field))


def test_drawn_fields_follow_their_probabilities():
  keys = jax.random.split(jax.random.key(0), 20_000)
  tokens = visible_of(spec_of(tokens=Field((1,), 'int8', 3)))
  logits = jnp.log(jnp.array([0.2, 0.5, 0.3]))
  made = tokens.draw(jnp.broadcast_to(logits, (20_000, 3)), keys)['tokens']
  shares = np.bincount(made[:, 0], minlength=3) / 20_000
  np.testing.assert_allclose(shares, [0.2, 0.5, 0.3], atol=0.01)
  roll = visible_of(spec_of(roll=Field((1, 2), 'uint8', 2, 'bit')))
  logits = jnp.broadcast_to(jnp.log(jnp.array([0.25, 3.0])), (20_000, 2))
  made = roll.draw(logits, keys)['roll']
  np.testing.assert_allclose(made.mean(0)[0], [0.2, 0.75], atol=0.01)
