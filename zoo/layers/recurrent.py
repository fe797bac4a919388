"""Recurrent layers as Flax modules.

They are batch-major, take and return the carry, and use the scans of `cells`;
inputs are projected before the scan, see `projection`.

Parameters of a layer: `input_kernel_0`, ... [D, 4H] for each input,
`recurrent_kernel` [H, 4H] and one `bias` [4H], as in TensorFlow's
LSTMBlockCell: 4H(D + H) + 4H numbers, gates in the order i, f, g, o, with 1 as
the forget gate's initial bias (Jozefowicz et al. 2015). A GRU has 3H, in the
order r, z, n, and an additional `candidate_bias` [H], as in Flax and PyTorch;
an RNN has H.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from flax import linen as nn
import jax
import jax.numpy as jnp

from zoo.layers import cells
from zoo.layers.dropout import dropout, fold
from zoo.layers.projection import Symbols, project

Inputs = Any  # an array, Symbols, or a sequence of these, to be summed
FanIn = Literal['rows', 'symbols']


class LSTM(nn.Module):
  """An LSTM layer; carry: (c [B, H], h [B, H]).

  Attributes:
    features: H.
    reverse: whether time runs backward; outputs stay in temporal order.
    dtype: of the products; parameters and carries stay float32.
    fan_in: of the initial weights of Symbols: all rows of their matrix, as if
      the input were dense; or the symbols of a step, each of which selects one
      row, so that input and recurrent contributions have equal variance.
  """

  features: int
  reverse: bool = False
  dtype: str = 'float32'
  fan_in: FanIn = 'rows'

  @nn.compact
  def __call__(
    self,
    inputs: Inputs,
    carry: tuple[jax.Array, jax.Array] | None = None,
    mask: jax.Array | None = None,
    steps: int | None = None,
    fresh: jax.Array | None = None,
  ) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
    """Runs over time.

    Args:
      inputs: [B, S, D], Symbols [B, S(, P)], or a sequence of these; see
        `project`.
      carry: the initial carry; None for zeros.
      mask: [B, T] bool; false holds the carry. None for all true.
      steps: T; None is the longest input's S.
      fresh: [B, T] bool; true forgets the carry before the step.

    Returns:
      outputs [B, T, H], carry.
    """
    gates, kernel, batch = _prepare(self, inputs, steps, gates=4)
    if carry is None:
      carry = (jnp.zeros((batch, self.features)),) * 2
    outputs, carry = cells.lstm(
      self.reverse, gates, kernel, carry, *_time_major(mask, fresh)
    )
    return jnp.swapaxes(outputs, 0, 1), carry


class GRU(nn.Module):
  """A GRU layer; carry: h [B, H]. For attributes see LSTM."""

  features: int
  reverse: bool = False
  dtype: str = 'float32'
  fan_in: FanIn = 'rows'

  @nn.compact
  def __call__(
    self,
    inputs: Inputs,
    carry: jax.Array | None = None,
    mask: jax.Array | None = None,
    steps: int | None = None,
    fresh: jax.Array | None = None,
  ) -> tuple[jax.Array, jax.Array]:
    """Runs over time; arguments and results as LSTM has."""
    gates, kernel, batch = _prepare(self, inputs, steps, gates=3)
    bias = self.param(
      'candidate_bias', nn.initializers.zeros_init(), (self.features,)
    )
    if carry is None:
      carry = jnp.zeros((batch, self.features))
    outputs, carry = cells.gru(
      self.reverse, gates, kernel, bias, carry, *_time_major(mask, fresh)
    )
    return jnp.swapaxes(outputs, 0, 1), carry


class RNN(nn.Module):
  """A layer of recurrent tanh units; carry: h [B, H]. See LSTM."""

  features: int
  reverse: bool = False
  dtype: str = 'float32'
  fan_in: FanIn = 'rows'

  @nn.compact
  def __call__(
    self,
    inputs: Inputs,
    carry: jax.Array | None = None,
    mask: jax.Array | None = None,
    steps: int | None = None,
    fresh: jax.Array | None = None,
  ) -> tuple[jax.Array, jax.Array]:
    """Runs over time; arguments and results as LSTM has."""
    gates, kernel, batch = _prepare(self, inputs, steps, gates=1)
    if carry is None:
      carry = jnp.zeros((batch, self.features))
    outputs, carry = cells.rnn(
      self.reverse, gates, kernel, carry, *_time_major(mask, fresh)
    )
    return jnp.swapaxes(outputs, 0, 1), carry


class Feedforward(nn.Module):
  """A layer of rectified linear units without memory, with the same interface.

  For attributes see LSTM.
  """

  features: int
  dtype: str = 'float32'
  fan_in: FanIn = 'rows'

  @nn.compact
  def __call__(
    self, inputs: Inputs, carry: Any = (), fresh: Any = None
  ) -> tuple[jax.Array, Any]:
    """Outputs [B, T, H], each of its own step only, and the same carry."""
    del fresh  # there is nothing to forget
    gates, _ = _project_inputs(
      self, inputs, None, self.features, nn.initializers.zeros
    )
    return jnp.swapaxes(nn.relu(gates), 0, 1), carry


class Stack(nn.Module):
  """A stack of layers, each reading the outputs of the one below.

  Attributes:
    features: H of each layer, from the lowest.
    cell: of the layers.
    bidirectional: whether each layer runs in both directions and concatenates
      the outputs.
    dropout: share of every layer's outputs that is zeroed, if keys are given.
    dtype: of the products.
  """

  features: tuple[int, ...]
  cell: Literal['lstm', 'gru'] = 'lstm'
  bidirectional: bool = False
  dropout: float = 0.0
  dtype: str = 'float32'

  @nn.compact
  def __call__(
    self,
    inputs: Inputs,
    carry: Sequence[Any] | None = None,
    mask: jax.Array | None = None,
    steps: int | None = None,
    keys: jax.Array | None = None,
  ) -> tuple[jax.Array, tuple[Any, ...]]:
    """Runs over time.

    Args:
      inputs: as in LSTM.
      carry: one per layer, or (forward, backward) per bidirectional layer.
      mask: as in LSTM.
      steps: as in LSTM.
      keys: [B] random keys for dropout, or None.

    Returns:
      Outputs of the last layer, [B, T, H] or [B, T, 2H]; carries.
    """
    layer = {'lstm': LSTM, 'gru': GRU}[self.cell]
    carries = []
    for number, features in enumerate(self.features):
      first = None if carry is None else carry[number]
      if self.bidirectional:
        ways = [
          layer(
            features, way == 'backward', self.dtype, name=f'{way}_{number}'
          )(
            inputs,
            None if first is None else first[way == 'backward'],
            mask,
            steps,
          )
          for way in ('forward', 'backward')
        ]
        inputs = jnp.concatenate([outputs for outputs, _ in ways], -1)
        carries.append(tuple(last for _, last in ways))
      else:
        inputs, last = layer(
          features, dtype=self.dtype, name=f'layer_{number}'
        )(inputs, first, mask, steps)
        carries.append(last)
      inputs = dropout(inputs, fold(keys, number), self.dropout)
    return inputs, tuple(carries)


def layers_of(
  params: Mapping[str, Any], dtype: str = 'float32'
) -> list[dict[str, jax.Array]]:
  """The layers of a unidirectional Stack, lowest first, cast to `dtype`."""
  return [
    jax.tree.map(lambda x: x.astype(dtype), params[f'layer_{number}'])
    for number in range(len(params))
  ]


def step(
  layers: Sequence[Mapping[str, jax.Array]],
  gates: jax.Array,
  carry: Sequence[Any],
) -> tuple[jax.Array, tuple[Any, ...]]:
  """One step of a stack, for decoding inside a scan.

  Args:
    layers: from `layers_of`.
    gates: [B, 4H] or [B, 3H] of the lowest layer (see `project`).
    carry: one per layer.

  Returns:
    Output [B, H] of the last layer, carries.
  """
  carries: list = []
  output: Any = None
  for layer, last in zip(layers, carry, strict=True):
    if output is not None:
      gates = output.astype(gates.dtype) @ layer['input_kernel_0']
      gates = gates + layer['bias']
    kernel = layer['recurrent_kernel']
    if 'candidate_bias' in layer:
      output, last = cells.gru_step(
        gates, kernel, layer['candidate_bias'], last
      )
    else:
      output, last = cells.lstm_step(gates, kernel, last)
    carries.append(last)
  return output, tuple(carries)


def _prepare(layer, inputs, steps, gates):
  """Creates a layer's parameters; its projected inputs [T, B, G] and kernel."""
  width = gates * layer.features
  first = _forget_one if gates == 4 else nn.initializers.zeros
  projected, batch = _project_inputs(layer, inputs, steps, width, first)
  kernel = layer.param(
    'recurrent_kernel', _recurrent_init, (layer.features, width)
  )
  return projected, kernel.astype(layer.dtype), batch


def _project_inputs(layer, inputs, steps, width, bias_init):
  """Creates kernels and bias; the projected inputs [T, B, width], and B."""
  if isinstance(inputs, Symbols) or hasattr(inputs, 'shape'):
    inputs = (inputs,)
  arrays = [x.ids if isinstance(x, Symbols) else x for x in inputs]
  kernels = [
    layer.param(
      f'input_kernel_{number}', _input_init(layer, x), (_depth(x), width)
    )
    for number, x in enumerate(inputs)
  ]
  bias = layer.param('bias', bias_init, (width,))
  kernels, bias = jax.tree.map(lambda x: x.astype(layer.dtype), (kernels, bias))
  steps = steps or max(x.shape[1] for x in arrays)
  return (
    project(kernels, bias, inputs, steps),
    max(x.shape[0] for x in arrays),
  )


def _depth(values):
  """Rows of the input matrix that an input needs."""
  if not isinstance(values, Symbols):
    return values.shape[-1]
  return sum(values.rows)


def _input_init(layer, values):
  """An initializer of variance 1 / fan-in (LeCun et al. 1998)."""
  if layer.fan_in == 'symbols' and isinstance(values, Symbols):
    return nn.initializers.normal(len(values.rows) ** -0.5)
  return nn.initializers.lecun_normal()


def _recurrent_init(rng, shape, dtype=jnp.float32):
  """An orthogonal [H, H] for each gate (Saxe et al. 2014)."""
  height, width = shape
  orthogonal = nn.initializers.orthogonal()

  # One after another, even under vmap: jaxlib 0.10 distributes a batch of QR
  # decompositions over the same threads that wait for them, and two concurrent
  # batches deadlock.
  @jax.custom_batching.sequential_vmap
  def gate(key):
    return orthogonal(key, (height, height), dtype)

  gates = jax.vmap(gate)(jax.random.split(rng, width // height))
  return jnp.swapaxes(gates, 0, 1).reshape(shape)


def _forget_one(rng, shape, dtype=jnp.float32):
  """An initializer of LSTM biases: 1 for the forget gate, else 0."""
  del rng  # nothing is drawn
  features = shape[0] // 4
  return jnp.zeros(shape, dtype).at[features : 2 * features].set(1)


def _time_major(*masks):
  return [None if mask is None else mask.swapaxes(0, 1) for mask in masks]
