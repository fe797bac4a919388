"""Checkpoints, saved by orbax with a digest of each leaf.

  <workdir>/checkpoints/<step>/state   the leaves, flat: {'params/...': array}
  <workdir>/checkpoints/<step>/meta    JSON: config, spec, data, seed, stage,
                                       step, versions, digests

Arrays are saved whole, so a checkpoint restores on any number of devices and
processes. Only process 0 writes; every process reads. Orbax detects most
damage, but not a flipped bit in the data, which the digests detect. Orbax is
used in `storage`, which is imported when there is something to read, or while
the devices are busy: the import takes a tenth of the time to the first step.
"""

from collections.abc import Callable, Mapping
import os
import pathlib
import shutil
from typing import Any, NamedTuple

import jax
import numpy as np

from zoo.contracts import Tree, UserError
from zoo.training.leaves import digest, flatten, leaf_digest, unflatten
from zoo.training.stages import Snapshot
from zoo.versions import versions

# (meta) -> (params, opt, state), the shapes to restore into.
Template = Callable[[Mapping[str, Any]], tuple[Tree, Tree, Tree]]


class Restored(NamedTuple):
  """A restored checkpoint: the snapshot and its metadata."""

  snapshot: Snapshot
  meta: dict[str, Any]


class Checkpoints:
  """The checkpoints of one run directory, for writing."""

  def __init__(
    self,
    workdir: str | os.PathLike,
    warn: Callable[[str], None],
    *,
    keep: int = 3,
  ):
    """Prepares the directory, and removes incomplete checkpoints.

    Args:
      workdir: the run directory.
      warn: receives one line for each error that training survives.
      keep: how many checkpoints are kept.
    """
    self._directory = _directory(workdir)
    self._warn = warn
    self._keep = keep
    self._failed = False
    self._writer: Any = None  # a storage.Writer, from the first save on
    self._writes = jax.process_index() == 0
    if self._writes:
      self._directory.mkdir(parents=True, exist_ok=True)
      self._clean()

  def open(self) -> None:
    """Prepares for saving, if that is not done yet; `save` calls it too.

    A failure is logged once; the next save tries again.
    """
    if not self._writes or self._failed or self._writer is not None:
      return
    from zoo.training import storage

    try:
      self._writer = storage.Writer(self._directory, self._keep)
    except Exception as error:  # Orbax has no single class for a full disk.
      self._recover(error)

  def save(self, snapshot: Snapshot, meta: Mapping[str, Any]) -> None:
    """Starts saving in the background.

    A save that fails (a full disk) is logged and cleaned up: training
    continues, and the next save tries again.
    """
    if not self._writes:
      return
    self.wait()
    self._failed = False
    leaves = flatten(snapshot)
    # Orbax does not store empty arrays; their shape is enough.
    full = {name: leaf for name, leaf in leaves.items() if leaf.size}
    empty = {
      name: [list(leaf.shape), str(leaf.dtype)]
      for name, leaf in leaves.items()
      if not leaf.size
    }
    meta = {
      **meta,
      'stage': snapshot.stage,
      'step': snapshot.step,
      'skipped': snapshot.skipped,
      'versions': versions(),
      'digests': {name: leaf_digest(leaf) for name, leaf in leaves.items()},
      'digest': digest(snapshot.params),  # Identifies the checkpoint.
      'empty': empty,
    }
    self.open()
    if self._writer is None:
      return
    try:
      self._writer.save(snapshot.step, full, meta)
    except Exception as error:
      self._recover(error)

  def wait(self) -> bool:
    """Waits until the last save is on the disk; False if it failed."""
    if self._writer is not None:
      try:
        self._writer.wait()
      except Exception as error:
        self._recover(error)
    return not self._failed

  def drop_after(self, step: int) -> None:
    """Removes checkpoints after `step`: damaged ones, to be saved again."""
    if not self._writes:
      return
    for later in steps(self._directory.parent):
      if later > step:
        shutil.rmtree(self._directory / str(later))
    if self._writer is not None:
      self._writer.look_again()

  def close(self) -> None:
    """Waits, and frees orbax's threads."""
    if self._writer is not None:
      self.wait()
      self._writer.close()

  def _recover(self, error):
    """Logs an error of saving, and cleans up."""
    self._failed = True
    # Orbax's message is pages long; the cause is before the first bracket.
    cause = (str(error) or type(error).__name__).splitlines()[0]
    cause = cause.split(' [')[0].rsplit(': ')[-1]
    self._warn(
      f'could not save a checkpoint in {self._directory} ({cause}); training '
      'goes on, and the next save tries again.'
    )
    self._clean()
    if self._writer is not None:
      self._writer.look_again()

  def _clean(self):
    """Removes the files of failed or killed saves."""
    for left in self._directory.glob('*.orbax-checkpoint-tmp*'):
      shutil.rmtree(left, ignore_errors=True)


def steps(workdir: str | os.PathLike) -> list[int]:
  """The steps that have a complete checkpoint, newest first."""
  directory = _directory(workdir)
  if not directory.is_dir():
    return []
  names = (path.name for path in directory.iterdir() if path.is_dir())
  return sorted((int(name) for name in names if name.isdigit()), reverse=True)


def read_meta(workdir: str | os.PathLike) -> dict[str, Any] | None:
  """Metadata of the newest readable checkpoint; None without one.

  Raises:
    UserError: there are checkpoints and all are damaged.
  """
  found = steps(workdir)
  read: Any = _reader() if found else None
  for step in found:
    try:
      return read(_directory(workdir) / str(step), state=False)[1]
    except Exception:  # orbax raises many types on a damaged file
      continue
  _refuse_if_damaged(workdir, found)
  return None


def restore(
  workdir: str | os.PathLike,
  warn: Callable[[str], None],
  template: Template | None = None,
  step: int | None = None,
) -> Restored | None:
  """The newest undamaged checkpoint; None if there are none.

  Args:
    workdir: the run directory.
    warn: receives one line if newer ones were damaged.
    template: the shapes to restore into, from the meta. Without it the trees
      are returned as nested dicts, and the optimizer's as a flat one.
    step: restores the checkpoint of this step only; None for the newest.

  Raises:
    UserError: all are damaged, or the template has other leaves.
  """
  found = [one for one in steps(workdir) if step in (None, one)]
  read: Any = _reader() if found else None
  damaged = []
  for newest in found:
    try:
      leaves, meta = _verified(*read(_directory(workdir) / str(newest)))
    except Exception:  # orbax raises many types on a damaged file
      damaged.append(newest)
      continue
    if damaged:
      warn(
        f'the checkpoint of step {max(damaged)} in {_directory(workdir)} is '
        f'damaged; going on from step {newest}.'
      )
    params, opt, state = unflatten(leaves, template and template(meta), workdir)
    snapshot = Snapshot(
      meta['stage'], meta['step'], params, opt, state, meta['skipped']
    )
    return Restored(snapshot, meta)
  _refuse_if_damaged(workdir, found)
  return None


def _verified(leaves, meta):
  """Both arguments; ValueError unless the leaves have their saved digests."""
  for name, (shape, dtype) in meta['empty'].items():
    leaves[name] = np.zeros(shape, dtype)
  if {name: leaf_digest(leaf) for name, leaf in leaves.items()} != (
    meta['digests']
  ):
    raise ValueError('a leaf is not what was saved')
  return leaves, meta


def _reader() -> Any:
  # Outside of the try block: orbax itself may be missing.
  from zoo.training import storage

  return storage.read


def _directory(workdir):
  return pathlib.Path(workdir).absolute() / 'checkpoints'


def _refuse_if_damaged(workdir, found):
  if found:
    raise UserError(
      f'All {len(found)} checkpoints in {_directory(workdir)} are damaged: '
      'remove that directory to train from scratch, or use another --workdir.'
    )
