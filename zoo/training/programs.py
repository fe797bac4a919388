"""Traced programs, kept from one process to the next.

Jax keeps what it compiled, but must trace a program to know that it has it,
and tracing is a third of the time to the first step of a run. So what was
traced is kept, too: by jax.export, in a format of its own, under the hash of
all that it was traced from. Nothing is unpickled.
"""

from collections.abc import Callable, Mapping
import functools
import hashlib
import json
from pathlib import Path
from typing import Any

import jax
from jax import export
import numpy as np

from zoo.cache import Damaged, own_directory, read_arrays, write_arrays
from zoo.contracts import Tree
from zoo.versions import versions

# (name, program, *arguments) -> program: the same function of arrays like
# these, to be compiled. What it gives is in dicts, lists and tuples.
Trace = Callable[..., Callable[..., Tree]]

# What jax.export raises at a program that it has no format for, and without
# the package that writes it. Tracing raises the like, and then does so again.
_CANNOT = (ImportError, NotImplementedError, TypeError, ValueError)


def anew(name: str, program: Callable, *arguments: Tree) -> Callable:
  """Keeps nothing: the program is traced in each process."""
  del name, arguments
  return program


def keeper(directory: Path, made_from: Mapping[str, Any]) -> Trace:
  """Traces each program once, and keeps it in `directory`.

  A program runs the way back from its file in the process that traced it as
  well, so that a run carried on computes what the unbroken one does. Over
  several devices programs speak to one another, and are traced each time.

  Args:
    directory: of one .npz file a program; made for its owner alone. Where it
      cannot be made, nothing is kept.
    made_from: JSON values that decide what the programs are, beside the
      source of this package, the versions and jax's settings.

  Raises:
    UserError: the directory belongs to another user.
  """
  if jax.device_count() > 1:
    return anew
  try:
    own_directory(directory)
  except OSError:
    return anew

  def keep(name, program, *arguments):
    shapes = jax.tree.map(_shape, arguments)
    named = [name, json.dumps(made_from, sort_keys=True), str(shapes)]
    key = hashlib.sha256('\n'.join([*named, _origin()]).encode())
    path = directory / f'{key.hexdigest()}.npz'
    kept = _read(path)
    if kept is None:
      try:
        kept = _write(path, program, shapes)
      except _CANNOT:
        return program
    return lambda *given: kept.call(*jax.tree.leaves(given))

  return keep


def _write(path, program, shapes):
  leaves, structure = jax.tree.flatten(shapes)

  def flat(*leaves):
    return program(*jax.tree.unflatten(structure, leaves))

  stored = export.export(jax.jit(flat))(*leaves).serialize()
  try:
    array = np.frombuffer(stored, np.uint8)
    write_arrays(path, {'program': array}, {})
  except OSError:
    pass  # a full disk: the next process traces again
  return export.deserialize(stored)


def _read(path):
  try:
    arrays, _ = read_arrays(path)  # checks its sum
    return export.deserialize(bytearray(arrays['program'].tobytes()))
  except (Damaged, FileNotFoundError, *_CANNOT):
    return None


def _shape(leaf):
  return jax.ShapeDtypeStruct(np.shape(leaf), jax.dtypes.result_type(leaf))


@functools.cache
def _source():
  """The digest of every file of this package."""
  root = Path(__file__).parents[1]
  whole = hashlib.sha256()
  for path in sorted(root.rglob('*.py')):
    content = path.read_bytes()
    whole.update(f'{path.relative_to(root)} {len(content)}\n'.encode())
    whole.update(content)
  return whole.hexdigest()


def _origin():
  """What a program depends on beside the experiment."""
  device = jax.devices()[0]
  settings = sorted(jax.config.values.items())
  return repr([_source(), versions(), device.platform, settings])
