"""Data parallelism: the only file that uses pmap.

The K-step program runs on every device of every process. Parameters,
optimizer, shared state and the data set are replicated; the example state is
sharded, and so is a data set in virtual shards (zoo.data.batches); each device
takes its slice of the batch of step s. Losses normalize per example and average
over equal slices, so the mean over devices is exact.

jax keeps pmap in maintenance mode and builds it on shard_map; a move to
shard_map would change only this file.
"""

from collections.abc import Callable
import hashlib
import math
from typing import Any

import jax
from jax import lax
from jax.experimental import multihost_utils
import numpy as np

from zoo.contracts import Tree, UserError

AXIS = 'data'


def mean(tree: Tree) -> Tree:
  """The mean over devices; the tree itself if there is only one.

  A loss over the whole batch (batch statistics, mean activation) reduces its
  slice first and then calls this, and its gradient is exact.
  """
  return lax.pmean(tree, AXIS) if _bound() else tree


def gather(tree: Tree) -> Tree:
  """Slices [B/D, ...] of all devices as [B, ...], in the batch's order."""
  if not _bound():
    return tree
  return lax.all_gather(tree, AXIS, axis=0, tiled=True)


def use(size: int, shards: int = 0) -> int:
  """Uses as many devices as can share a batch equally; returns how many.

  Each process uses the same number, the largest that divides the batch and,
  if there are any, the virtual shards of the data set.

  Raises:
    UserError: the processes do not divide the batch, or the shards.
  """
  global _taken
  processes = jax.process_count()
  for name, value in {'batch': size, 'batches/shards': shards}.items():
    if value % processes:
      raise UserError(
        f'{name} is {value}, which {processes} processes cannot share equally: '
        f'set {name} to a multiple of {processes}.'
      )
  each = math.gcd(size, shards) // processes
  _taken = max(n for n in range(1, _available() + 1) if each % n == 0)
  return _taken * processes


def idle() -> int:
  """How many devices of all processes are idle; see `use`."""
  return (_available() - _local()) * jax.process_count()


def count() -> int:
  """D, the devices in use, of all processes."""
  return _local() * jax.process_count()


def share(size: int) -> int:
  """B/D, the examples of a batch on each device."""
  if size % count():
    raise ValueError(f'{count()} devices do not divide {size} examples')
  return size // count()


def first(size: int) -> Any:
  """The index in the batch of `size` at which this device's slice begins."""
  return lax.axis_index(AXIS) * share(size) if _bound() else 0


def compile(program: Callable) -> Callable:
  """Runs (carry, data) -> (carry, results) on every device.

  The first axis of every leaf is the devices of this process, [L, ...]. The
  buffers of the carry are donated: the caller must not read them again.
  """
  return jax.pmap(
    program, axis_name=AXIS, devices=_devices(), donate_argnums=(0,)
  )


def shapes(tree: Tree) -> Tree:
  """Shapes [...] on one device of the arrays [L, ...] of all."""
  return jax.tree.map(
    lambda leaf: jax.ShapeDtypeStruct(leaf.shape[1:], leaf.dtype), tree
  )


def replicate(tree: Tree) -> Tree:
  """Host arrays [...] to one copy per device, [L, ...]."""
  return jax.tree.map(
    lambda leaf: _place(np.broadcast_to(leaf, (_local(), *np.shape(leaf)))),
    tree,
  )


def shard(tree: Tree) -> Tree:
  """Host arrays [B, ...] to one slice per device, [L, B/D, ...].

  Rows of a batch, or of a set that is dealt to virtual shards.
  """

  def cut(leaf):
    slices = np.reshape(leaf, (count(), -1, *np.shape(leaf)[1:]))
    here = jax.process_index() * _local()
    return _place(slices[here : here + _local()])

  return jax.tree.map(cut, tree)


def read(tree: Tree) -> Tree:
  """One replica [...] of replicated arrays [L, ...], as host arrays."""
  # Sliced by numpy: jax would compile it once for each shape.
  return jax.tree.map(lambda leaf: np.array(np.asarray(_shard(leaf))[0]), tree)


def read_whole(tree: Tree) -> Tree:
  """Sharded arrays [L, B/D, ...] of all processes as host arrays [B, ...]."""

  def join(leaf):
    slices = np.array(leaf)
    if jax.process_count() > 1:
      slices = multihost_utils.process_allgather(slices)
      slices = slices.reshape(-1, *slices.shape[2:])
    return slices.reshape(-1, *slices.shape[2:])

  return jax.tree.map(join, tree)


def agree(text: str, what: str) -> None:
  """Waits for all processes, and checks that they have the same text.

  Raises:
    UserError: they do not.
  """
  if jax.process_count() == 1:
    return
  digest = np.frombuffer(hashlib.sha256(text.encode()).digest(), np.uint8)
  if np.ptp(multihost_utils.process_allgather(digest), axis=0).any():
    raise UserError(
      f'The processes of this run differ in {what}: '
      'start the same command, code and data on every host.'
    )


def from_first(number: int) -> int:
  """The number of process 0, in all processes."""
  if jax.process_count() == 1:
    return number
  return int(multihost_utils.broadcast_one_to_all(np.int32(number)))


def _bound():
  """Whether this is being traced for several devices.

  With one device nothing is communicated: the trace is the same with the axis,
  as under `compile`, and without it, as under jit.
  """
  if count() == 1:
    return False
  try:
    lax.axis_index(AXIS)
  except NameError:
    return False
  return True


# How many devices each process uses; None is all.
_taken: int | None = None


def _available():
  return jax.local_device_count()


def _local():
  return _available() if _taken is None else _taken


def _devices():
  """The devices in use, in the order of the batch's slices."""
  found = sorted(jax.devices(), key=lambda d: (d.process_index, d.id))
  return [
    device
    for process in range(jax.process_count())
    for device in [d for d in found if d.process_index == process][: _local()]
  ]


def _place(array):
  here = [d for d in _devices() if d.process_index == jax.process_index()]
  mesh = jax.sharding.Mesh(np.array(here), (AXIS,))
  spec = jax.sharding.PartitionSpec(AXIS)
  return jax.device_put(array, jax.sharding.NamedSharding(mesh, spec))


def _shard(leaf):
  return leaf.addressable_shards[0].data
