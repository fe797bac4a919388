"""Reads untrusted music files, or a folder of them.

Parsing happens in worker processes with limits on size, memory and time, so
that the worst a file can do is to be dropped with a reason.
"""

from collections.abc import Callable, Generator, Sequence
import contextlib
import itertools
import json
import os
import pathlib
import queue
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time

from zoo.contracts import UserError
from zoo.music.limits import ORDINARY, BadInput, Limits
from zoo.music.parsing import SUFFIXES, Found
from zoo.music.piece import Piece
from zoo.music.worker import HEADER, unpack

_BATCH = 32  # files per message to a worker
_AHEAD = 16  # messages that are read ahead
Dropped = list[tuple[str, str]]


def read(
  path: str | os.PathLike,
  limits: Limits = ORDINARY,
  as_written: bool = False,
) -> Piece:
  """Reads one file; of an ABC tunebook, the first tune.

  Args:
    path: a .mid, .midi, .kar, .rmi, .xml, .musicxml, .mxl or .abc file.
    limits: on its size and content.
    as_written: whether MusicXML bars are read once; otherwise repeats, endings
      and jumps are played, as they always are for ABC.

  Raises:
    BadInput: the file cannot be read; the message says why.
  """
  name = os.fspath(path)
  if not os.path.exists(name):
    raise BadInput(name, 'does not exist')
  pieces, dropped = read_files(
    [(name, printable(os.path.basename(name)))],
    limits,
    processes=1,
    first=True,
    as_written=as_written,
  )
  if not pieces:
    raise BadInput(name, dropped[0][1] if dropped else 'has no music')
  return pieces[0]


def read_folder(
  root: str | os.PathLike,
  limits: Limits = ORDINARY,
  processes: int | None = None,
  progress: Callable[[int, int], None] | None = None,
  as_written: bool = False,
) -> tuple[list[Piece], Dropped]:
  """Reads every music file below a folder.

  The result is ordered by path and does not depend on the number of processes.
  Links that lead out of the folder are not followed.

  Args:
    root: the folder.
    limits: on the size and content of each file.
    processes: how many readers; by default one per core.
    progress: called with (files done, all files).
    as_written: as in `read`.

  Returns:
    The pieces, with their path below `root` as id (`path#X` for the tunes of
    an ABC file), and (id, reason) for whatever was not read.

  Raises:
    UserError: the folder does not exist.
  """
  files, dropped = list_folder(root)
  top = os.path.abspath(root)
  pieces, bad = read_files(
    [(os.path.join(top, name), printable(name)) for name in files],
    limits,
    processes,
    progress,
    as_written=as_written,
  )
  return pieces, sorted(dropped + bad, key=lambda row: row[0])


def list_folder(
  root: str | os.PathLike, suffixes: tuple[str, ...] = SUFFIXES
) -> tuple[list[str], Dropped]:
  """Sorted paths of the music files below `root`, and (id, reason) of links.

  Args:
    root: the folder.
    suffixes: file name suffixes in lower case; by default those of music.

  Raises:
    UserError: the folder does not exist.
  """
  top = os.path.abspath(root)
  if not os.path.isdir(top):
    raise UserError(f'There is no folder {os.fspath(root)}.')
  real = pathlib.Path(os.path.realpath(top))
  files, dropped = [], []
  for folder, inner, names in os.walk(top):
    for name in sorted(inner + names):
      path = os.path.join(folder, name)
      below = os.path.relpath(path, top).replace(os.sep, '/')
      link = os.path.islink(path)
      if link and not pathlib.Path(os.path.realpath(path)).is_relative_to(real):
        dropped.append((printable(below), 'is a link out of the folder'))
      elif name.lower().endswith(suffixes) and os.path.isfile(path):
        files.append(below)
  return sorted(files), dropped


def read_files(
  files: Sequence[tuple[str, str]],
  limits: Limits = ORDINARY,
  processes: int | None = None,
  progress: Callable[[int, int], None] | None = None,
  first: bool = False,
  as_written: bool = False,
) -> tuple[list[Piece], Dropped]:
  """Reads (path, id) pairs in workers; results are in the order of the files.

  Args:
    files: (path, id) of each.
    limits, processes, progress, as_written: as in `read_folder`.
    first: whether to read only the first piece of each file.

  Returns:
    The pieces, and (id, reason) for whatever was not read.
  """
  found = stream(files, limits, processes, progress, first, as_written)
  rows = [row for rows in found for row in rows]
  return (
    [row for row in rows if isinstance(row, Piece)],
    [row for row in rows if not isinstance(row, Piece)],
  )


def stream(
  files: Sequence[tuple[str, str]],
  limits: Limits = ORDINARY,
  processes: int | None = None,
  progress: Callable[[int, int], None] | None = None,
  first: bool = False,
  as_written: bool = False,
) -> Generator[list[Found], None, None]:
  """Like `read_files`, but yields the results of one file after another.

  Workers continue while the caller is busy, but read only a few hundred files
  ahead, so that memory is bounded for any number of files.

  Yields:
    For each of `files`, in order, its pieces and (id, reason).
  """
  cores = (
    len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else 1
  )
  count = max(1, min(processes or cores, len(files)))
  size = max(1, min(_BATCH, len(files) // (4 * count)))
  batches = iter(range(0, len(files), size))
  work: queue.SimpleQueue = queue.SimpleQueue()
  finished: queue.SimpleQueue = queue.SimpleQueue()
  stop = threading.Event()
  asked = (first, as_written)

  def hand_out(most):
    for start in itertools.islice(batches, most):
      work.put(range(start, min(start + size, len(files))))

  with tempfile.TemporaryDirectory(prefix='music-zoo-') as scratch:
    threads = [
      threading.Thread(
        target=_drive,
        args=(files, limits, asked, scratch, work, stop, finished),
      )
      for _ in range(count)
    ]
    for thread in threads:
      thread.start()
    try:
      hand_out(_AHEAD)
      ready: dict[int, list[Found]] = {}
      done = 0
      for number in range(len(files)):
        while number not in ready:
          ready.update([_next(threads, finished)])
          done += 1
          if progress:
            progress(done, len(files))
        yield ready.pop(number)
        if (number + 1) % size == 0:
          hand_out(1)
    finally:
      stop.set()
      for _ in threads:
        work.put(None)
      for thread in threads:
        thread.join()


def _next(threads, finished):
  """Waits for a file; returns its number, and its pieces and reasons."""
  while True:
    try:
      number, found = finished.get(timeout=1.0)
    except queue.Empty:
      if any(thread.is_alive() for thread in threads):
        continue
      number, found = None, None
    if number is None:
      raise RuntimeError('The readers of music files ended.') from found
    return number, found


def _drive(files, limits, asked, scratch, work, stop, finished):
  """One thread: sends batches to its worker, which it replaces if it dies."""
  worker = None
  try:
    while (batch := work.get()) is not None and not stop.is_set():
      rest = list(batch)
      while rest:
        worker = worker or _Worker(limits, scratch, stop)
        worker.send([*asked, [files[number] for number in rest]])
        found: list[Found] = []
        while rest:
          head, body = worker.receive()
          if stop.is_set():
            return
          if 'piece' in head:
            found.append(unpack(head, body))
          elif 'bad' in head:
            found.append(tuple(head['bad']))
          else:
            if 'ended' in head:
              found.append((files[rest[0]][1], head['ended']))
              worker.end()
              worker = None
            finished.put((rest.pop(0), found))
            found = []
            if worker is None:
              break
  except Exception as error:
    finished.put((None, error))
  finally:
    if worker:
      worker.end()


class _Worker:
  """The parent's side of zoo.music.worker."""

  def __init__(self, limits: Limits, scratch: str, stop: threading.Event):
    self.limits = limits
    self.stop = stop
    root = str(pathlib.Path(__file__).resolve().parents[2])
    paths = [root, os.environ.get('PYTHONPATH', '')]
    self.process = subprocess.Popen(
      [sys.executable, '-P', '-m', 'zoo.music.worker'],
      stdin=subprocess.PIPE,
      stdout=subprocess.PIPE,
      stderr=subprocess.DEVNULL,
      start_new_session=True,  # so that Ctrl-C reaches only the parent
      env={
        **os.environ,
        'PYTHONPATH': os.pathsep.join(filter(None, paths)),
        'OPENBLAS_NUM_THREADS': '1',  # each thread takes address space
        'OMP_NUM_THREADS': '1',
        'TMPDIR': scratch,
      },
    )
    assert self.process.stdin and self.process.stdout
    self.stdin, self.stdout = self.process.stdin, self.process.stdout
    self.buffer = bytearray()
    self.selector = selectors.DefaultSelector()
    self.selector.register(self.stdout, selectors.EVENT_READ)
    self.send(list(limits))

  def send(self, value: list) -> None:
    with contextlib.suppress(BrokenPipeError):  # receive() reports it
      self.stdin.write(json.dumps(value).encode() + b'\n')
      self.stdin.flush()

  def receive(self) -> tuple[dict, bytes]:
    """The next message, or {'ended': reason} if there will be none."""
    until = time.monotonic() + self.limits.wall_seconds
    while not self.stop.is_set() and time.monotonic() < until:
      if len(self.buffer) >= HEADER.size:
        text, body = HEADER.unpack_from(self.buffer)
        end = HEADER.size + text + body
        if len(self.buffer) >= end:
          head = json.loads(self.buffer[HEADER.size : HEADER.size + text])
          data = bytes(self.buffer[HEADER.size + text : end])
          del self.buffer[:end]
          return head, data
      if not self.selector.select(timeout=0.5):
        continue
      chunk = os.read(self.stdout.fileno(), 1 << 20)
      if not chunk:
        code = self.process.wait()
        if code == -signal.SIGPROF:
          seconds = self.limits.cpu_seconds
          return {'ended': f'takes more than {seconds:g} seconds to read'}, b''
        return {'ended': 'makes the reader fail'}, b''
      self.buffer += chunk
    return {'ended': 'does not come to an end'}, b''

  def end(self) -> None:
    """Kills the worker and its child processes."""
    self.selector.close()
    with contextlib.suppress(BrokenPipeError):
      self.stdin.close()
    with contextlib.suppress(ProcessLookupError, PermissionError):
      os.killpg(self.process.pid, signal.SIGKILL)
    self.process.wait()
    self.stdout.close()


def printable(name: str) -> str:
  """A file name as text that can be written anywhere."""
  return os.fsencode(name).decode('utf-8', 'backslashreplace')
