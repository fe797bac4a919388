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
from jax import lax
from jax.extend import core
import jax.numpy as jnp
import numpy as np

from zoo.contracts import UserError

Value = int
Equation = list

# Operations with inputs and output of one shape; the runtime ignores their
# options.
ELEMENTWISE = frozenset(
  'abs add and ceil clamp copy cos div eq erf erf_inv erfc exp expm1 floor ge '
  'gt is_finite le log log1p logistic lt max min mul ne neg not or pow rem '
  'round rsqrt select_n shift_left shift_right_arithmetic shift_right_logical '
  'sign sin sqrt square sub tanh xor'.split()
)
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
    if name in _SPECIAL:
      return _SPECIAL[name](self, equation, read)
    made = [self.new(var.aval) for var in equation.outvars]
    if name in ELEMENTWISE:
      shape = equation.outvars[0].aval.shape
      self.emit(name, {}, [self.spread(one, shape) for one in read], made)
    elif name in _OPTIONS:
      self.emit(name, _OPTIONS[name](equation.params), read, made)
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


# --- Operations that are converted to others.


def _dot(writer, equation, read):
  """Any product as [B, M, K] x [B, K, N], after transpositions."""
  (left_k, right_k), (left_b, right_b) = equation.params['dimension_numbers']
  shapes = [var.aval.shape for var in equation.invars]
  left_m = _others(shapes[0], left_k, left_b)
  right_n = _others(shapes[1], right_k, right_b)
  left = _transpose(writer, read[0], (*left_b, *left_m, *left_k))
  right = _transpose(writer, read[1], (*right_b, *right_k, *right_n))
  sizes = [
    int(np.prod([shapes[side][axis] for axis in axes]))
    for side, axes in ((0, left_b), (0, left_m), (0, left_k), (1, right_n))
  ]
  made = writer.new(equation.outvars[0].aval)
  writer.emit('dot', {'sizes': sizes}, [left, right], [made])
  return [made]


def _others(shape, *used):
  taken = {axis for axes in used for axis in axes}
  return tuple(axis for axis in range(len(shape)) if axis not in taken)


def _transpose(writer, value, axes):
  if axes == tuple(range(len(axes))):
    return value
  dtype, shape = writer.values[value]
  moved = [shape[axis] for axis in axes]
  return writer.result('transpose', {'axes': axes}, [value], dtype, moved)


def _split(writer, equation, read):
  """One slice per part."""
  axis, first, made = equation.params['axis'], 0, []
  rank = len(equation.invars[0].aval.shape)
  for var in equation.outvars:
    starts = [0] * rank
    starts[axis] = first
    first += var.aval.shape[axis]
    value = writer.new(var.aval)
    options = {'starts': starts, 'strides': [1] * rank}
    writer.emit('slice', options, read, [value])
    made.append(value)
  return made


def _scan(writer, equation, read):
  """A loop; its body reads the constants as outer values."""
  params = equation.params
  consts, carries = params['num_consts'], params['num_carry']
  jaxpr = params['jaxpr'].jaxpr
  body = _Writer(writer)
  fresh = [body.new(var.aval) for var in jaxpr.invars[consts:]]
  outputs = body.inline(params['jaxpr'], [*read[:consts], *fresh])
  made = [writer.new(var.aval) for var in equation.outvars]
  options = {
    'length': int(params['length']),
    'reverse': bool(params['reverse']),
    'carries': carries,
    'parts': [
      {'inputs': fresh, 'outputs': outputs, 'equations': body.equations}
    ],
  }
  writer.emit('scan', options, read[consts:], made)
  return made


def _while(writer, equation, read):
  params = equation.params
  asks, does = params['cond_nconsts'], params['body_nconsts']
  carry = read[asks + does :]
  parts = []
  for closed, consts in (
    (params['cond_jaxpr'], read[:asks]),
    (params['body_jaxpr'], read[asks : asks + does]),
  ):
    body = _Writer(writer)
    fresh = [body.new(var.aval) for var in closed.jaxpr.invars[len(consts) :]]
    outputs = body.inline(closed, [*consts, *fresh])
    parts.append(
      {'inputs': fresh, 'outputs': outputs, 'equations': body.equations}
    )
  made = [writer.new(var.aval) for var in equation.outvars]
  writer.emit('while', {'parts': parts}, carry, made)
  return made


def _cond(writer, equation, read):
  parts = []
  for closed in equation.params['branches']:
    body = _Writer(writer)
    outputs = body.inline(closed, read[1:])
    parts.append(
      {'inputs': [], 'outputs': outputs, 'equations': body.equations}
    )
  made = [writer.new(var.aval) for var in equation.outvars]
  writer.emit('cond', {'parts': parts}, read[:1], made)
  return made


def _same_data(writer, equation, read):
  """All kinds of reshapes: the same numbers in the same order."""
  made = writer.new(equation.outvars[0].aval)
  writer.emit('reshape', {}, read[:1], [made])
  return [made]


def _reshape(writer, equation, read):
  if equation.params.get('dimensions') is not None:
    read = [_transpose(writer, read[0], equation.params['dimensions'])]
  return _same_data(writer, equation, read)


def _integer_pow(writer, equation, read):
  made = writer.new(equation.outvars[0].aval)
  dtype = writer.values[read[0]][0]
  power = writer.constant(np.asarray(equation.params['y'], dtype))
  writer.emit('pow', {}, [read[0], power], [made])
  return [made]


def _stack(writer, equation, read):
  """Arrays stacked along a new axis."""
  axis = equation.params['axis']
  made = writer.new(equation.outvars[0].aval)
  dtype, shape = writer.values[made]
  one = (*shape[:axis], 1, *shape[axis + 1 :])
  parts = [writer.result('reshape', {}, [part], dtype, one) for part in read]
  writer.emit('concatenate', {'axis': axis}, parts, [made])
  return [made]


def _random_bits(writer, equation, read):
  if equation.params['bit_width'] != 32:
    raise UserError(
      'This model draws random numbers of other than 32 bits, which the page '
      'cannot run: use a model without them.'
    )
  made = writer.new(equation.outvars[0].aval)
  writer.emit('random_bits', {}, read, [made])
  return [made]


_SPECIAL: dict[str, Callable] = {
  'broadcast': lambda writer, equation, read: _broadcast_leading(
    writer, equation, read
  ),
  'cond': _cond,
  'copy': lambda writer, equation, read: read,
  'dot_general': _dot,
  'expand_dims': _same_data,
  'integer_pow': _integer_pow,
  'random_bits': _random_bits,
  'random_unwrap': _same_data,
  'random_wrap': _same_data,
  'reshape': _reshape,
  'scan': _scan,
  'split': _split,
  'squeeze': _same_data,
  'stack': _stack,
  'while': _while,
}


def _broadcast_leading(writer, equation, read):
  shape = equation.outvars[0].aval.shape
  rank = len(equation.invars[0].aval.shape)
  made = writer.new(equation.outvars[0].aval)
  axes = [*range(len(shape) - rank, len(shape))]
  writer.emit('broadcast_in_dim', {'axes': axes}, read, [made])
  return [made]


def _gather(params):
  numbers = params['dimension_numbers']
  clip = params['mode'] in (
    lax.GatherScatterMode.CLIP,
    lax.GatherScatterMode.PROMISE_IN_BOUNDS,
  )
  fill = params['fill_value']
  return {
    'offset': numbers.offset_dims,
    'collapsed': numbers.collapsed_slice_dims,
    'map': numbers.start_index_map,
    'batch': numbers.operand_batching_dims,
    'indexBatch': numbers.start_indices_batching_dims,
    'sizes': params['slice_sizes'],
    'clip': clip,
    'fill': None if fill is None or fill != fill else float(fill),
  }


# {operation: (options of the jaxpr) -> options of the program}.
_OPTIONS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
  'argmax': lambda p: {'axes': p['axes']},
  'argmin': lambda p: {'axes': p['axes']},
  'bitcast_convert_type': lambda p: {},
  'broadcast_in_dim': lambda p: {'axes': p['broadcast_dimensions']},
  'concatenate': lambda p: {'axis': p['dimension']},
  'convert_element_type': lambda p: {},
  'cumsum': lambda p: {'axis': p['axis'], 'reverse': p['reverse']},
  'dynamic_slice': lambda p: {'sizes': p['slice_sizes']},
  'dynamic_update_slice': lambda p: {},
  'gather': _gather,
  'iota': lambda p: {'axis': p['dimension']},
  'pad': lambda p: {'padding': p['padding_config']},
  'random_fold_in': lambda p: {},
  'random_split': lambda p: {},
  'reduce_and': lambda p: {'axes': p['axes']},
  'reduce_max': lambda p: {'axes': p['axes']},
  'reduce_min': lambda p: {'axes': p['axes']},
  'reduce_or': lambda p: {'axes': p['axes']},
  'reduce_sum': lambda p: {'axes': p['axes']},
  'rev': lambda p: {'axes': p['dimensions']},
  'slice': lambda p: {
    'starts': p['start_indices'],
    'strides': p['strides'] or [1] * len(p['start_indices']),
  },
  'transpose': lambda p: {'axes': p['permutation']},
}
