"""Operations counted from the jaxpr equal those counted by hand."""

import jax
from jax import lax
import jax.numpy as jnp
import pytest

from zoo.training.flops import flops


def shape(*axes):
  return jax.ShapeDtypeStruct(axes, jnp.float32)


SQUARE = shape(4, 4)
PRODUCT = 2 * 4 * 4 * 4


@pytest.mark.parametrize(
  ('function', 'shapes', 'expected'),
  [
    (jnp.matmul, [shape(3, 5), shape(5, 7)], 2 * 3 * 5 * 7),
    (jnp.matmul, [shape(6, 3, 5), shape(6, 5, 7)], 6 * 2 * 3 * 5 * 7),
    (jnp.dot, [shape(9), shape(9)], 2 * 9),
    (lambda a: jnp.tanh(a) + a, [shape(3, 5)], 0),
    (
      lambda a, b: jnp.einsum('tbi,tbj->ij', a, b),
      [shape(8, 2, 3), shape(8, 2, 5)],
      2 * 8 * 2 * 3 * 5,
    ),
  ],
)
def test_products(function, shapes, expected):
  assert flops(function, *shapes) == expected


def test_scan_counts_its_length():
  def repeat(x, times):
    return lax.scan(lambda y, _: (y @ y, None), x, length=times)[0]

  def nested(x):
    return lax.scan(lambda y, _: (repeat(y, 3), None), x, length=5)[0]

  assert flops(lambda x: repeat(x, 7), SQUARE) == 7 * PRODUCT
  assert flops(nested, SQUARE) == 15 * PRODUCT
  assert flops(jax.jit(nested), SQUARE) == 15 * PRODUCT
  # A loop of known length is a scan; of one of unknown length a round counts.
  known = lambda x: lax.fori_loop(0, 6, lambda _, y: y @ y, x)  # noqa: E731
  assert flops(known, SQUARE) == 6 * PRODUCT
  unknown = lambda x: lax.while_loop(  # noqa: E731
    lambda y: y[0, 0] < 1, lambda y: y @ y, x
  )
  assert flops(unknown, SQUARE) == PRODUCT


def test_conditional_counts_its_dearest_branch():
  def either(x):
    return lax.cond(x[0, 0] > 0, lambda y: y @ y, lambda y: y @ y @ y, x)

  assert flops(either, SQUARE) == 2 * PRODUCT


def test_gradient_of_a_dense_layer():
  def loss(weights, inputs):
    return (inputs @ weights).sum()

  # Forward, and one product as large for each of the two gradients.
  one = 2 * 32 * 10 * 20
  both = jax.value_and_grad(loss, argnums=(0, 1))
  assert flops(both, shape(10, 20), shape(32, 10)) == 3 * one
  weights_only = jax.value_and_grad(loss)
  assert flops(weights_only, shape(10, 20), shape(32, 10)) == 2 * one


def test_lstm_over_time():
  batch, time, inputs, hidden = 4, 11, 6, 8

  def lstm(kernel, recurrent, sequence):
    def step(carry, projected):
      c, h = carry
      i, f, g, o = jnp.split(projected + h @ recurrent, 4, axis=-1)
      c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
      h = jax.nn.sigmoid(o) * jnp.tanh(c)
      return (c, h), h

    zero = jnp.zeros((batch, hidden))
    return lax.scan(step, (zero, zero), sequence @ kernel)[1].sum()

  shapes = (
    shape(inputs, 4 * hidden),
    shape(hidden, 4 * hidden),
    shape(time, batch, inputs),
  )
  once = 2 * time * batch * inputs * 4 * hidden
  recurrent = time * 2 * batch * hidden * 4 * hidden
  assert flops(lstm, *shapes) == once + recurrent
  # Backward: the gradient of both kernels and of the state, not of the input.
  training = flops(jax.value_and_grad(lstm, argnums=(0, 1)), *shapes)
  assert training == 2 * once + 3 * recurrent


def test_custom_gradients_and_rematerialisation_are_entered():
  @jax.custom_vjp
  def cube(x):
    return x @ x @ x

  cube.defvjp(lambda x: (x @ x @ x, x), lambda x, g: (g @ x,))
  assert flops(cube, SQUARE) == 2 * PRODUCT
  assert flops(jax.grad(lambda x: cube(x).sum()), SQUARE) == 3 * PRODUCT
  # Two products forward, the same two again, two for the gradient of each.
  twice = jax.checkpoint(lambda x: jnp.tanh(jnp.tanh(x @ x) @ x))
  training = jax.value_and_grad(lambda x: twice(x).sum())
  assert flops(training, SQUARE) == (2 + 2 + 4) * PRODUCT


def test_convolutions_leave_out_zeros():
  def valid(x, kernel):
    return lax.conv_general_dilated(x, kernel, (1, 1), 'VALID')

  # [2, 3, 9, 8] with [5, 3, 4, 3] gives [2, 5, 6, 6].
  shapes = [shape(2, 3, 9, 8), shape(5, 3, 4, 3)]
  assert flops(valid, *shapes) == 2 * (2 * 5 * 6 * 6) * (3 * 4 * 3)

  def same(x, kernel):
    return lax.conv_general_dilated(x, kernel, (1,), 'SAME')

  # Taps inside: 2 + 3 + 3 + 3 + 2 of 15.
  assert flops(same, shape(1, 1, 5), shape(1, 1, 3)) == 2 * 13

  def grouped(x, kernel):
    return lax.conv_general_dilated(
      x, kernel, (2,), 'VALID', feature_group_count=2
    )

  assert flops(grouped, shape(1, 4, 9), shape(6, 2, 3)) == 2 * 6 * 4 * 2 * 3


def test_transposed_convolution_agrees_with_the_compiler():
  def transposed(x, kernel):
    return lax.conv_transpose(x, kernel, (2, 2), 'SAME')

  shapes = [shape(2, 9, 9, 3), shape(3, 3, 3, 4)]
  compiled = jax.jit(transposed).lower(*shapes).compile().cost_analysis()
  assert flops(transposed, *shapes) == compiled['flops']


def test_all_devices_are_counted():
  devices = jax.device_count()
  mapped = jax.pmap(lambda x: x @ x, axis_name='data')
  assert flops(mapped, shape(devices, 4, 4)) == devices * PRODUCT
