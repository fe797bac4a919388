"""Which examples form the batch of a step: pure functions of (key, step).

Nothing about the order is ever stored: resuming at step s needs only s, and
every process and device computes the same batch.

A set that is too large for one device is cut into a fixed number of virtual
shards, each of which gives an equal share of every batch. The batches do not
depend on the number of devices, and a device holds only its own shards.
"""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Batches, Tree, UserError

_ROUNDS = 8
_MOST_EXAMPLES = 2**30  # N + B stays below 2^31, see _position


def windows(size: int, count: int, *, shards: int = 0) -> Batches:
  """Every example exactly once per epoch, in a new order each epoch.

  Step s takes the positions s*B .. s*B + B-1 of an endless sequence of epochs,
  so a batch may hold the end of one epoch and the beginning of the next. Within
  an epoch, position -> example is a keyed permutation that is computed for
  the B positions of a batch, never for the whole set (Black and Rogaway,
  'Ciphers with arbitrary finite domains', 2002: a Feistel network over
  Z_a x Z_b, walking its cycles until the result is an example).

  Args:
    size: B, the global batch.
    count: N, the number of examples.
    shards: V, virtual shards, for sets that are too large for one device; each
      is shuffled by itself. 0 for none.

  Raises:
    UserError: an empty batch, fewer examples than a batch, more than 2^30, or a
      number of shards that does not divide the batch.
  """
  _check_size(size, shards)
  if count < size:
    raise UserError(
      f'There are {count} examples, fewer than one batch of {size}: '
      'lower batch, or give more music.'
    )
  if count > _MOST_EXAMPLES:
    raise UserError(
      f'There are {count} examples and batches/windows takes at most '
      f'{_MOST_EXAMPLES}: use less music.'
    )
  if shards:
    part = windows(size // shards, -(-count // shards))
    return _of_shards(size, count, shards, part.draw)

  def draw(key: Any, step: Any) -> dict[str, Any]:
    epoch, offset = _position(jnp.asarray(step, jnp.uint32), size, count)
    offset = offset + jnp.arange(size, dtype=jnp.uint32)
    later = offset >= count
    offset = jnp.where(later, offset - jnp.uint32(count), offset)
    # A batch is no longer than an epoch, so it spans two at most.
    keys = jax.vmap(lambda e: _round_keys(key, e))(
      epoch + jnp.arange(2, dtype=jnp.uint32)
    )
    index = _permute(offset, keys[later.astype(jnp.int32)], count)
    return {
      'index': index.astype(jnp.int32),
      'start': jnp.ones(size, bool),  # a window stands alone
    }

  return Batches(size, draw)


def by_length(
  size: int, count: int, lengths: Any, *, shards: int = 0
) -> Batches:
  """Examples in proportion to their length, for losses that crop them.

  If one stretch of each is then used, every step of the music is used about
  equally often, whatever the length of its piece. Each batch is spread evenly
  over the set (systematic sampling), and may hold a piece twice.

  Args:
    size: B, the global batch.
    count: N, the number of examples.
    lengths: [N] integers, or None if examples have none.
    shards: V, virtual shards, for sets that are too large for one device; each
      is sampled in proportion to the lengths in it. 0 for none.

  Raises:
    UserError: an empty batch, no lengths, or a number of shards that does not
      divide the batch.
  """
  _check_size(size, shards)
  if lengths is None:
    raise UserError(
      'batches/by_length takes examples that have a length, such as those '
      'of the encoder piano_roll: take windows.'
    )
  each = -(-count // max(shards, 1))
  parts = np.asarray(lengths)[dealt(count, max(shards, 1))].reshape(-1, each)
  edges = np.cumsum(parts, 1, dtype=np.float64) / np.sum(parts, 1)[:, None]
  upto = jnp.asarray(edges, jnp.float32)
  share = size // max(shards, 1)

  def draw(key: Any, step: Any, number: Any = 0) -> dict[str, Any]:
    place = jax.random.uniform(jax.random.fold_in(key, step))
    spread = (jnp.arange(share) + place) / share
    index = jnp.searchsorted(upto[number], spread, side='right')
    return {
      'index': jnp.minimum(index, each - 1).astype(jnp.int32),
      'start': jnp.ones(share, bool),  # a piece stands alone
    }

  if shards:
    return _of_shards(size, count, shards, draw, numbered=True)
  return Batches(size, draw)


def _of_shards(size, count, shards, draw, numbered=False):
  """Batches of B/V examples from each shard, drawn with the shard's own key."""
  each = -(-count // shards)

  def of_one(key, step, number):
    key = jax.random.fold_in(key, number)
    return draw(key, step, number) if numbered else draw(key, step)

  def draw_all(key: Any, step: Any) -> dict[str, Any]:
    numbers = jnp.arange(shards)
    drawn = jax.vmap(of_one, (None, None, 0))(key, step, numbers)
    drawn['index'] += jnp.int32(each) * numbers[:, None]
    return {name: value.reshape(size) for name, value in drawn.items()}

  twice = each * shards - count
  return Batches(size, draw_all, {'drawn_twice': twice / count}, shards=shards)


def dealt(count: int, shards: int) -> np.ndarray:
  """The example in each row of a set that is dealt to shards: [V * M].

  Shard v has M = ceil(N / V) rows: the examples v, V + v, 2 V + v and so on.
  If V does not divide N, the first examples also fill the last rows.
  """
  each = -(-count // shards)
  rows = np.arange(each) * shards + np.arange(shards)[:, None]
  return rows.reshape(-1) % count


def streams(
  size: int, count: int, pieces: Any, *, length: int = 128
) -> Batches:
  """Concatenated pieces, read as B streams, `length` rows per step.

  For sets whose examples are the events of pieces, in order. Every epoch
  concatenates the pieces in a new order and cuts the result into B equal
  streams, at any row. A step takes the next rows of each stream, and the one
  row before them, so that state can be carried from step to step. There is no
  padding: the last stream ends with the first rows, used twice.

  The batch gets `piece_draw` [B, length + 1] uint32, one random number for each
  piece and epoch, so that augmentations treat all of a piece alike.

  Args:
    size: B, the global batch.
    count: N, the number of examples.
    pieces: [N] integers, ascending: the piece of each example.
    length: T, rows that a step reads from each stream.

  Raises:
    UserError: an empty batch, fewer examples than one step reads, more than
      2^30, or a length below 1.
  """
  _check_size(size)
  if length < 1:
    raise UserError(f'batches/length must be at least 1, not {length}.')
  if count < size * length:
    raise UserError(
      f'There are {count} examples, and a step of streams reads {size} x '
      f'{length}: lower batch or batches/length, or give more music.'
    )
  if count > _MOST_EXAMPLES:
    raise UserError(
      f'There are {count} examples and batches/streams takes at most '
      f'{_MOST_EXAMPLES}: use less music.'
    )
  _, first, lengths = np.unique(pieces, return_index=True, return_counts=True)
  steps = -(-count // (size * length))  # per epoch
  begins = jnp.arange(size)[:, None] * (steps * length)
  reach = jnp.arange(-1, length)
  rows, sizes = jnp.asarray(first, jnp.int32), jnp.asarray(lengths)

  def draw(key: Any, step: Any) -> dict[str, Any]:
    epoch, turn = step // steps, step % steps
    key = jax.random.fold_in(key, epoch)
    order = jax.random.permutation(key, len(sizes))
    ends = jnp.cumsum(sizes[order])
    # The row before the first is the last one: the end of another piece.
    place = (begins + turn * length + reach) % count
    which = jnp.searchsorted(ends, place, side='right')
    piece = order[which]
    into = place - (ends[which] - sizes[piece])
    numbers = jax.random.bits(jax.random.fold_in(key, 1), (len(sizes),))
    return {
      'index': (rows[piece] + into).astype(jnp.int32),
      'start': jnp.full(size, turn == 0),
      'piece_draw': numbers[piece],
    }

  twice = steps * size * length - count
  figures = {'padding': 0.0, 'heard_twice': twice / count}
  return Batches(size, draw, figures, whole_pieces)


BATCHES = {'windows': windows, 'by_length': by_length, 'streams': streams}


def whole_pieces(pieces: Any) -> np.ndarray:
  """The rows of each piece, for scoring: [M, 1 + T], -1 after its end.

  Column 0 is the row before the piece, as in `streams`: the last row of another
  piece, or of this one if it is the only piece.

  Args:
    pieces: [N] integers, ascending: the piece of each example.
  """
  _, first, lengths = np.unique(pieces, return_index=True, return_counts=True)
  into = np.arange(-1, lengths.max(initial=0))
  index = first[:, None] + into
  index[:, :1] %= max(len(pieces), 1)
  return np.where(into < lengths[:, None], index, -1).astype(np.int32)


def gather(
  arrays: Tree, drawn: dict[str, Any], shards: int = 0
) -> dict[str, Any]:
  """The batch that `draw` describes: the rows `index`, and its other entries.

  Args:
    arrays: the set, {field: [N, ...]}; for a set in virtual shards, the rows of
      the shards that the examples are in.
    drawn: from `Batches.draw`, or a device's part of it.
    shards: as in Batches.

  Returns:
    {field: [B, ...]}.
  """
  rest = {name: value for name, value in drawn.items() if name != 'index'}
  index = drawn['index']
  if shards:  # Devices have equal numbers of rows, in the order of the batch.
    index = index % len(jax.tree.leaves(arrays)[0])
  return {**take(arrays, index), **rest}


def take(arrays: Tree, index: Any) -> Tree:
  """The rows `index` [B, ...] of arrays {field: [N, ...]}: [B, ..., ...].

  Integers are stored as small types to save memory, and widened to int32 here,
  so that no int8 can overflow in a loss.
  """

  def rows(array):
    chosen = array[index]
    small = jnp.issubdtype(chosen.dtype, jnp.integer)
    return chosen.astype(jnp.int32) if small else chosen

  return jax.tree.map(rows, arrays)


def _check_size(size, shards=0):
  if size < 1:
    raise UserError(f'batch is {size}: it must be at least 1.')
  if shards < 0:
    raise UserError(f'batches/shards is {shards}: it must be at least 0.')
  if shards and size % shards:
    raise UserError(
      f'batches/shards is {shards}, which must divide batch, {size}: each '
      'shard gives an equal share.'
    )


def _position(step, size, count):
  """divmod(step * size, count) in 32 bits: long division, digit by digit."""
  # The widest digits for which offset * base + digit * size stays below 2^32.
  bits = 32 - (count + size - 1).bit_length()
  epoch, offset = jnp.uint32(0), jnp.uint32(0)
  for shift in reversed(range(0, 32, bits)):
    digit = (step >> shift) & jnp.uint32(2**bits - 1)
    offset = (offset << bits) + digit * jnp.uint32(size)
    carry = offset // jnp.uint32(count)
    epoch, offset = (epoch << bits) + carry, offset % jnp.uint32(count)
  return epoch, offset


def _round_keys(key, epoch):
  return jax.random.bits(jax.random.fold_in(key, epoch), (_ROUNDS,))


def _permute(position, keys, count):
  """position [B] and keys [B, rounds], uint32 -> examples [B] below count."""
  left = math.isqrt(count - 1) + 1  # a * b >= N, and barely more
  right = -(-count // left)

  def once(x):
    a, b = x % jnp.uint32(left), x // jnp.uint32(left)
    for turn in range(0, _ROUNDS, 2):
      a = (a + _mix(b ^ keys[:, turn]) % jnp.uint32(left)) % jnp.uint32(left)
      b = (b + _mix(a ^ keys[:, turn + 1]) % jnp.uint32(right)) % jnp.uint32(
        right
      )
    return b * jnp.uint32(left) + a

  return jax.lax.while_loop(
    lambda x: jnp.any(x >= count),
    lambda x: jnp.where(x >= count, once(x), x),
    once(position),
  )


def _mix(x):
  """The finalizer of MurmurHash3 (A. Appleby, public domain)."""
  x = (x ^ (x >> 16)) * jnp.uint32(0x85EBCA6B)
  x = (x ^ (x >> 13)) * jnp.uint32(0xC2B2AE35)
  return x ^ (x >> 16)
