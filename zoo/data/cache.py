"""Cached files: an owner-only directory, arrays, no pickles.

Whoever can write to a cache can change what a program computes, so only its
owner may access it.
"""

from collections.abc import Mapping
import contextlib
import json
import os
from pathlib import Path
import tempfile
import time
from typing import Any
import zipfile
import zlib

import numpy as np

from zoo.contracts import UserError

_ABOUT = 'about'  # The array that holds JSON as bytes.


class Damaged(Exception):
  """A cache file that does not hold what was written."""


def default_cache() -> Path:
  """`music-zoo` in $XDG_CACHE_HOME, or in ~/.cache."""
  given = os.environ.get('XDG_CACHE_HOME', '')
  base = Path(given) if os.path.isabs(given) else Path.home() / '.cache'
  return base / 'music-zoo'


def own_directory(directory: Path) -> Path:
  """Creates a directory that only its owner can access (mode 0700).

  Args:
    directory: created, with its parents, if it does not exist.

  Returns:
    The directory.

  Raises:
    OSError: it cannot be created, or its mode cannot be changed.
    UserError: it belongs to another user.
  """
  directory.mkdir(mode=0o700, parents=True, exist_ok=True)
  status = directory.stat()
  if status.st_uid != os.getuid():
    raise UserError(
      f'The cache directory {directory} belongs to another user: set '
      'XDG_CACHE_HOME to a directory of your own.'
    )
  if status.st_mode & 0o077:
    directory.chmod(0o700)
  return directory


def prune(directory: Path, days: float = 30) -> None:
  """Deletes files that were not read or written for some days, recursively.

  Every edit of the package leaves stale compiled programs behind. On a file
  system without access times, files in use are recreated once a month.
  """
  oldest = time.time() - days * 24 * 3600
  for folder, _, names in os.walk(directory):
    for name in names:
      path = Path(folder, name)
      with contextlib.suppress(OSError):  # deleted or owned by someone else
        status = path.lstat()
        if max(status.st_atime, status.st_mtime) < oldest:
          path.unlink()


def write_arrays(
  path: Path, arrays: Mapping[str, np.ndarray], about: Mapping[str, Any]
) -> None:
  """Writes arrays and JSON values atomically.

  Args:
    path: the .npz file.
    arrays: by name; the name `about` is reserved.
    about: JSON values.

  Raises:
    OSError: the file could not be written; no partial file is left.
  """
  text = np.frombuffer(json.dumps(about).encode(), np.uint8)
  named: dict[str, Any] = {**arrays, _ABOUT: text}
  with tempfile.NamedTemporaryFile(
    dir=path.parent, suffix='.part', delete=False
  ) as file:
    temporary = Path(file.name)
    try:
      np.savez(file, **named)
      file.close()
      temporary.replace(path)
    except BaseException:
      temporary.unlink(missing_ok=True)
      raise


def read_arrays(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
  """Arrays and JSON values that `write_arrays` wrote.

  Args:
    path: the .npz file.

  Raises:
    FileNotFoundError: there is none.
    Damaged: it holds something else.
  """
  try:
    with path.open('rb') as file, np.load(file, allow_pickle=False) as stored:
      arrays = {name: stored[name] for name in stored.files}
    return arrays, json.loads(arrays.pop(_ABOUT).tobytes())
  except FileNotFoundError:
    raise
  except (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    EOFError,
    NotImplementedError,
    zipfile.BadZipFile,
    zlib.error,
  ) as error:
    raise Damaged(str(error)) from error
