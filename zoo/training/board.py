"""TensorBoard's event file, when tensorboardX is installed."""

from collections.abc import Mapping
import contextlib
import importlib.util
import os
import pathlib
import time


class Board:
  """Writes scalars at once, and gives up where the disk is full.

  The SummaryWriter of tensorboardX hands them to a thread that dies on a full
  disk, and then waits for it for ever.
  """

  def __init__(self, workdir: str | os.PathLike, start: int):
    """Opens a file in `workdir`/tensorboard; what came after `start` is void.

    Args:
      workdir: the run directory.
      start: the step that the run starts from.
    """
    from tensorboardX import event_file_writer
    from tensorboardX.proto import event_pb2, summary_pb2

    self._event, self._summary = event_pb2.Event, summary_pb2.Summary
    folder = pathlib.Path(workdir) / 'tensorboard'
    folder.mkdir(parents=True, exist_ok=True)
    self._writer = event_file_writer.EventsWriter(
      str(folder / 'events'), f'.{os.getpid()}'
    )
    begins = event_pb2.SessionLog(status=event_pb2.SessionLog.START)
    self._write(self._event(step=start + 1, session_log=begins))

  def add(self, step: int, numbers: Mapping[str, float | None]) -> None:
    """Writes the numbers of one step; None has no point on a curve."""
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
        self._writer.write_event(event)
        self._writer.flush()
    except OSError:
      self.close()
      self._writer = None  # metrics.jsonl has it all


def open_board(workdir: str | os.PathLike, start: int) -> Board | None:
  """The board of a run; None without tensorboardX or room on the disk."""
  if importlib.util.find_spec('tensorboardX') is None:
    return None
  try:
    return Board(workdir, start)
  except OSError:
    return None
