"""The shared RNN, LSTM and GRU against Flax's own cells, and their laws."""

from flax import linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zoo.layers.cells import lookup, product
from zoo.layers.projection import Symbols, gates_at, project, project_parts
from zoo.layers.recurrent import (
  GRU,
  LSTM,
  RNN,
  Feedforward,
  Stack,
  layers_of,
  step,
)

B, T, D, H = 3, 7, 5, 4
GATES = {LSTM: 'ifgo', GRU: 'rzn', RNN: ['']}


def _random(seed, *shape):
  return jnp.float32(np.random.default_rng(seed).normal(size=shape))


def _params(layer, inputs):
  """Parameters that are all nonzero, so that each is tested."""
  params = jax.jit(layer.init)(jax.random.key(0), inputs)['params']
  return jax.tree.map(lambda x: x + 0.1 * _random(9, *x.shape), params)


def _as_flax(params, layer):
  """Ours, cut into the dense layers of Flax's cell."""
  cut = {
    key: jnp.split(value, len(GATES[layer]), -1)
    for key, value in params.items()
    if key != 'candidate_bias'
  }
  cell = {}
  for place, gate in enumerate(GATES[layer]):
    cell[f'i{gate}'] = {'kernel': cut['input_kernel_0'][place]}
    cell[f'h{gate}'] = {'kernel': cut['recurrent_kernel'][place]}
    # Flax puts an LSTM's bias on the recurrent side, a GRU's on the input's.
    side = 'h' if layer is LSTM else 'i'
    cell[f'{side}{gate}']['bias'] = cut['bias'][place]
  if layer is GRU:
    cell['hn']['bias'] = params['candidate_bias']
  return {'cell': cell}


def _allclose(ours, theirs):
  jax.tree.map(
    lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5),
    ours,
    theirs,
  )


@pytest.mark.parametrize('reverse', [False, True])
@pytest.mark.parametrize('layer', [LSTM, GRU, RNN])
def test_outputs_and_gradients_equal_flax(layer, reverse):
  inputs = _random(1, B, T, D)
  carry = _random(2, B, H)
  if layer is LSTM:
    carry = (_random(3, B, H), carry)
  ours = layer(H, reverse=reverse)
  cells = {LSTM: nn.LSTMCell, GRU: nn.GRUCell, RNN: nn.SimpleCell}
  cell = cells[layer](H)
  theirs = nn.RNN(cell, return_carry=True, reverse=reverse, keep_order=True)
  params = _params(ours, inputs)

  def our_loss(params, inputs, carry):
    last, outputs = ours.apply({'params': params}, inputs, carry)[::-1]
    loss = jnp.sum(jnp.sin(outputs) * _random(4, B, T, H))
    return loss + sum(map(jnp.sum, jax.tree.leaves(last))), outputs

  def their_loss(params, inputs, carry):
    last, outputs = theirs.apply(
      {'params': _as_flax(params, layer)}, inputs, initial_carry=carry
    )
    loss = jnp.sum(jnp.sin(outputs) * _random(4, B, T, H))
    return loss + sum(map(jnp.sum, jax.tree.leaves(last))), outputs

  _allclose(
    *(
      jax.jit(jax.value_and_grad(loss, (0, 1, 2), has_aux=True))(
        params, inputs, carry
      )
      for loss in (our_loss, their_loss)
    )
  )


@pytest.mark.parametrize('reverse', [False, True])
@pytest.mark.parametrize('layer', [LSTM, GRU, RNN])
def test_padding_after_the_end_changes_nothing(layer, reverse):
  inputs = _random(1, 1, T, D)
  layer = layer(H, reverse=reverse)
  params = _params(layer, inputs)
  mask = jnp.arange(T)[None] < 4

  def loss(params, inputs, mask):
    outputs, last = layer.apply({'params': params}, inputs, mask=mask)
    return jnp.sum(outputs[:, :4] ** 2) + jnp.sum(jax.tree.leaves(last)[0])

  gradient = jax.jit(jax.value_and_grad(loss, (0, 1)))
  padded, (dparams, dinputs) = gradient(params, inputs, mask)
  short, (dparams_short, dinputs_short) = gradient(params, inputs[:, :4], None)
  _allclose(padded, short)
  _allclose(dparams, dparams_short)
  _allclose(dinputs[:, :4], dinputs_short)
  np.testing.assert_array_equal(dinputs[:, 4:], 0)


def test_symbols_and_slow_inputs_equal_dense_ones():
  ids = jax.random.randint(jax.random.key(1), (B, 4, 2), 0, 6)  # 5 adds nothing
  slow = _random(2, B, 2, 3)
  place = Symbols(jnp.arange(4)[None], 4)
  kernels = [_random(3, 10, 8), _random(4, 3, 8), _random(5, 4, 8)]
  bias = _random(6, 8)

  def fast(kernels):
    return project(kernels, bias, [Symbols(ids, 5), slow, place], 4)

  def dense(kernels):
    hot = jax.nn.one_hot(ids, 5).reshape(B, 4, 10)
    gates = hot @ kernels[0] + jnp.repeat(slow @ kernels[1], 2, 1)
    return jnp.swapaxes(gates + kernels[2] + bias, 0, 1)

  def gradient(gates):
    loss = jax.value_and_grad(lambda kernels: jnp.sum(jnp.sin(gates(kernels))))
    return jax.jit(loss)(kernels)

  _allclose(gradient(fast), gradient(dense))


@pytest.mark.parametrize('paces', [(1,), (1, 4), (2, 4), (2, 8)])
def test_a_step_read_from_the_parts_is_that_of_the_whole(paces):
  inputs = [_random(number, B, pace, 3) for number, pace in enumerate(paces)]
  kernels = [_random(7 + number, 3, 8) for number in range(len(paces))]
  given = kernels, _random(6, 8), inputs, 8
  parts = project_parts(*given)
  assert sum(map(len, parts)) == 1 + sum(paces)  # nothing is repeated
  steps = jnp.arange(8)
  read = jax.jit(jax.vmap(lambda step: gates_at(parts, step, 8)))(steps)
  np.testing.assert_array_equal(
    read, jnp.broadcast_to(project(*given), read.shape)
  )


def test_inputs_that_do_not_divide_the_steps_are_refused():
  with pytest.raises(ValueError, match='3 inputs do not divide 4 steps'):
    project([jnp.ones((2, 8))], jnp.ones(8), [jnp.ones((1, 3, 2))], 4)


@pytest.mark.parametrize('cell', ['lstm', 'gru'])
def test_stepping_a_stack_equals_running_it(cell):
  inputs = _random(1, B, T, D)
  stack = Stack((H, 3), cell)
  params = _params(stack, inputs)
  outputs, carry = jax.jit(stack.apply)({'params': params}, inputs)
  layers = layers_of(params)
  gates = project([layers[0]['input_kernel_0']], layers[0]['bias'], [inputs], T)
  start = jax.tree.map(jnp.zeros_like, carry)
  last, stepped = jax.lax.scan(
    lambda carry, now: step(layers, now, carry)[::-1], start, gates
  )
  _allclose(jnp.swapaxes(stepped, 0, 1), outputs)
  _allclose(last, carry)


@pytest.mark.parametrize('reverse', [False, True])
@pytest.mark.parametrize('layer', [LSTM, GRU, RNN])
def test_what_begins_anew_knows_nothing_of_what_was_before(layer, reverse):
  """Two sequences on one row are the two alone, gradients and all."""
  inputs, carry = _random(1, 1, T, D), _random(2, 1, H)
  layer = layer(H, reverse=reverse)
  params = _params(layer, inputs)
  if isinstance(layer, LSTM):
    carry = (_random(3, 1, H), carry)
  # Where the second sequence begins, in the order in which time runs.
  first = 2 if reverse else 3
  fresh = (jnp.arange(T) == first)[None]

  def together(params, inputs, carry):
    outputs, _ = layer.apply({'params': params}, inputs, carry, fresh=fresh)
    return jnp.sum(jnp.sin(outputs) * _random(4, 1, T, H))

  def apart(params, inputs, carry):
    cut = first + reverse
    halves = [(inputs[:, :cut], carry), (inputs[:, cut:], None)]
    if reverse:
      halves = [(inputs[:, :cut], None), (inputs[:, cut:], carry)]
    outputs = jnp.concatenate(
      [layer.apply({'params': params}, *half)[0] for half in halves], 1
    )
    return jnp.sum(jnp.sin(outputs) * _random(4, 1, T, H))

  _allclose(
    *(
      jax.jit(jax.value_and_grad(one, (0, 1, 2)))(params, inputs, carry)
      for one in (together, apart)
    )
  )


def test_a_layer_without_memory_reads_its_own_step_alone():
  inputs = _random(1, B, T, D)
  layer = Feedforward(H)
  params = _params(layer, inputs)
  outputs, carry = layer.apply({'params': params}, inputs)
  kernel, bias = params['input_kernel_0'], params['bias']
  _allclose(outputs, jnp.maximum(inputs @ kernel + bias, 0))
  assert carry == ()


def test_both_ways_are_the_two_ways():
  inputs = _random(1, B, T, D)
  stack = Stack((H,), bidirectional=True)
  params = _params(stack, inputs)
  outputs, _ = jax.jit(stack.apply)({'params': params}, inputs)
  for half, (name, reverse) in enumerate([('forward_0', 0), ('backward_0', 1)]):
    layer = LSTM(H, bool(reverse))
    one, _ = jax.jit(layer.apply)({'params': params[name]}, inputs)
    _allclose(outputs[..., half * H : (half + 1) * H], one)


def test_dropout_is_per_example_and_off_without_keys():
  inputs = _random(1, B, T, D)
  stack = Stack((H, H), dropout=0.5)
  params = {'params': _params(stack, inputs)}
  keys = jax.random.split(jax.random.key(3), B)
  apply = jax.jit(stack.apply)
  dropped, _ = apply(params, inputs, keys=keys)
  alone, _ = apply(params, inputs[1:2], keys=keys[1:2])
  _allclose(dropped[1:2], alone)
  assert 0.2 < np.mean(dropped == 0) < 0.8
  assert np.all(apply(params, inputs)[0] != 0)


@pytest.mark.parametrize('layer', [LSTM, GRU])
def test_bfloat16_stays_near_float32(layer):
  inputs = _random(1, B, T, D)
  params = {'params': _params(layer(H), inputs)}

  def loss(params, dtype):
    outputs, _ = layer(H, dtype=dtype).apply(params, inputs)
    return jnp.sum(outputs**2)

  gradient = jax.jit(jax.grad(loss), static_argnums=1)
  exact, rough = gradient(params, 'float32'), gradient(params, 'bfloat16')
  for a, b in zip(*map(jax.tree.leaves, (exact, rough)), strict=True):
    assert b.dtype == jnp.float32
    assert np.linalg.norm(a - b) < 0.03 * np.linalg.norm(a)


def test_parameter_count_is_that_of_one_bias():
  params = LSTM(H).init(jax.random.key(0), jnp.ones((B, T, D)))['params']
  count = sum(leaf.size for leaf in jax.tree.leaves(params))
  assert count == 4 * H * (D + H) + 4 * H
  np.testing.assert_array_equal(params['bias'], np.repeat([0, 1, 0, 0], H))


def test_first_weights_may_be_drawn_for_the_symbols_of_a_step():
  """Three of fifty classes each, beside a dense input, which is as ever."""
  ids = jax.random.randint(jax.random.key(0), (B, T, 3), 0, 50)
  layer = Feedforward(256, fan_in='symbols')
  inputs = [Symbols(ids, 50), _random(1, B, T, 64)]
  params = layer.init(jax.random.key(1), inputs)['params']
  first, dense = params['input_kernel_0'], params['input_kernel_1']
  assert first.shape == (150, 256)
  np.testing.assert_allclose(first.var(), 1 / 3, rtol=0.03)
  np.testing.assert_allclose(dense.var(), 1 / 64, rtol=0.03)
  # What is read is of unit variance.
  read = project([first], params['bias'], inputs[:1], T)
  np.testing.assert_allclose(read.var(), 1, rtol=0.1)


def test_no_two_batches_of_decompositions_can_wait_for_each_other():
  """A program with several batched QR may hang: see `_recurrent_init`."""

  def first_weights(key):
    return LSTM(8).init(key, jnp.zeros((1, 2, 3)))

  keys = jax.random.split(jax.random.key(0), 3)
  program = jax.jit(jax.vmap(first_weights)).lower(keys).as_text()
  calls = [line for line in program.splitlines() if 'geqrf_ffi(' in line]
  assert calls
  assert all(': (tensor<8x8xf32>)' in call for call in calls)


def test_lookup_gives_zeros_from_k_on_and_gradients_to_the_rows_it_took():
  table = jnp.arange(1.0, 7).reshape(3, 2)
  ids = jnp.array([2, 0, 3, 2, 9])
  rows, back = jax.vjp(lambda table: lookup(table, ids), table)
  np.testing.assert_array_equal(rows, [[5, 6], [1, 2], [0, 0], [5, 6], [0, 0]])
  weights = jnp.array([[1.0], [2], [4], [8], [16]]) * jnp.ones(2)
  np.testing.assert_array_equal(back(weights)[0], [[2, 2], [0, 0], [9, 9]])


def test_gradient_of_a_product_is_that_of_float64_to_1e_6():
  """At the size of a training step; under vmap, and of a gradient, too."""
  rows, kernel = _random(1, 1024, 128), _random(2, 128, 512)
  given = _random(3, 1024, 512)

  def apart(found, exact):
    return np.linalg.norm(found - exact) / np.linalg.norm(exact)

  def loss(kernel, rows, given):
    return jnp.sum(product(rows, kernel) * given)

  gradient = jax.jit(jax.grad(loss))
  exact = np.float64(rows).T @ np.float64(given)
  assert apart(gradient(kernel, rows, given), exact) < 1e-6
  both = jnp.stack([rows, -rows])
  for sign, one in zip(
    (1, -1),
    jax.vmap(gradient, (None, 0, None))(kernel, both, given),
    strict=True,
  ):
    assert apart(one, sign * exact) < 1e-6

  def steepness(kernel, rows, times):
    slope = jax.grad(lambda kernel: jnp.sum(jnp.sin(times(rows, kernel))))
    return jnp.sum(slope(kernel) ** 2)

  again = jax.jit(jax.grad(steepness), static_argnums=2)
  given = kernel / 128, rows[:64]
  assert apart(again(*given, product), again(*given, jnp.matmul)) < 1e-6
