"""Traced programs, cached on disk.

Jax caches compiled programs, but must trace a program to find it there, and
tracing is a third of the time to the first step of a run. So traces are cached
as well: by jax.export, in its own format, under the hash of everything that
the trace depends on. Nothing is unpickled.
"""

from collections.abc import Callable, Mapping
import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import jax
from jax import export
import numpy as np

from zoo.contracts import Tree
from zoo.data.cache import Damaged, own_directory, read_arrays, write_arrays
from zoo.versions import versions

# (name, program, *arguments) -> program: the same function of arrays like
# these, to be compiled.
Trace = Callable[..., Callable[..., Tree]]

# What jax.export raises for programs that it cannot serialize, or for trees
# other than dicts, lists, tuples and registered types.
_CANNOT = (NotImplementedError, TypeError, ValueError)

# Settings of jax that only concern where it writes, and how much.
_ELSEWHERE = (
  'jax_compilation_cache',
  'jax_persistent_cache',
  'jax_log',
  'jax_dump',
)


def uncached(name: str, program: Callable, *arguments: Tree) -> Callable:
  """Caches nothing: the program is traced in each process."""
  del name, arguments
  return program


def keeper(directory: Path, made_from: Mapping[str, Any]) -> Trace:
  """Traces each program once, and caches it in `directory`.

  The process that traces a program also runs the cached form, so that a resumed
  run uses the same programs as an uninterrupted one. With several devices
  programs communicate, and are traced each time.

  Args:
    directory: has one .npz file per program; created readable by its owner
      only.
    made_from: JSON values that determine the programs, besides the source of
      this package, the versions and the settings of jax and flax. A loss from
      outside the package must be identified here, since its source is not
      hashed. The order of keys matters: the first matching pattern of an
      optimizer wins.

  Raises:
    UserError: the directory belongs to another user.
  """
  if jax.device_count() > 1:
    return uncached
  # Without a directory nothing is read or written.
  with contextlib.suppress(OSError):
    own_directory(directory)

  def trace(name, program, *arguments):
    shapes = jax.tree.map(_shape, arguments)
    named = [name, json.dumps(made_from), str(shapes), _origin()]
    key = hashlib.sha256('\n'.join(named).encode()).hexdigest()
    path = directory / f'{key}.npz'
    kept = _read(path)
    if kept is None:
      try:
        kept = _export(program, shapes)
      except _CANNOT:  # The program's own errors are raised again later.
        return program
      _write(path, kept)
    return lambda *given: kept.call(*jax.tree.leaves(given))

  return trace


def _export(program, shapes):
  leaves, structure = jax.tree.flatten(shapes)

  def flat(*leaves):
    return program(*jax.tree.unflatten(structure, leaves))

  return export.export(jax.jit(flat))(*leaves)


def _write(path, exported):
  """Caches a program if possible; otherwise the next process traces it."""
  if _digest() != _SOURCE:
    return  # A source file was edited after its import.
  # No format, no flatbuffers to write with, or a full disk.
  with contextlib.suppress(ImportError, OSError, *_CANNOT):
    array = np.frombuffer(exported.serialize(), np.uint8)
    write_arrays(path, {'program': array}, {})


def _read(path):
  try:
    arrays, _ = read_arrays(path)  # Verifies the checksum.
    return export.deserialize(bytearray(arrays['program'].tobytes()))
  except (Damaged, FileNotFoundError, ImportError, *_CANNOT):
    return None


def _shape(leaf):
  return jax.ShapeDtypeStruct(np.shape(leaf), jax.dtypes.result_type(leaf))


def _origin():
  """What a program depends on besides the experiment."""
  settings = [
    (name, value)
    for name, value in sorted(jax.config.values.items())
    if not name.startswith(_ELSEWHERE)
  ]
  settings += sorted(
    item for item in os.environ.items() if item[0].startswith('FLAX_')
  )
  return repr([_SOURCE, versions(), jax.devices()[0].platform, settings])


def _digest():
  """The digest of every file of this package on disk."""
  root = Path(__file__).parents[1]
  whole = hashlib.sha256()
  for path in sorted(root.rglob('*.py')):
    content = path.read_bytes()
    whole.update(f'{path.relative_to(root)} {len(content)}\n'.encode())
    whole.update(content)
  return whole.hexdigest()


# Computed when the package is imported.
_SOURCE = _digest()
