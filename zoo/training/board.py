"""TensorBoard's event file, when tensorboard is installed."""

from collections.abc import Mapping
import contextlib
import os
import pathlib
import socket
import time


class Board:
  """Writes scalars immediately, and stops writing if the disk is full.

  TensorBoard's event writer passes them to a thread that dies on a full disk,
  and imports tensorflow if it is installed. Its record writer does neither.
  """

  def __init__(self, workdir: str | os.PathLike, start: int):
    """Opens a file in `workdir`/tensorboard; it replaces steps after `start`.

    Args:
      workdir: the run directory.
      start: the step that the run starts from.
    """
    # Optional, and half a second to import.
    from tensorboard.compat.proto import event_pb2, summary_pb2
    from tensorboard.summary.writer.record_writer import RecordWriter

    self._event, self._summary = event_pb2.Event, summary_pb2.Summary
    folder = pathlib.Path(workdir) / 'tensorboard'
    folder.mkdir(parents=True, exist_ok=True)
    now = time.time()
    host = f'{socket.gethostname()}.{os.getpid()}'
    path = folder / f'events.out.tfevents.{now:.6f}.{host}'
    self._writer = RecordWriter(path.open('wb'))
    self._write(self._event(wall_time=now, file_version='brain.Event:2'))
    log = event_pb2.SessionLog
    begins = log(status=log.START)
    self._write(self._event(step=start + 1, session_log=begins))

  def add(self, step: int, numbers: Mapping[str, float | None]) -> None:
    """Writes the numbers of one step, except those that are None."""
    values = [
      self._summary.Value(tag=name, simple_value=value)
      for name, value in numbers.items()
      if value is not None
    ]
    self._write(
      self._event(
        wall_time=time.time(), step=step, summary=self._summary(value=values)
      )
    )

  def close(self) -> None:
    """Closes the file."""
    with contextlib.suppress(OSError):
      if self._writer is not None:
        self._writer.close()

  def _write(self, event):
    try:
      if self._writer is not None:
        self._writer.write(event.SerializeToString())
        self._writer.flush()
    except OSError:
      self.close()
      self._writer = None  # metrics.jsonl has all the numbers.


def open_board(workdir: str | os.PathLike, start: int) -> Board | None:
  """The board of a run; None without a working tensorboard or disk."""
  try:
    return Board(workdir, start)
  except Exception:  # Old versions fail on a new numpy in various ways.
    return None
