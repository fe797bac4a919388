"""Floating-point operations of a function, counted from its jaxpr.

Matrix products and convolutions are counted as multiplications and additions,
times the lengths of the scans around them; element-wise operations are not.
The compiler counts the body of a scan only once, which misses nearly all of a
recurrent network.
"""

from collections.abc import Callable, Iterator
import math

import jax
import jax.extend
import numpy as np

from zoo.contracts import Tree


def flops(function: Callable[..., Tree], *args: Tree) -> int:
  """Operations of the products in `function(*args)`, over all devices.

  Nothing is run or compiled. A scan counts its body times its length, a
  conditional its most expensive branch, a map over devices its body once for
  each device. A while loop of unknown length counts one iteration.

  Args:
    function: anything that jax can trace.
    *args: arrays, or jax.ShapeDtypeStruct in their place.

  Returns:
    2 * multiply-adds.
  """
  return _count(jax.make_jaxpr(function)(*args).jaxpr)


def _count(jaxpr) -> int:
  return sum(_operations(equation) for equation in jaxpr.eqns)


def _operations(equation) -> int:
  name, params = equation.primitive.name, equation.params
  if name == 'dot_general':
    return _product(equation)
  if name == 'conv_general_dilated':
    return _convolution(equation)
  bodies = [_count(jaxpr) for jaxpr in _jaxprs(params.values())]
  if name == 'cond':
    return max(bodies)
  if name == 'scan':
    return params['length'] * sum(bodies)
  if name == 'shard_map':
    return params['mesh'].size * sum(bodies)
  if name == 'xla_pmap':
    return params['global_axis_size'] * sum(bodies)
  return sum(bodies)


def _jaxprs(values) -> Iterator:
  """Every jaxpr among the parameters of an equation."""
  for value in values:
    if isinstance(value, jax.extend.core.ClosedJaxpr):
      yield value.jaxpr
    elif isinstance(value, jax.extend.core.Jaxpr):
      yield value
    elif isinstance(value, tuple | list):
      yield from _jaxprs(value)


def _product(equation) -> int:
  """2 * (elements of the result) * (length of the contracted axes)."""
  left = equation.invars[0].aval.shape
  (contracted, _), _ = equation.params['dimension_numbers']
  length = math.prod(left[axis] for axis in contracted)
  return 2 * math.prod(equation.outvars[0].aval.shape) * length


def _convolution(equation) -> int:
  """2 * multiply-adds, without those with a zero of padding or dilation."""
  params = equation.params
  numbers = params['dimension_numbers']
  source, kernel = (variable.aval.shape for variable in equation.invars[:2])
  result = equation.outvars[0].aval.shape
  batch, features = (result[axis] for axis in numbers.out_spec[:2])
  total = 2 * batch * features * kernel[numbers.rhs_spec[1]]
  for axis, (padding, stride, spread, dilation) in enumerate(
    zip(
      params['padding'],
      params['window_strides'],
      params['lhs_dilation'],
      params['rhs_dilation'],
      strict=True,
    )
  ):
    length = source[numbers.lhs_spec[2 + axis]]
    taps = np.arange(kernel[numbers.rhs_spec[2 + axis]]) * dilation
    starts = np.arange(result[numbers.out_spec[2 + axis]]) * stride
    place = starts[:, None] + taps - padding[0]
    inside = (place >= 0) & (place <= (length - 1) * spread)
    total *= int((inside & (place % spread == 0)).sum())
  return total
