"""Keys and tempos of whole pieces: the law, the tags, what is valid."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zoo.contracts import UserError
from zoo.data.augmentations import AUGMENTATIONS
from zoo.encoders.notes import FACTORS, Notes
from zoo.music.piece import Piece, notes

# (start, end, pitch) in quarters. Two pieces that a training set is made of:
# their times are 1/12, 1/8, ... 4 quarters, their pitches 55..76.
ROWS = [(0, 1, 60), (0, 2, 57), (1, 1.5, 64), (2, 4, 67), (2, 4, 62)]
_TIMES = [1 / 12, 1 / 8, 1 / 6, 0.25, 1 / 3, 0.5, 2 / 3, 0.75, 1, 1.5, 2, 3, 4]
TABLE = [
  (start, start + time, pitch)
  for start, time, pitch in zip(
    np.cumsum([0, *_TIMES]), [*_TIMES, 8], [55, 76] * 7, strict=True
  )
]


def piece(rows):
  start, end, pitch = zip(*rows, strict=True)
  return Piece('x', notes(start, end, pitch))


ENCODER = Notes().fit([piece(TABLE), piece(ROWS)])


def batch(rows, count):
  """`count` streams that all hold the piece of `rows`, each its own draw."""
  examples = ENCODER.encode(piece(rows)).examples
  found = {
    name: jnp.asarray(np.stack([values] * count), jnp.int32)
    for name, values in examples.items()
  }
  steps = found['notes'].shape[1]
  numbers = jnp.tile(jnp.arange(count, dtype=jnp.uint32)[:, None], (1, steps))
  return {**found, 'piece_draw': numbers}


def augmented(entry, rows, count=64):
  builder = AUGMENTATIONS[entry.pop('name')]
  augment = jax.jit(builder(ENCODER.spec, **entry))
  return augment(jax.random.split(jax.random.key(0), count), batch(rows, count))


def test_to_transpose_what_was_encoded_is_to_encode_what_was_transposed():
  found = augmented({'name': 'transpose', 'low': -48, 'high': 48}, ROWS)
  legal = {}
  for by in range(-2, 10):  # 57..67 in 55..76
    moved = [(start, end, pitch + by) for start, end, pitch in ROWS]
    examples = ENCODER.encode(piece(moved)).examples
    legal[examples['notes'].tobytes()] = (by, examples['room'].tolist())
  seen = set()
  for rows, room in zip(found['notes'], found['room'], strict=True):
    by, left = legal[np.asarray(rows, np.int16).tobytes()]
    assert room.tolist() == left
    seen.add(by)
  assert seen == set(range(-2, 10))


def test_an_interval_is_drawn_from_those_that_were_asked_for():
  found = augmented({'name': 'transpose', 'low': -1, 'high': 3}, ROWS)
  pitch = found['notes'][:, 0, 2] + 55
  assert set(pitch.tolist()) == set(range(59, 64))
  found = augmented({'name': 'transpose', 'low': 11, 'high': 20}, ROWS)
  assert set((found['notes'][:, 0, 2] + 55).tolist()) == {60}


def test_the_tag_is_unchanged_by_transposition():
  """The release's np.roll over all classes moved START and END, too."""
  found = augmented({'name': 'transpose', 'low': -48, 'high': 48}, ROWS)
  sizes = ENCODER.spec.sizes
  tag = [sizes[name] - 1 for name in ('after', 'length', 'pitch')]
  assert (found['notes'][:, -1] == jnp.asarray(tag)).all()
  assert (found['notes'][:, :-1, 2] < tag[2]).all()


def dilated(factor):
  return [(s * factor, e * factor, p) for s, e, p in ROWS]


def test_to_dilate_what_was_encoded_is_to_encode_what_was_dilated():
  found = augmented({'name': 'dilate_notes'}, ROWS, 256)
  legal = {
    ENCODER.encode(piece(dilated(float(factor))))
    .examples['notes']
    .tobytes(): float(factor)
    for factor in FACTORS
    if len(ENCODER.encode(piece(dilated(float(factor)))).examples['notes'])
  }
  # dT 0, 1; T 1/2, 1, 2: by 4 a T of 8 is there; by 2.5 nothing is.
  assert sorted(legal.values()) == [
    *(1 / 4, 1 / 3, 1 / 2),
    *(1.0, 1.5, 2.0, 4.0),
  ]
  seen = [
    legal[np.asarray(rows, np.int16).tobytes()] for rows in found['notes']
  ]
  counts = np.array([seen.count(factor) for factor in legal.values()])
  # 256 draws of 7: 36.6 each, with a standard deviation of 5.6.
  assert (np.abs(counts - 256 / 7) < 4 * 5.6).all()


def test_thirds_are_exact_and_probability_is_a_share_of_pieces():
  entry = {'name': 'dilate_notes', 'factors': (0.33,), 'probability': 0.25}
  found = augmented(entry, ROWS, 400)
  third = ENCODER.encode(piece(dilated(1 / 3))).examples['notes']
  moved = (found['notes'] == jnp.asarray(third, jnp.int32)).all((1, 2))
  assert 0.25 * 400 - 35 < moved.sum() < 0.25 * 400 + 35
  plain = batch(ROWS, 400)['notes']
  assert (found['notes'] == plain).all((1, 2)).sum() == 400 - moved.sum()


def test_a_piece_keeps_key_and_tempo_in_whatever_step_and_stream():
  given = batch(ROWS, 2)
  given['piece_draw'] = jnp.full_like(given['piece_draw'], 7)
  for entry in ({'name': 'transpose'}, {'name': 'dilate_notes'}):
    augment = AUGMENTATIONS[entry['name']](ENCODER.spec)
    one = augment(jax.random.split(jax.random.key(0)), given)
    other = augment(jax.random.split(jax.random.key(1)), given)
    assert (one['notes'] == other['notes']).all()
    assert (one['notes'][0] == one['notes'][1]).all()


def test_wrong_options_are_refused():
  dilate = AUGMENTATIONS['dilate_notes']
  with pytest.raises(UserError, match=r'has no factor 0\.7'):
    dilate(ENCODER.spec, factors=(0.7,))
  with pytest.raises(UserError, match='factors is empty'):
    dilate(ENCODER.spec, factors=())
  with pytest.raises(UserError, match='between 0 and 1, not 2'):
    dilate(ENCODER.spec, probability=2)
  grid = ENCODER.spec._replace(encoder='melody', fields={})
  with pytest.raises(UserError, match="this is 'melody'"):
    dilate(grid)
