"""The operations of a program, and how those of jax become them.

ELEMENTWISE operations keep their names and have no options; OPTIONS says what
others keep of their options; SPECIAL writes those that become other operations.
A `writer` is that of zoo.export.program, `equation` an equation of a jaxpr, and
`read` the values that it reads.
"""

from collections.abc import Callable, Mapping
from typing import Any

from jax import lax
import numpy as np

from zoo.contracts import UserError

# Operations with inputs and output of one shape; the runtime ignores their
# options.
ELEMENTWISE = frozenset(
  'abs add and ceil clamp copy cos div eq erf erf_inv erfc exp expm1 floor ge '
  'gt is_finite le log log1p logistic lt max min mul ne neg not or pow rem '
  'round rsqrt select_n shift_left shift_right_arithmetic shift_right_logical '
  'sign sin sqrt square sub tanh xor'.split()
)


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
  body = writer.inner()
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
    body = writer.inner()
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
    body = writer.inner()
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
OPTIONS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
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

# {operation: (writer, equation, values read) -> values written}.
SPECIAL: dict[str, Callable] = {
  'broadcast': _broadcast_leading,
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
