"""Every example once an epoch, in a new order each epoch, from (key, step)."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zoo import config
from zoo.assembly import build_batches
from zoo.contracts import UserError
from zoo.data import batches


def epochs(size, count, key, steps):
  draw = jax.jit(batches.windows(size, count).draw)
  order = np.concatenate([draw(key, step)['index'] for step in range(steps)])
  return order[: len(order) // count * count].reshape(-1, count)


@pytest.mark.parametrize(
  'size, count', [(1, 1), (2, 2), (3, 7), (8, 100), (64, 1001)]
)
def test_an_epoch_holds_every_example_once(size, count):
  steps = 3 * -(-count // size)
  for epoch in epochs(size, count, jax.random.key(1), steps):
    assert sorted(epoch) == list(range(count))


def test_each_epoch_and_each_key_has_an_order_of_its_own():
  found = [
    tuple(epoch)
    for seed in range(3)
    for epoch in epochs(64, 640, jax.random.key(seed), 30)
  ]
  assert len(set(found)) == 9
  # About one example of an epoch stays in its place, as in any shuffle.
  same = np.mean([np.sum(np.array(order) == range(640)) for order in found])
  assert same < 4


def test_neighbours_do_not_stay_neighbours():
  order = epochs(64, 4096, jax.random.key(0), 64)[0]
  gaps = np.abs(np.diff(order))
  # The mean distance of two random places in 0..n-1 is n / 3.
  assert abs(gaps.mean() / 4096 - 1 / 3) < 0.03
  assert np.mean(gaps == 1) < 0.005


@settings(max_examples=200, deadline=None)
@given(
  step=st.integers(0, 2**32 - 1),
  count=st.integers(1, 2**30),
  data=st.data(),
)
def test_positions_are_exact_far_beyond_32_bits(step, count, data):
  size = data.draw(st.integers(1, count))
  with jax.disable_jit():
    epoch, offset = batches._position(np.uint32(step), size, count)
  assert int(offset) == step * size % count
  assert int(epoch) == step * size // count % 2**32


def test_late_steps_of_a_large_set_stay_in_it():
  draw = jax.jit(batches.windows(512, 28_000_000).draw)
  index = np.asarray(draw(jax.random.key(0), 2**31 - 1)['index'])
  assert index.dtype == np.int32
  assert index.min() >= 0 and index.max() < 28_000_000
  assert len(set(index.tolist())) == 512


def test_a_draw_depends_on_key_and_step_alone():
  one = batches.windows(8, 100)
  draw = jax.jit(batches.windows(8, 100).draw)
  draw(jax.random.key(0), 3)
  for step in (7, 2, 7):
    np.testing.assert_array_equal(
      one.draw(jax.random.key(0), jnp.int32(step))['index'],
      draw(jax.random.key(0), step)['index'],
    )
  assert draw(jax.random.key(0), 0)['start'].tolist() == [True] * 8


def test_fewer_examples_than_a_batch_are_refused():
  with pytest.raises(UserError, match='There are 5 examples, fewer than'):
    config.build(batches.BATCHES, {'name': 'windows'}, 'x', size=6, count=5)
  with pytest.raises(UserError, match='at most 1073741824'):
    batches.windows(6, 2**30 + 1)


@pytest.mark.parametrize('name', batches.BATCHES)
def test_a_batch_holds_one_example_at_least(name):
  for size in (0, -1):
    given = {'size': size, 'count': 5, 'pieces': np.arange(5)}
    with pytest.raises(UserError, match=f'batch is {size}: it must be at le'):
      config.build(
        batches.BATCHES, {'name': name}, 'x', lengths=np.ones(5), **given
      )


def test_rows_are_taken_and_small_integers_widened():
  arrays = {'a': np.array([[1], [2], [127]], np.int8), 'x': np.arange(3.0)}
  taken = batches.take(arrays, np.array([2, 0]))
  assert taken['a'].dtype == np.int32
  assert taken['a'].tolist() == [[127], [1]]
  assert taken['x'].tolist() == [2.0, 0.0]


def test_pieces_come_in_proportion_to_their_length():
  lengths = np.array([10, 30, 0, 60])
  rule = batches.by_length(20, 4, lengths)
  draw = jax.jit(rule.draw)
  drawn = [draw(jax.random.key(1), step) for step in range(100)]
  counts = np.array([np.bincount(d['index'], minlength=4) for d in drawn])
  # Spread evenly, a batch of 20 has 2, 6 and 12 of them, give or take one.
  assert np.abs(counts - [2, 6, 0, 12]).max() <= 1
  np.testing.assert_allclose(counts.mean(0), [2, 6, 0, 12], atol=0.1)
  assert drawn[0]['start'].tolist() == [True] * 20
  again = rule.draw(jax.random.key(1), 3)['index']
  np.testing.assert_array_equal(again, drawn[3]['index'])


def test_pieces_without_a_length_are_refused():
  entry = {'name': 'by_length'}
  with pytest.raises(UserError, match='have a length'):
    config.build(batches.BATCHES, entry, 'x', size=2, count=5, lengths=None)


# Pieces of 5, 1, 30, 7 and 12 rows.
PIECES = np.repeat(np.arange(5), [5, 1, 30, 7, 12])


def rows_of_epoch(drawn):
  """The rows of an epoch's steps, stream by stream, without the one before."""
  return np.concatenate([one['index'][:, 1:] for one in drawn], 1)


def test_streams_read_every_row_once_an_epoch_and_few_twice():
  streams = batches.streams(3, len(PIECES), PIECES, length=4)
  draw = jax.jit(streams.draw)
  steps = -(-55 // 12)  # 5 steps of 12 rows hold 55 and 5 more
  orders = []
  for epoch in range(3):
    turns = range(epoch * steps, (epoch + 1) * steps)
    drawn = [draw(jax.random.key(0), turn) for turn in turns]
    rows = rows_of_epoch(drawn).reshape(-1)
    assert sorted(rows[:55]) == list(range(55))
    assert rows[55:].tolist() == rows[:5].tolist()
    assert [one['start'].all() for one in drawn] == [True] + [False] * 4
    assert [one['start'].any() for one in drawn] == [True] + [False] * 4
    orders.append(tuple(rows))
  assert len(set(orders)) == 3
  assert streams.figures == {'padding': 0, 'heard_twice': 5 / 55}


def test_streams_go_on_from_step_to_step_and_know_the_row_before():
  draw = jax.jit(batches.streams(3, len(PIECES), PIECES, length=4).draw)
  drawn = [draw(jax.random.key(1), step) for step in range(5)]
  for one, other in itertools.pairwise(drawn):
    assert (one['index'][:, -1] == other['index'][:, 0]).all()
  # Within a piece the row before is the one before; a piece begins after the
  # last row of another.
  last = np.flatnonzero(np.diff(PIECES, append=-1))
  first = np.flatnonzero(np.diff(PIECES, prepend=-1))
  for one in drawn:
    before, rows = np.asarray(one['index'][:, :-1]), one['index'][:, 1:]
    begins = np.isin(rows, first)
    assert np.isin(before[begins], last).all()
    assert (before[~begins] == rows[~begins] - 1).all()


def test_a_piece_has_one_number_an_epoch():
  draw = jax.jit(batches.streams(3, len(PIECES), PIECES, length=4).draw)
  numbers = []
  for epoch in range(2):
    found = {}
    for step in range(epoch * 5, (epoch + 1) * 5):
      one = draw(jax.random.key(1), step)
      pieces = PIECES[np.asarray(one['index'])]
      for piece, number in zip(
        pieces.reshape(-1).tolist(),
        np.asarray(one['piece_draw']).reshape(-1).tolist(),
        strict=True,
      ):
        found.setdefault(piece, set()).add(number)
    assert [len(one) for one in found.values()] == [1] * 5
    numbers += [number for one in found.values() for number in one]
  assert len(set(numbers)) == 10


def test_streams_that_cannot_be_filled_are_refused():
  with pytest.raises(UserError, match='a step of streams reads 8 x 7'):
    batches.streams(8, len(PIECES), PIECES, length=7)
  with pytest.raises(UserError, match='batches/length must be at least 1'):
    batches.streams(8, len(PIECES), PIECES, length=0)


def test_whole_pieces_hold_every_row_once_and_the_one_before():
  rows = batches.whole_pieces(np.array([0, 0, 1, 2, 2, 2]))
  assert rows.tolist() == [[5, 0, 1, -1], [1, 2, -1, -1], [2, 3, 4, 5]]


def test_by_length_weights_music_and_not_the_padding_before_it():
  """Pieces of 4 and 12 steps behind 16 of padding: 1 to 3, not 20 to 28."""
  config = {
    'encoder': {'name': 'voices', 'padding': 16},
    'batches': {'name': 'by_length'},
    'batch': 64,
  }
  arrays = {'piece': np.arange(2), 'length': np.array([20, 28], np.int32)}
  batches = build_batches(config, arrays)
  index = np.asarray(batches.draw(jax.random.key(0), 0)['index'])
  assert abs(np.bincount(index)[0] - 16) <= 1
  del config['encoder']['padding']
  index = build_batches(config, arrays).draw(jax.random.key(0), 0)['index']
  assert abs(np.bincount(np.asarray(index))[0] - 64 * 20 / 48) <= 1


@pytest.mark.parametrize('size, count, shards', [(8, 50, 4), (6, 64, 2)])
def test_virtual_shards_give_equal_shares_and_every_example(
  size, count, shards
):
  found = batches.windows(size, count, shards=shards)
  rows = batches.dealt(count, shards)
  each = -(-count // shards)
  assert len(rows) == shards * each and set(rows) == set(range(count))
  assert found.figures == {'drawn_twice': (len(rows) - count) / count}
  # Neighbours are dealt to different shards.
  np.testing.assert_array_equal(rows[::each][:shards], np.arange(shards))
  draw, key = jax.jit(found.draw), jax.random.key(5)
  index = np.stack([draw(key, step)['index'] for step in range(2 * each)])
  home = index // each
  np.testing.assert_array_equal(
    home, np.broadcast_to(np.arange(size) * shards // size, home.shape)
  )
  for shard in range(shards):
    order = index[home == shard]
    epochs_of_it = order[: len(order) // each * each].reshape(-1, each)
    for epoch in epochs_of_it:
      assert sorted(epoch % each) == list(range(each))
  # Each is shuffled by itself.
  some = index[:, :: size // shards] % each
  assert any(len(set(row)) > 1 for row in some.tolist())


def test_virtual_shards_are_sampled_by_length():
  lengths = np.array([1, 1, 3, 3, 0, 0, 4, 4])  # 1, 3, 0 and 4 in each
  draw = batches.by_length(8, 8, lengths, shards=2).draw
  index = np.stack([draw(jax.random.key(0), s)['index'] for s in range(8)])
  assert (index[:, :4] < 4).all() and (index[:, 4:] >= 4).all()
  counts = np.bincount(index.ravel(), minlength=8).reshape(2, 4)
  np.testing.assert_allclose(counts, np.tile([4, 12, 0, 16], (2, 1)), atol=5)


def test_a_device_reads_its_own_shards_alone():
  arrays = {'x': np.arange(50)}
  dealt = {'x': arrays['x'][batches.dealt(50, 4)]}
  drawn = batches.windows(8, 50, shards=4).draw(jax.random.key(1), 3)
  whole = batches.gather(dealt, drawn, 4)
  halves = dealt['x'].reshape(2, -1)
  index = drawn['index'].reshape(2, -1)
  for rows, share, expected in zip(
    halves, index, whole['x'].reshape(2, -1), strict=True
  ):
    found = batches.gather({'x': rows}, {'index': share}, 4)
    np.testing.assert_array_equal(found['x'], expected)


@pytest.mark.parametrize(
  'shards, sentence',
  [(3, 'batches/shards is 3, which must divide batch, 8'), (-1, 'at least 0')],
)
def test_shards_that_do_not_fit_are_refused(shards, sentence):
  with pytest.raises(UserError, match=sentence):
    batches.windows(8, 50, shards=shards)
  with pytest.raises(UserError, match=sentence):
    batches.by_length(8, 50, np.ones(50), shards=shards)
