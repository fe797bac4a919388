"""A process that reads untrusted files for its parent, under limits.

Run as `python -m zoo.music.worker`. The parent writes lines of JSON: first the
Limits, then [first, as_written, [[path, id], ...]]: whether to read only the
first piece of each file, whether repeats are not to be played, and the files.
Replies are messages: a header of two big-endian 32-bit lengths, then JSON and
the note table of these lengths.

  {'piece': ...} + notes       a piece of the current file
  {'bad': [id, reason]}        the file, or one tune of it, could not be read
  {'done': n}                  the file is finished

A file that exceeds its CPU time ends the process (by SIGPROF, which no
`except:` of a parser can catch).
"""

from collections.abc import Iterator
import contextlib
import json
import os
import signal
import struct
import sys
from typing import BinaryIO

import numpy as np

from zoo.music.limits import Limits, Refused
from zoo.music.parsing import parse
from zoo.music.piece import Notes, Piece, from_json, to_json

HEADER = struct.Struct('>II')
_ROW = np.dtype(
  list(
    zip(Notes._fields, ('<f8', '<f8', *['<i2'] * 4, '?', '<i2'), strict=True)
  )
)


def pack(piece: Piece) -> bytes:
  """A piece as one message."""
  table = np.empty(len(piece.notes.start), _ROW)
  for name, column in zip(Notes._fields, piece.notes, strict=True):
    table[name] = column
  return message({'piece': to_json(piece)}, table.tobytes())


def unpack(head: dict, body: bytes) -> Piece:
  """The piece that `pack` packed."""
  table = np.frombuffer(body, _ROW)
  columns = (np.ascontiguousarray(table[name]) for name in Notes._fields)
  return from_json(head['piece'], Notes(*columns))


def message(head: dict, body: bytes = b'') -> bytes:
  """A message of JSON and bytes, with its header."""
  text = json.dumps(head).encode()
  return HEADER.pack(len(text), len(body)) + text + body


def serve(source: BinaryIO, sink: BinaryIO) -> None:
  """Replies to requests until the parent closes `source`."""
  limits = Limits(*json.loads(source.readline()))
  _limit_memory(limits.memory)
  done = 0
  for line in source:
    first, as_written, files = json.loads(line)
    for path, id in files:
      for answer in _answers(path, id, limits, as_written):
        sink.write(answer)
        if first:
          break
      sink.write(message({'done': done}))
      sink.flush()
      done += 1


def _answers(
  path: str, id: str, limits: Limits, as_written: bool
) -> Iterator[bytes]:
  # The time of importing libraries, once, does not count for this file.
  with _clock(limits.cpu_seconds) as start:
    try:
      for found in parse(path, id, limits, as_written):
        yield (
          pack(found) if isinstance(found, Piece) else message({'bad': found})
        )
        start()
    except Refused as error:
      yield message({'bad': (id, str(error))})
    except MemoryError:
      yield message({'bad': (id, 'needs too much memory')})
    except OSError as error:
      reason = f'cannot be opened ({error.strerror or error})'
      yield message({'bad': (id, reason)})
    except Exception as error:
      reason = f'is damaged ({type(error).__name__})'
      yield message({'bad': (id, reason)})


@contextlib.contextmanager
def _clock(seconds):
  """Ends the process after `seconds` of CPU time since the last start()."""

  def start():
    signal.setitimer(signal.ITIMER_PROF, seconds)

  start()
  try:
    yield start
  finally:
    signal.setitimer(signal.ITIMER_PROF, 0)


def _limit_memory(size):
  import resource

  with contextlib.suppress(ValueError, OSError):  # not every system has it
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
  resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
  # Parsers may print; this must reach neither the parent nor the user.
  sink = os.fdopen(os.dup(1), 'wb')
  nowhere = os.open(os.devnull, os.O_WRONLY)
  os.dup2(nowhere, 1)
  os.dup2(nowhere, 2)
  serve(sys.stdin.buffer, sink)


if __name__ == '__main__':
  main()
