"""RNN, LSTM and GRU over time as pure functions, with fast custom gradients.

  - One matrix holds all gates, [H, 4H] or [H, 3H]: a step is one product.
  - A sigmoid is a scaled tanh, 1 / (1 + e^-x) = (1 + tanh(x / 2)) / 2, so that
    all gates of an LSTM take one elementwise pass.
  - The backward scan computes only the gates' gradient; the weights' gradient
    is one product over all steps, after it.

Everything here is time-major. In bfloat16 the products and the saved
activations are bfloat16; sums and carries stay float32.

Source: Hochreiter & Schmidhuber 1997; Cho et al. 2014, arXiv 1406.1078, with
the reset gate after the product (cuDNN's and Flax's variant).
"""

import functools

import jax
from jax import lax
import jax.numpy as jnp
import numpy as np


def _activate(gates):
  """sigmoid, sigmoid, tanh, sigmoid of the four quarters, in one pass."""
  scale = np.repeat(np.float32([0.5, 0.5, 1, 0.5]), gates.shape[-1] // 4)
  return scale * jnp.tanh(scale * gates) + (1 - scale)


def _times(a, b):
  """a @ b in the dtype of b, summed in float32."""
  return jnp.matmul(a.astype(b.dtype), b, preferred_element_type=jnp.float32)


def _weights_gradient(states, gradient):
  """sum_t states_t^T gradient_t as one product: [H, G].

  The barrier makes XLA transpose the states first. If G is a multiple of 512, a
  product that reads them untransposed takes up to 1.7 times as long on a CPU;
  at other widths the copy costs more than it saves.
  """
  states = states.reshape(-1, states.shape[-1])
  gradient = gradient.reshape(-1, gradient.shape[-1])
  across = states.T
  if gradient.shape[-1] % 512 == 0:
    across = lax.optimization_barrier(across)
  return _times(across, gradient).astype(gradient.dtype)


@jax.custom_vjp
def product(rows, kernel):
  """rows @ kernel, [N, D] and [D, G], in the kernel's dtype.

  It has a custom gradient, because autodiff's product for the weights' gradient
  reads a transposed copy, at half the speed on a CPU.
  """
  return _times(rows, kernel).astype(kernel.dtype)


def _product_backward(saved, gradient):
  rows, kernel = saved
  back = _times(gradient, kernel.T).astype(rows.dtype)
  return back, _weights_gradient(rows, gradient)


product.defvjp(lambda *both: (product(*both), both), _product_backward)


def dense_product(values, kernel, *_, **__):
  """`product` as the dot_general of flax.linen.Dense: values [..., D]."""
  rows = values.reshape(-1, values.shape[-1])
  return product(rows, kernel).reshape(*values.shape[:-1], -1)


@jax.custom_vjp
def lookup(table, ids):
  """Rows of [K, G] by ids [N], 0 or more: [N, G]; zeros from K on.

  jnp.take's mode 'fill' would double the time of a step in a sampler, and
  autodiff's gradient of a mask takes up to six times as long as this one.
  """
  found = jnp.take(table, ids, axis=0, mode='clip')
  return jnp.where(ids[:, None] < len(table), found, 0)


def _lookup_backward(saved, gradient):
  table, ids = saved
  return jnp.zeros_like(table).at[ids].add(gradient, mode='drop'), None


lookup.defvjp(lambda *both: (lookup(*both), both), _lookup_backward)


@functools.partial(jax.custom_vjp, nondiff_argnums=(1,))
def repeat(values, times):
  """Repeats each step of [S, B, G] in time: [S * times, B, G]."""
  steps, *rest = values.shape
  shape = (steps, times, *rest)
  return jnp.broadcast_to(values[:, None], shape).reshape(-1, *rest)


def _repeat_backward(times, _, gradient):
  rest = gradient.shape[1:]
  if gradient.shape[0] == times:
    # A sum over all steps as a product: XLA's own takes ten times as long.
    rows = gradient.reshape(times, -1)
    total = _times(jnp.ones((1, times), gradient.dtype), rows)
    return (total.astype(gradient.dtype).reshape(1, *rest),)
  return (gradient.reshape(-1, times, *rest).sum(1),)


repeat.defvjp(
  lambda values, times: (repeat(values, times), None), _repeat_backward
)


def _held(mask, new, old):
  """The new carry; the old one if the step is masked out."""
  return new if mask is None else jnp.where(mask[:, None], new, old)


def _shared(mask, gradient):
  """The gradient of this step, and that of the carry that it held."""
  if mask is None:
    return gradient, 0.0
  now = jnp.where(mask[:, None], gradient, 0)
  return now, gradient - now


def _before(first, rest, reverse, fresh=None):
  """The state before each step."""
  first = first[None]
  order = (rest[1:], first) if reverse else (first, rest[:-1])
  return _renewed(fresh, jnp.concatenate(order))


def _renewed(fresh, state):
  """A carry, or its gradient, with zeros if a new sequence begins."""
  return state if fresh is None else jnp.where(fresh[..., None], 0, state)


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def lstm(reverse, gates, kernel, carry, mask, fresh=None):
  """A layer of LSTM over time.

    i, f, o = sigmoid, g = tanh of gates + h W;  c = f c + i g;  h = o tanh(c)

  Args:
    reverse: whether time runs backward.
    gates: [T, B, 4H] projected inputs with bias, in the order i, f, g, o.
    kernel: [H, 4H] recurrent kernel, of the dtype of gates.
    carry: (c [B, H], h [B, H]) float32.
    mask: [T, B] bool or None; false holds the carry.
    fresh: [T, B] bool or None; true forgets the carry before the step.

  Returns:
    h at every step [T, B, H], and the last carry.
  """
  return _lstm_forward(reverse, gates, kernel, carry, mask, fresh)[0]


def lstm_step(gates, kernel, carry):
  """One step: gates [B, 4H], kernel [H, 4H] -> output [B, H], carry."""
  carry = _lstm_step(gates, kernel, carry)[0]
  return carry[1], carry


def _lstm_step(gates, kernel, carry):
  c, h = carry
  acts = jnp.split(_activate(gates + _times(h, kernel)), 4, -1)
  i, f, g, o = acts
  c = f * c + i * g
  return (c, o * jnp.tanh(c)), acts


def _lstm_forward(reverse, gates, kernel, carry, mask, fresh):
  def step(carry, now):
    gates, mask, fresh = now
    carry = _renewed(fresh, carry[0]), _renewed(fresh, carry[1])
    (c, h), acts = _lstm_step(gates, kernel, carry)
    carry = _held(mask, c, carry[0]), _held(mask, h, carry[1])
    return carry, (carry, [act.astype(kernel.dtype) for act in acts])

  last, ((cs, hs), acts) = lax.scan(
    step, carry, (gates, mask, fresh), reverse=reverse
  )
  return (hs, last), (kernel, carry, cs, hs, acts, mask, fresh)


def _lstm_backward(reverse, saved, gradient):
  kernel, carry, cs, hs, acts, mask, fresh = saved
  dhs, dlast = gradient
  transposed = kernel.T

  def step(dcarry, now):
    dh, (i, f, g, o), c, c_before, mask, fresh = now
    dc, dc_held = _shared(mask, dcarry[0])
    dh, dh_held = _shared(mask, dcarry[1] + dh)
    tanh_c = jnp.tanh(c)
    dc = dc + dh * o * (1 - tanh_c * tanh_c)
    dgates = jnp.concatenate(
      [
        dc * g * i * (1 - i),
        dc * c_before * f * (1 - f),
        dc * i * (1 - g * g),
        dh * tanh_c * o * (1 - o),
      ],
      -1,
    ).astype(kernel.dtype)
    dc = _renewed(fresh, dc * f + dc_held)
    dh = _renewed(fresh, _times(dgates, transposed) + dh_held)
    return (dc, dh), dgates

  dcarry, dgates = lax.scan(
    step,
    dlast,
    (dhs, acts, cs, _before(carry[0], cs, reverse, fresh), mask, fresh),
    reverse=not reverse,
  )
  dkernel = _weights_gradient(_before(carry[1], hs, reverse, fresh), dgates)
  return dgates, dkernel, dcarry, None, None


lstm.defvjp(_lstm_forward, _lstm_backward)


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def gru(reverse, gates, kernel, bias, carry, mask, fresh=None):
  """A layer of GRU over time.

    r, z = sigmoid of their gates + h W;  n = tanh(gate + r (h W + bias));
    h = (1 - z) n + z h

  Args:
    reverse: whether time runs backward.
    gates: [T, B, 3H] projected inputs with bias, in the order r, z, n.
    kernel: [H, 3H] recurrent kernel, of the dtype of gates.
    bias: [H] of the candidate's recurrent product.
    carry: h [B, H] float32.
    mask: [T, B] bool or None; false holds the carry.
    fresh: [T, B] bool or None; true forgets the carry before the step.

  Returns:
    h at every step [T, B, H], and the last carry.
  """
  return _gru_forward(reverse, gates, kernel, bias, carry, mask, fresh)[0]


def gru_step(gates, kernel, bias, carry):
  """One step: gates [B, 3H], kernel [H, 3H] -> output [B, H], carry."""
  h = _gru_step(gates, kernel, bias, carry)[0]
  return h, h


def _gru_step(gates, kernel, bias, h):
  width = bias.shape[-1]
  product = _times(h, kernel)
  both = gates[:, : 2 * width] + product[:, : 2 * width]
  r, z = jnp.split(0.5 * jnp.tanh(0.5 * both) + 0.5, 2, -1)
  recurrent = product[:, 2 * width :] + bias
  n = jnp.tanh(gates[:, 2 * width :] + r * recurrent)
  return (1 - z) * n + z * h, [r, z, n, recurrent]


def _gru_forward(reverse, gates, kernel, bias, carry, mask, fresh):
  def step(carry, now):
    gates, mask, fresh = now
    carry = _renewed(fresh, carry)
    h, acts = _gru_step(gates, kernel, bias, carry)
    carry = _held(mask, h, carry)
    return carry, (carry, [act.astype(kernel.dtype) for act in acts])

  last, (hs, acts) = lax.scan(
    step, carry, (gates, mask, fresh), reverse=reverse
  )
  return (hs, last), (kernel, carry, hs, acts, mask, fresh)


def _gru_backward(reverse, saved, gradient):
  kernel, carry, hs, acts, mask, fresh = saved
  dhs, dlast = gradient
  h_before = _before(carry, hs, reverse, fresh)
  transposed = kernel.T

  def step(dcarry, now):
    dh, (r, z, n, recurrent), h, mask, fresh = now
    dh, dh_held = _shared(mask, dcarry + dh)
    dn = dh * (1 - z) * (1 - n * n)
    dproduct = jnp.concatenate(
      [
        dn * recurrent * r * (1 - r),
        dh * (h - n) * z * (1 - z),
        dn * r,
      ],
      -1,
    ).astype(kernel.dtype)
    dcarry = _times(dproduct, transposed) + dh * z + dh_held
    return _renewed(fresh, dcarry), (dproduct, dn.astype(kernel.dtype))

  dcarry, (dproduct, dn) = lax.scan(
    step, dlast, (dhs, acts, h_before, mask, fresh), reverse=not reverse
  )
  width = kernel.shape[0]
  dgates = jnp.concatenate([dproduct[..., : 2 * width], dn], -1)
  dkernel = _weights_gradient(h_before, dproduct)
  dbias = dproduct[..., 2 * width :].sum((0, 1), dtype=jnp.float32)
  return dgates, dkernel, dbias, dcarry, None, None


gru.defvjp(_gru_forward, _gru_backward)


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def rnn(reverse, gates, kernel, carry, mask, fresh=None):
  """A layer of the simplest recurrent network: h = tanh(gate + h W).

  Arguments and results are those of `gru`, with gates [T, B, H] and a kernel
  [H, H].

  Source: Elman 1990.
  """
  return _rnn_forward(reverse, gates, kernel, carry, mask, fresh)[0]


def rnn_step(gates, kernel, carry):
  """One step: gates [B, H], kernel [H, H] -> output [B, H], carry."""
  h = jnp.tanh(gates + _times(carry, kernel))
  return h, h


def _rnn_forward(reverse, gates, kernel, carry, mask, fresh):
  def step(carry, now):
    gates, mask, fresh = now
    carry = _renewed(fresh, carry)
    carry = _held(mask, rnn_step(gates, kernel, carry)[0], carry)
    return carry, carry

  last, hs = lax.scan(step, carry, (gates, mask, fresh), reverse=reverse)
  return (hs, last), (kernel, carry, hs, mask, fresh)


def _rnn_backward(reverse, saved, gradient):
  kernel, carry, hs, mask, fresh = saved
  dhs, dlast = gradient
  transposed = kernel.T

  def step(dcarry, now):
    dh, h, mask, fresh = now
    dh, dh_held = _shared(mask, dcarry + dh)
    dgates = (dh * (1 - h * h)).astype(kernel.dtype)
    dcarry = _times(dgates, transposed) + dh_held
    return _renewed(fresh, dcarry), dgates

  dcarry, dgates = lax.scan(
    step, dlast, (dhs, hs, mask, fresh), reverse=not reverse
  )
  dkernel = _weights_gradient(_before(carry, hs, reverse, fresh), dgates)
  return dgates, dkernel, dcarry, None, None


rnn.defvjp(_rnn_forward, _rnn_backward)
