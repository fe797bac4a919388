"""Logging during training: metrics.jsonl, TensorBoard, a progress line.

metrics.jsonl has one JSON object per line, one line per chunk, and no step
twice: lines that a killed run wrote after its last checkpoint are dropped when
it resumes. Only process 0 writes.
"""

from collections.abc import Mapping
from concurrent import futures
import json
import math
import os
import pathlib
import shutil
import sys
import time
from typing import Any, TextIO

import jax

from zoo.training.board import open_board

_SHOWN = 3  # Metrics on the progress line, besides the loss.
_INTERVAL = 10.0  # Seconds between plain lines.


class Log:
  """The log of one run; other processes log nothing."""

  def __init__(
    self,
    workdir: str | os.PathLike,
    *,
    total: int,
    batch: int,
    start: int = 0,
    stream: TextIO | None = None,
  ):
    """Opens the log.

    Args:
      workdir: the run directory.
      total: the steps of all stages.
      batch: the examples of a step.
      start: the step that the run starts from; later lines are dropped.
      stream: where progress is printed; None is stdout.
    """
    self._stream = stream or sys.stdout
    self._total, self._batch = total, batch
    self._begun = self._marked = time.monotonic()
    self._last: tuple[int, int] | None = None  # The stage and step last shown.
    self._paces: list[float] = []  # Seconds per step.
    self._shown_at = -math.inf
    self._live = self._stream.isatty()
    self._width = 0
    self._file: Any = None
    self._board: Any = None
    self._unwritten = b''
    self._full = False
    self.speaks = jax.process_index() == 0
    if self.speaks:
      path = pathlib.Path(workdir) / 'metrics.jsonl'
      truncate(path, start)
      self._file = path.open('ab', buffering=0)
      # The import takes most of a second, while the step compiles.
      with_board = futures.ThreadPoolExecutor(1)
      self._board = with_board.submit(open_board, workdir, start)
      with_board.shutdown(wait=False)

  def step(self, stage: int, step: int, numbers: Mapping[str, Any]) -> None:
    """Writes the line of the chunk that ended at `step`.

    Args:
      stage: the number of the stage.
      step: the steps taken, over all stages.
      numbers: the metrics, including `loss`.
    """
    if not self.speaks:
      return
    now = time.monotonic()
    line = {'step': step, 'stage': stage, **numbers}
    line['seconds'] = round(now - self._begun, 3)
    # The first chunk of a stage includes compilation, so it is not timed.
    if self._last is not None and self._last[0] == stage:
      pace = max(now - self._marked, 1e-9) / (step - self._last[1])
      self._paces = [*self._paces[-19:], pace]
      line['examples_per_second'] = round(self._batch / pace, 1)
    self._last, self._marked = (stage, step), now
    clean = finite(line)
    self._write(json.dumps(clean) + '\n')
    if board := self._board.result():
      board.add(step, {k: v for k, v in clean.items() if k != 'step'})
    self._progress(line)

  def resume_clock(self) -> None:
    """Excludes the time since the last line from the speed."""
    self._marked = time.monotonic()

  def sync(self) -> None:
    """Flushes every line to disk; call it before saving a checkpoint."""
    if self._file is not None:
      os.fsync(self._file.fileno())

  def say(self, text: str) -> None:
    """Prints a line of text."""
    if self.speaks:
      self._clear()
      print(text, file=self._stream, flush=True)

  def warn(self, text: str) -> None:
    """Prints a warning line to stderr."""
    self._clear()
    warn(text)

  def close(self) -> None:
    """Ends the progress line and closes the files."""
    if self._live and self._width:
      print(file=self._stream, flush=True)
    if self._file is not None:
      self._file.close()
    if self._board is not None and (board := self._board.result()):
      board.close()

  def _write(self, text):
    """Writes the text; on a full disk the rest is kept for later."""
    self._unwritten += text.encode()
    try:
      done = self._file.write(self._unwritten)
      self._unwritten, self._full = self._unwritten[done:], False
    except OSError as error:
      if not self._full:
        self.warn(f'metrics.jsonl could not be written yet: {error}.')
      self._full = True

  def _progress(self, line):
    now = time.monotonic()
    last = line['step'] >= self._total
    if not (self._live or last or now - self._shown_at >= _INTERVAL):
      return
    self._shown_at = now
    reserved = ('step', 'stage', 'loss', 'skipped', 'seconds')
    shown = [
      name
      for name in line
      if name not in (*reserved, 'examples_per_second')
      and not name.startswith('validation_')
    ][:_SHOWN]
    text = self._words(line, shown)
    if self._live:
      # `\r` returns to the last row only: a wrapped line would leave its
      # first row behind at each chunk.
      room = shutil.get_terminal_size().columns - 1
      extra = [name for name in shown if name != 'accuracy']
      while extra and len(text) > room:
        shown.remove(extra.pop())
        text = self._words(line, shown)
      text = text[:room]
      padding = ' ' * max(0, self._width - len(text))
      print(f'\r{text}{padding}', end='', file=self._stream, flush=True)
      self._width = len(text)
    else:
      print(text, file=self._stream, flush=True)

  def _words(self, line, shown):
    """The progress line, with the named metrics."""
    text = f'step {line["step"]}/{self._total}  loss {line["loss"]:.4f}'
    text += ''.join(f'  {name} {line[name]:.4f}' for name in shown)
    if self._paces:
      pace = sum(self._paces) / len(self._paces)
      left = round(pace * (self._total - line['step']))
      text += f'  {self._batch / pace:.0f} examples/s'
      text += f'  {left // 60}:{left % 60:02d} left'
    if line['skipped']:
      text += f'  {line["skipped"]} steps skipped'
    return text

  def _clear(self):
    if self._live and self._width:
      print(f'\r{" " * self._width}\r', end='', file=self._stream)
      self._width = 0


def warn(text: str) -> None:
  """Prints a warning line to stderr, in process 0."""
  if jax.process_index() == 0:
    print(f'Warning: {text}', file=sys.stderr, flush=True)


def truncate(path: pathlib.Path, step: int) -> None:
  """Drops the lines of metrics.jsonl after `step`, and an incomplete one."""
  if not path.exists():
    path.parent.mkdir(parents=True, exist_ok=True)
    return
  kept = []
  for text in path.read_text(encoding='utf-8').splitlines():
    try:
      line = json.loads(text)
    except ValueError:
      continue  # Incomplete: the process was killed.
    if line['step'] <= step:
      kept.append(text + '\n')
  fresh = path.with_suffix('.tmp')
  fresh.write_text(''.join(kept), encoding='utf-8')
  fresh.replace(path)


def finite(value: Any) -> Any:
  """`value` with None for NaN and infinity, which JSON does not have."""
  if isinstance(value, Mapping):
    return {name: finite(one) for name, one in value.items()}
  if isinstance(value, list | tuple):
    return [finite(one) for one in value]
  if isinstance(value, float) and not math.isfinite(value):
    return None
  return value
