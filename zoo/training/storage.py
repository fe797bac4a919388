"""Orbax: reading and writing leaves and JSON.

The only file that imports orbax. Callers must expect nearly any exception for a
damaged file or a full disk.
"""

from collections.abc import Mapping
import functools
import logging
from pathlib import Path
import sys
from typing import Any

import jax
import orbax.checkpoint as ocp


class Writer:
  """Saves to one directory, with one folder per step, in the background."""

  def __init__(self, directory: Path, keep: int):
    """Opens a directory, which must exist.

    Args:
      directory: of the checkpoints.
      keep: how many are kept.
    """
    _quieten_orbax()
    self._manager = _Manager(
      directory,
      options=ocp.CheckpointManagerOptions(
        max_to_keep=keep,
        create=False,
        cleanup_tmp_directories=True,
        multiprocessing_options=_alone(),
      ),
    )

  def save(
    self, step: int, leaves: Mapping[str, Any], meta: Mapping[str, Any]
  ) -> None:
    """Starts saving; the leaves, none of them empty, may then be changed."""
    arguments = ocp.args.Composite(
      state=ocp.args.StandardSave(dict(leaves)), meta=ocp.args.JsonSave(meta)
    )
    self._manager.save(step, args=arguments, force=True)

  def wait(self) -> None:
    """Waits until all is on disk; raises the error of a save that failed."""
    self._manager.wait_until_finished()
    self._manager.check_for_errors()

  def look_again(self) -> None:
    """Reads the directory again, after other code has changed it."""
    self._manager.reload()

  def close(self) -> None:
    """Frees orbax's threads."""
    self._manager.close()


def read(
  directory: Path, state: bool = True
) -> tuple[dict[str, Any], dict[str, Any]]:
  """The leaves of one step, {} unless `state`, and its meta."""
  _quieten_orbax()
  wanted: dict[str, Any] = {'meta': ocp.args.JsonRestore()}
  if state:
    wanted['state'] = ocp.args.StandardRestore()
  with ocp.Checkpointer(
    ocp.CompositeCheckpointHandler(), multiprocessing_options=_alone()
  ) as checkpointer:
    found = checkpointer.restore(directory, args=ocp.args.Composite(**wanted))
  return dict(found.state) if state else {}, found.meta


class _Manager(ocp.CheckpointManager):
  """Never asks whether the processes must stop; the loop does.

  They synchronize by counting these calls; orbax, which only calls in process
  0, would make the counts differ.
  """

  def reached_preemption(self, step: int) -> bool:
    del step
    return False


def _alone():
  """Options with which orbax waits for no other process."""
  if jax.process_count() == 1:
    return ocp.options.MultiprocessingOptions()
  me = jax.process_index()
  return ocp.options.MultiprocessingOptions(
    primary_host=me,
    active_processes={me},
    barrier_sync_key_prefix=f'process{me}',
  )


@functools.cache
def _quieten_orbax():
  """Reports a failure once, and not from each of orbax's tasks.

  Orbax gives up at the first array that fails; each task still running then
  finds the event loop closed, even after orbax has raised.
  """

  def is_ours(record):
    return 'orbax' not in record.pathname + record.getMessage()

  for name in ('absl', 'asyncio'):
    logging.getLogger(name).addFilter(is_ours)
  usual = sys.unraisablehook

  def hook(event):
    if 'Event loop is closed' not in str(event.exc_value):
      usual(event)

  sys.unraisablehook = hook
