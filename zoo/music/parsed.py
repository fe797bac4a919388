"""Corpora that are parsed once, kept, and read back in a moment.

To parse the chorales takes some twenty seconds, and every new encoder and
option of one asks for them again. What is kept is arrays and JSON, in the
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

VERSION = 3  # Part of the name: count up when this file changes.


def parsed_once(
  key: Mapping[str, Any], licence: str, read: Callable[[], Found]
) -> Dataset:
  """A dataset whose pieces are parsed when they are read for the first time.

  Args:
    key: all that the pieces depend on, as JSON: files, options, and versions
      of what parses them and of where they come from.
    licence: of the music.
    read: () -> pieces and (id, reason) of what was dropped.
  """
  fingerprint = hashlib.sha256(json.dumps(key).encode()).hexdigest()
  return Dataset(fingerprint, licence, lambda: once(fingerprint, read))


def once(fingerprint: str, read: Callable[[], Found]) -> Found:
  """What `read` gives, from the cache where it was called before.

  Args:
    fingerprint: of all that the pieces depend on, in hexadecimal digits.
    read: as `parsed_once` has it.

  Raises:
    UserError: the cache directory belongs to somebody else.
  """
  found = load(fingerprint)
  if found is None:
    found = read()
    save(fingerprint, *found)
  return found


def exists(fingerprint: str) -> bool:
  """Whether the cache has something under this fingerprint, sound or not."""
  path = _path(fingerprint)
  return path is not None and path.is_file()


def load(fingerprint: str) -> Found | None:
  """What the cache has under a fingerprint; None if nothing, or damaged.

  Raises:
    UserError: the cache directory belongs to somebody else.
  """
  path = _path(fingerprint)
  if path is None:
    return None
  try:
    return _load(path)
  except (FileNotFoundError, Damaged):
    return None


def save(fingerprint: str, pieces: list[Piece], dropped: Dropped) -> bool:
  """Writes one table of all notes; a full disk is no reason to fail.

  Returns:
    whether it is in the cache now.
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
  """The file of a fingerprint; None where there can be no cache."""
  try:
    folder = own_directory(default_cache())
  except OSError:
    return None
  return folder / f'pieces-{VERSION}-{fingerprint[:32]}.npz'


def _load(path: Path) -> Found:
  # Millions of small objects, none of them garbage: collecting takes longer.
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
