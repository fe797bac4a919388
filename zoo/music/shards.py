"""A folder of any number of files, parsed one shard at a time.

A shard is about a thousand files, consecutive in the order of their names. It
is written to disk as soon as it is parsed, so that an interrupted run resumes
with the next shard, and only one shard is in memory. The boundaries of shards
depend only on the names of the files near them: if a folder grows or changes,
only the shards that changed are parsed again.
"""

from collections.abc import Iterator, Mapping, Sequence
import hashlib
import itertools
import json
from typing import Any, NamedTuple
import zlib

from zoo.music import parsed
from zoo.music.piece import Piece
from zoo.music.reading import Dropped, stream

_FILES = 1_024  # per shard, on average
_MOST_FILES = 4 * _FILES
_BYTES = 16_000_000  # per shard, unless a single file is larger


class File(NamedTuple):
  """A file of a folder: its path, the id of its piece, size and mtime."""

  path: str
  id: str
  size: int
  modified: int  # nanoseconds


class Shard:
  """Some of the files of a folder.

  Attributes:
    fingerprint: of everything its pieces depend on, in hexadecimal digits.
    count: the number of its pieces.
  """

  def __init__(self, files: Sequence[File], key: Mapping[str, Any]):
    self.files = files
    self.count = 0
    text = json.dumps([key, [file[1:] for file in files]])
    self.fingerprint = hashlib.sha256(text.encode()).hexdigest()
    self._options = {'as_written': key.get('as_written', False)}
    self._kept: parsed.Found | None = None  # used without a cache

  def __len__(self) -> int:
    return self.count

  def read(self) -> list[Piece]:
    """Its pieces, from the cache; parsed again if it is gone."""
    return self.found()[0]

  def found(self) -> parsed.Found:
    """Its pieces, and (id, reason) of whatever could not be read."""
    if self._kept is not None:
      return self._kept
    found = parsed.load(self.fingerprint)
    return self.keep(self._parse()) if found is None else found

  def keep(self, found: parsed.Found) -> parsed.Found:
    """Writes the results to the cache, or keeps them if there is none."""
    if not parsed.save(self.fingerprint, *found):
      self._kept = found
    return found

  def _parse(self):
    return _sorted(stream([file[:2] for file in self.files], **self._options))


class Pieces(Sequence):
  """The pieces of many shards, with one shard at a time in memory."""

  def __init__(self, shards: Sequence[Shard]):
    self.shards = shards
    self._ends = list(itertools.accumulate(map(len, shards)))
    self._last: tuple[int, list[Piece]] = (-1, [])

  def __len__(self) -> int:
    return self._ends[-1] if self._ends else 0

  def __iter__(self) -> Iterator[Piece]:
    for shard in self.shards:
      yield from shard.read()

  def __getitem__(self, place: Any) -> Any:
    if isinstance(place, slice):
      return [self[one] for one in range(*place.indices(len(self)))]
    place = range(len(self))[place]
    number = next(n for n, end in enumerate(self._ends) if place < end)
    if self._last[0] != number:
      self._last = (number, self.shards[number].read())
    return self._last[1][place - self._ends[number]]


def read_shards(
  files: Sequence[File], key: Mapping[str, Any]
) -> tuple[Sequence[Piece], Dropped]:
  """Reads files in shards, from the cache if they were read before.

  Args:
    files: sorted by path.
    key: what pieces depend on besides the files: versions of the readers, and
      `as_written`, see zoo.music.reading.

  Returns:
    The pieces, in the files' order, and (id, reason) for whatever was not
    read.
  """
  shards = [Shard(some, key) for some in cut(files)]
  new = [shard for shard in shards if not parsed.exists(shard.fingerprint)]
  names = [file[:2] for shard in new for file in shard.files]
  rows = stream(names, as_written=key.get('as_written', False))
  waiting = {id(shard) for shard in new}
  dropped: Dropped = []
  try:
    for shard in shards:
      if id(shard) in waiting:
        found = shard.keep(_sorted(itertools.islice(rows, len(shard.files))))
      else:
        found = shard.found()
      shard.count = len(found[0])
      dropped += found[1]
  finally:
    rows.close()
  return Pieces(shards), dropped


def cut(files: Sequence[File]) -> Iterator[list[File]]:
  """Splits files into shards, by hash of a name, number of files or size."""
  some: list[File] = []
  size = 0
  for file in files:
    if some and (len(some) == _MOST_FILES or size + file.size > _BYTES):
      yield some
      some, size = [], 0
    some.append(file)
    size += file.size
    if zlib.crc32(file.id.encode()) % _FILES == 0:
      yield some
      some, size = [], 0
  if some:
    yield some


def _sorted(rows):
  """Splits what `stream` yields into pieces and (id, reason)."""
  pieces, dropped = [], []
  for found in itertools.chain.from_iterable(rows):
    (pieces if isinstance(found, Piece) else dropped).append(found)
  return pieces, dropped
