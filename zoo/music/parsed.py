"""A cache of parsed corpora.

Parsing the chorales takes about twenty seconds, and every new encoder or
encoder option needs them again. The cache holds arrays and JSON, in the
owner-only directory of zoo.data.cache; nothing is pickled.
"""

from collections.abc import Callable, Mapping
import gc
import hashlib
import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np

from zoo.contracts import Dataset
from zoo.data.cache import (
  Damaged,
  default_cache,
  own_directory,
  read_arrays,
  write_arrays,
)
from zoo.music.piece import Notes, Piece, from_json, to_json
from zoo.music.reading import Dropped

Found = tuple[list[Piece], Dropped]

VERSION = 3  # In the file's name: increment when this file changes.


def parsed_once(
  key: Mapping[str, Any], licence: str, read: Callable[[], Found]
) -> Dataset:
  """A dataset whose pieces are parsed once, when they are first read.

  Args:
    key: everything that the pieces depend on, as JSON: files, options, and
      versions of the parsers and of the source.
    licence: of the music.
    read: () -> pieces and (id, reason) of what was dropped.
  """
  fingerprint = hashlib.sha256(json.dumps(key).encode()).hexdigest()
  return Dataset(fingerprint, licence, lambda: once(fingerprint, read))


def once(fingerprint: str, read: Callable[[], Found]) -> Found:
  """The result of `read`, from the cache if there is one.

  Args:
    fingerprint: of everything that the pieces depend on, in hexadecimal digits.
    read: as in `parsed_once`.

  Raises:
    UserError: the cache directory belongs to another user.
  """
  found = load(fingerprint)
  if found is None:
    found = read()
    save(fingerprint, *found)
  return found


def exists(fingerprint: str) -> bool:
  """Whether the cache has a file for this fingerprint, damaged or not."""
  path = _path(fingerprint)
  return path is not None and path.is_file()


def load(fingerprint: str) -> Found | None:
  """The cached pieces of a fingerprint; None if there are none, or damaged.

  Raises:
    UserError: the cache directory belongs to another user.
  """
  path = _path(fingerprint)
  if path is None:
    return None
  try:
    return _load(path)
  except (FileNotFoundError, Damaged):
    return None


def save(fingerprint: str, pieces: list[Piece], dropped: Dropped) -> bool:
  """Writes pieces to the cache, as one table of notes, if that is possible.

  Returns:
    Whether they are in the cache now.

  Raises:
    UserError: the cache directory belongs to another user.
  """
  path = _path(fingerprint)
  if path is None:
    return False
  tables = [piece.notes for piece in pieces]
  columns = {
    name: np.concatenate([getattr(table, name) for table in tables])
    for name in Notes._fields
    if tables
  }
  about = {
    'pieces': [to_json(piece) for piece in pieces],
    'counts': [len(table.start) for table in tables],
    'dropped': dropped,
  }
  try:
    write_arrays(path, columns, about)
  except OSError:
    return False
  return True


def _path(fingerprint):
  """The file of a fingerprint; None if there can be no cache."""
  try:
    folder = own_directory(default_cache())
  except OSError:
    return None
  return folder / f'pieces-{VERSION}-{fingerprint[:32]}.npz'


def _load(path: Path) -> Found:
  # Garbage collection would be slow: millions of small objects, all in use.
  collects = gc.isenabled()
  gc.disable()
  try:
    return _read_back(path)
  finally:
    if collects:
      gc.enable()


def _read_back(path):
  columns, about = read_arrays(path)
  try:
    ends = np.cumsum([0, *about['counts']]).tolist()
    tables = [
      Notes(*(columns[name][start:end] for name in Notes._fields))
      for start, end in itertools.pairwise(ends)
    ]
    pieces = [
      from_json(values, table)
      for values, table in zip(about['pieces'], tables, strict=True)
    ]
    return pieces, [(name, reason) for name, reason in about['dropped']]
  except (KeyError, TypeError, ValueError) as error:
    raise Damaged(str(error)) from error
