"""Programs and their weights as one JSON value, the weights rounded.

Weights are stored in half or a quarter of the bytes: as float16, or as int8
with one scale per column. `Bundle` also has them as rounded arrays, so that
Python computes with the same numbers as the page.
"""

import base64
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import jax
import numpy as np

from zoo.export.program import Program

Weights = Literal['float16', 'int8', 'float32']

# Arrays up to this size, such as biases, stay float32: they need few bytes and
# affect the result most.
SMALL = 2048
_RUNS = 4  # Run lengths are stored for about this many numbers per run or more.


class Bundle(NamedTuple):
  """The model that a page embeds.

  Attributes:
    model: JSON values: {'weights': [...], 'programs': {name: program}}.
    variables: the tree of arrays, rounded as the page reads them.
  """

  model: dict[str, Any]
  variables: Any


def bundle(
  programs: Mapping[str, Program], variables: Any, weights: Weights
) -> Bundle:
  """Programs of one model, with the weights that they read.

  Args:
    programs: from `export` with these variables.
    variables: the tree of arrays that they were exported with.
    weights: how arrays of more than `SMALL` numbers are stored.
  """
  leaves, tree = jax.tree.flatten(variables)
  arrays = [np.asarray(leaf, np.float32) for leaf in leaves]
  stored = [_store(array, weights) for array in arrays]
  used: list[dict[str, Any]] = []
  place: dict[Any, int] = {}

  def number(constant: Any) -> int:
    leaf = isinstance(constant, int)
    key: Any = constant
    if not leaf:
      key = constant.dtype.str, constant.shape, constant.tobytes()
    if key not in place:
      place[key] = len(used)
      used.append(stored[constant] if leaf else exact(constant))
    return place[key]

  written = {
    name: {
      'values': one.values,
      'inputs': one.inputs,
      'outputs': one.outputs,
      'constants': [[k, number(v)] for k, v in one.constants.items()],
      'equations': one.equations,
    }
    for name, one in programs.items()
  }
  rounded = [load(one) for one in stored]
  return Bundle(
    {'weights': used, 'programs': written},
    jax.tree.unflatten(tree, rounded),
  )


def exact(array: np.ndarray) -> dict[str, Any]:
  """A constant, stored without loss as numbers, run lengths, or float32."""
  flat = np.asarray(array)
  shape, flat = [*flat.shape], flat.reshape(-1)
  if flat.dtype == bool:
    flat = flat.astype(np.int32)
  ends = np.flatnonzero(np.append(flat[1:] != flat[:-1], True)) + 1
  if len(flat) and len(ends) * _RUNS < len(flat) + 32:
    lengths = np.diff(ends, prepend=0)
    runs = [
      [_number(flat[end - 1]), int(length)]
      for end, length in zip(ends, lengths, strict=True)
    ]
    return {'shape': shape, 'runs': runs}
  if flat.dtype.kind in 'iu':
    return {'shape': shape, 'numbers': flat.tolist()}
  return {'shape': shape, 'float32': _text(flat.astype('<f4'))}


def _number(value: Any) -> Any:
  """A JSON number, or 'nan', 'inf' or '-inf'."""
  found = value.item()
  if isinstance(found, float) and not np.isfinite(found):
    return str(found)
  return found


def _store(array: np.ndarray, weights: Weights) -> dict[str, Any]:
  shape = [*array.shape]
  if array.size <= SMALL or weights == 'float32':
    return {'shape': shape, 'float32': _text(array.astype('<f4'))}
  if weights == 'float16':
    largest = np.finfo(np.float16).max
    half = np.clip(array, -largest, largest).astype('<f2')
    return {'shape': shape, 'float16': _text(half)}
  columns = array.reshape(-1, array.shape[-1])
  scale = np.abs(columns).max(0) / 127
  scale = np.where(scale > 0, scale, 1).astype('<f4')
  steps = np.clip(np.round(columns / scale), -127, 127).astype(np.int8)
  return {'shape': shape, 'int8': _text(steps), 'scale': _text(scale)}


def load(stored: Mapping[str, Any]) -> np.ndarray:
  """The array that a page reads from an array stored by `bundle`."""

  def read(name, dtype):
    return np.frombuffer(base64.b64decode(stored[name]), dtype)

  shape = stored['shape']
  if 'float32' in stored:
    return read('float32', '<f4').reshape(shape)
  if 'float16' in stored:
    return read('float16', '<f2').astype(np.float32).reshape(shape)
  scale = read('scale', '<f4')
  steps = read('int8', np.int8).reshape(-1, len(scale)).astype(np.float32)
  return (steps * scale).reshape(shape)


def _text(array: np.ndarray) -> str:
  return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
