"""A jax function as a program of few operations, in JSON.

The page of a latent model runs its network in JavaScript (see
zoo/pages/runtime.js). A program is the function's jaxpr with calls inlined,
products in one form, and unused equations removed:

  values      [[dtype, shape], ...]; a value is its index in this list
  inputs      values that the caller passes
  outputs     values that are returned
  constants   {value: number of a weight}
  equations   [[operation, options, values read, values written], ...]

The body of a loop is a program, too, which may also read outer values. Types
are float32, int32, uint32, bool and key, a random key of two uint32; narrower
integers and floats are widened.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
from jax.extend import core
import jax.numpy as jnp
import numpy as np

from zoo.contracts import UserError
from zoo.export.operations import ELEMENTWISE, OPTIONS, SPECIAL

Value = int
Equation = list

# Operations that leave values unchanged.
_SAME = ('copy_p', 'optimization_barrier', 'reduce_precision', 'stop_gradient')
# Calls, and the option that holds the called jaxpr.
_CALLS = {
  'pjit': 'jaxpr',
  'jit': 'jaxpr',
  'closed_call': 'call_jaxpr',
  'core_call': 'call_jaxpr',
  'custom_jvp_call': 'call_jaxpr',
  'custom_vjp_call': 'call_jaxpr',
  'custom_vjp_call_jaxpr': 'fun_jaxpr',
  'remat': 'jaxpr',
  'checkpoint': 'jaxpr',
}


class Program(NamedTuple):
  """One exported function.

  Attributes:
    values, inputs, outputs, constants, equations: see above, but `constants`
      is {value: array, or the number of a leaf of the parameters}.
  """

  values: list[tuple[str, tuple[int, ...]]]
  inputs: list[Value]
  outputs: list[Value]
  constants: dict[Value, Any]
  equations: list[Equation]


class Positive:
  """A traced temperature that is known to be above 0.

  Models evaluate `temperature == 0` while they are traced, which a traced
  number does not support.
  """

  def __init__(self, value: Any):
    self._value = value

  def __jax_array__(self) -> Any:
    return self._value

  def __eq__(self, other: object) -> bool:
    return False

  def __ne__(self, other: object) -> bool:
    return True

  __hash__ = None  # type: ignore[assignment]


def export(
  function: Callable[..., Any], variables: Any, *inputs: Any
) -> Program:
  """The program of `function(variables, *inputs)`.

  Args:
    function: of arrays; returns a tree of arrays, flattened in the program.
    variables: a tree of arrays; its leaves become numbers of weights.
    *inputs: examples of the arrays that the caller passes, or their shapes.

  Raises:
    UserError: an operation that the runtime does not have.
  """
  closed = jax.make_jaxpr(function)(variables, *inputs)
  writer = _Writer()
  count = len(jax.tree.leaves(variables))
  known = [writer.new(var.aval) for var in closed.jaxpr.invars]
  for number, value in enumerate(known[:count]):
    writer.constants[value] = number
  outputs = writer.inline(closed, known)
  equations, needed = _alive(writer.equations, outputs)
  return Program(
    writer.values,
    known[count:],
    outputs,
    {k: v for k, v in writer.constants.items() if k in needed},
    equations,
  )


class _Writer:
  """Writes equations; loop bodies have their own writers and share values."""

  def __init__(self, parent: '_Writer | None' = None):
    self.values: list = parent.values if parent else []
    self.constants: dict[Value, Any] = parent.constants if parent else {}
    self.equations: list[Equation] = []

  def inner(self) -> '_Writer':
    """The writer of a loop's body."""
    return _Writer(self)

  def new(self, aval: Any) -> Value:
    return self.make(_dtype(aval.dtype), aval.shape)

  def make(self, dtype: str, shape: Sequence[int]) -> Value:
    self.values.append((dtype, tuple(map(int, shape))))
    return len(self.values) - 1

  def constant(self, array: Any) -> Value:
    array = np.asarray(array)
    value = self.make(_dtype(array.dtype), array.shape)
    self.constants[value] = array
    return value

  def emit(
    self,
    operation: str,
    options: Mapping[str, Any],
    read: Sequence[Value],
    written: Sequence[Value],
  ) -> None:
    options = {name: _plain(value) for name, value in options.items()}
    self.equations.append([operation, options, [*read], [*written]])

  def result(self, operation, options, read, dtype, shape) -> Value:
    """The value of a new equation."""
    value = self.make(dtype, shape)
    self.emit(operation, options, read, [value])
    return value

  def spread(self, value: Value, shape: tuple[int, ...]) -> Value:
    """Broadcasts axes of length 1 to a shape; single numbers are unchanged."""
    dtype, own = self.values[value]
    if own == shape or np.prod(own) == 1:
      return value
    axes = {'axes': [*range(len(shape))]}
    return self.result('broadcast_in_dim', axes, [value], dtype, shape)

  def inline(self, closed: Any, arguments: Sequence[Value]) -> list[Value]:
    """The outputs of a jaxpr whose inputs are `arguments`."""
    jaxpr = getattr(closed, 'jaxpr', closed)
    where = dict(zip(jaxpr.invars, arguments, strict=True))
    for var, array in zip(
      jaxpr.constvars, getattr(closed, 'consts', ()), strict=True
    ):
      where[var] = self.constant(array)

    def read(atom):
      if isinstance(atom, core.Literal):
        return self.constant(np.asarray(atom.val, atom.aval.dtype))
      return where[atom]

    for equation in jaxpr.eqns:
      made = self.equation(equation, [*map(read, equation.invars)])
      where.update(zip(equation.outvars, made, strict=True))
    return [*map(read, jaxpr.outvars)]

  def equation(self, equation: Any, read: list[Value]) -> Sequence[Value]:
    """Writes one equation of a jaxpr; returns the values that it makes."""
    name = equation.primitive.name
    if name in _SAME:
      return read
    if name in _CALLS:
      return self.inline(equation.params[_CALLS[name]], read)
    if name in SPECIAL:
      return SPECIAL[name](self, equation, read)
    made = [self.new(var.aval) for var in equation.outvars]
    if name in ELEMENTWISE:
      shape = equation.outvars[0].aval.shape
      self.emit(name, {}, [self.spread(one, shape) for one in read], made)
    elif name in OPTIONS:
      self.emit(name, OPTIONS[name](equation.params), read, made)
    else:
      raise UserError(
        f'This model uses the operation {name}, which the page cannot run: '
        'use a model without it.'
      )
    return made


def _plain(value: Any) -> Any:
  """Options as JSON values: jax returns some axes as numpy integers."""
  if isinstance(value, tuple | list):
    return [_plain(one) for one in value]
  return int(value) if isinstance(value, np.integer) else value


def _dtype(dtype: Any) -> str:
  if jnp.issubdtype(dtype, jax.dtypes.prng_key):
    return 'key'
  if dtype == jnp.bool_:
    return 'bool'
  if jnp.issubdtype(dtype, jnp.unsignedinteger):
    return 'uint32'
  if jnp.issubdtype(dtype, jnp.integer):
    return 'int32'
  if jnp.issubdtype(dtype, jnp.floating):
    return 'float32'
  raise UserError(f'This model computes in {dtype}, which the page cannot run.')


def _alive(
  equations: Sequence[Equation], outputs: Sequence[Value]
) -> tuple[list[Equation], set[Value]]:
  """The equations that the outputs depend on, and the values that they read."""
  needed, kept = set(outputs), []
  for name, options, read, written in reversed(equations):
    if not needed & set(written):
      continue
    if name == 'scan':
      options, read, written = _alive_scan(options, read, written, needed)
    elif name in ('while', 'cond'):
      parts = []
      for part in options['parts']:
        body, inner = _alive(part['equations'], part['outputs'])
        parts.append({**part, 'equations': body})
        needed |= inner
      options = {**options, 'parts': parts}
    needed |= set(read)
    kept.append([name, options, read, written])
  return kept[::-1], needed


def _alive_scan(options, read, written, needed):
  """A scan without unused rows; adds the values that it reads to `needed`."""
  carries = options['carries']
  body = options['parts'][0]
  rows = [
    place for place, value in enumerate(written[carries:]) if value in needed
  ]
  outputs = body['outputs'][:carries] + [
    body['outputs'][carries + place] for place in rows
  ]
  equations, inner = _alive(body['equations'], outputs)
  needed |= inner
  columns = [
    place
    for place, value in enumerate(body['inputs'][carries:])
    if value in inner
  ]

  def of(values, places):
    return [*values[:carries], *(values[carries + place] for place in places)]

  part = {
    'inputs': of(body['inputs'], columns),
    'outputs': outputs,
    'equations': equations,
  }
  options = {**options, 'parts': [part]}
  return options, of(read, columns), of(written, rows)
