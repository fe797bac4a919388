"""RNN-RBM: a recurrent network that gives each frame's RBM its biases.

  u_t = tanh(b_u + W_vu v_{t-1} + W_uu u_{t-1})     or an LSTM or GRU
  b_t = b + W_uv u_t,  c_t = c + W_uh u_t
  p(v_t | v_<t) = RBM(W, b_t, c_t)

u_t is what the paper calls u_{t-1}: it has read the frames before t. Before
the first frame of a piece lies silence.

Source: Boulanger-Lewandowski, Bengio, Vincent, ICML 2012, arXiv 1206.6392;
sizes and first values of the tanh form as in DeepLearningTutorials' rnnrbm.py.
"""

from typing import Literal

from flax import linen as nn
import jax
from jax import lax
import jax.numpy as jnp

from zoo.contracts import Spec, UserError
from zoo.layers import boltzmann
from zoo.layers.boltzmann import Machine
from zoo.layers.dropout import dropout, fold
from zoo.layers.recurrent import Stack
from zoo.layers.visible import Visible, visible_of
from zoo.models.sizes import check_dropout, check_widths

# One purpose each for the random keys of an example.
_INPUTS, _STATES = range(2)

_recurrent_init = nn.initializers.normal(1e-4)


def rnn_rbm(
  spec: Spec,
  *,
  hidden: int = 150,
  recurrent: tuple[int, ...] = (100,),
  cell: Literal['tanh', 'lstm', 'gru'] = 'tanh',
  skip: bool = False,
  dropout: float = 0.0,
  input_dropout: float = 0.0,
) -> 'RnnRbm':
  """The RNN-RBM over the rolls that `spec` describes; options as attributes.

  Args:
    spec: of an encoder with the field `roll`.
    hidden: H of the machine.
    recurrent: H of each recurrent layer.
    cell: tanh, as published, has one layer.
    skip: the last frame conditions the biases directly, too (ours).
    dropout: share of the recurrent outputs that is zeroed in training.
    input_dropout: share of the last frame's pitches that is zeroed.

  Raises:
    UserError: an encoder without rolls, layers that do not fit the cell, or
      a width or share out of range.
  """
  if 'roll' not in spec.fields:
    raise UserError(
      f"model 'rnn_rbm' reads piano rolls, and encoder '{spec.encoder}' has "
      'none: take the encoder piano_roll.'
    )
  check_widths(hidden=hidden, recurrent=recurrent)
  check_dropout(dropout=dropout, input_dropout=input_dropout)
  if cell == 'tanh' and len(recurrent) > 1:
    raise UserError(
      "model/cell='tanh' has one layer: give model/recurrent one width, or "
      'take lstm or gru.'
    )
  seen = visible_of(spec)
  return RnnRbm(
    seen=seen,
    visible=seen.shape[-1],
    hidden=hidden,
    recurrent=recurrent,
    cell=cell,
    skip=skip,
    dropout=dropout,
    input_dropout=input_dropout,
  )


class RnnRbm(nn.Module):
  """RNN-RBM over frames [B, T, D].

  Attributes:
    seen: the field of the examples, and how it becomes rows.
    visible: D.
    The others are options of `rnn_rbm`.
  """

  seen: Visible
  visible: int
  hidden: int
  recurrent: tuple[int, ...]
  cell: Literal['tanh', 'lstm', 'gru'] = 'tanh'
  skip: bool = False
  dropout: float = 0.0
  input_dropout: float = 0.0

  framed = True  # A row is a frame, not a whole example.

  def setup(self):
    zeros = nn.initializers.zeros
    self.kernel = self.param(
      'kernel', nn.initializers.normal(0.01), (self.visible, self.hidden)
    )
    self.visible_bias = self.param('visible_bias', zeros, (self.visible,))
    self.hidden_bias = self.param('hidden_bias', zeros, (self.hidden,))
    if self.cell == 'tanh':
      self.layers = _Tanh(self.recurrent[0])
    else:
      self.layers = Stack(self.recurrent, self.cell)
    narrow = {'use_bias': False, 'kernel_init': _recurrent_init}
    self.to_visible = nn.Dense(self.visible, **narrow)
    self.to_hidden = nn.Dense(self.hidden, **narrow)

  def __call__(self, rows):
    """F(v_t) of each frame of rows [B, T, D], given those before: [B, T]."""
    before = jnp.pad(rows[:, :-1], ((0, 0), (1, 0), (0, 0)))
    machine, _ = self.machine(before, self.begin(len(rows)))
    return boltzmann.free_energy(machine, rows)

  def machine(self, past, carry, keys=None):
    """The machine of each frame.

    Args:
      past: [B, T, D], the frame before each; silence before the first.
      carry: of `begin`, or of the frames before.
      keys: [B] random keys for dropout, or None.

    Returns:
      a Machine with biases [B, T, D] and [B, T, H], and the carry.
    """
    seen = dropout(past, fold(keys, _INPUTS), self.input_dropout)
    states, carry = self.layers(seen, carry)
    states = dropout(states, fold(keys, _STATES), self.dropout)
    if self.skip:
      states = jnp.concatenate([states, seen], -1)
    visible = self.visible_bias + self.to_visible(states)
    hidden = self.hidden_bias + self.to_hidden(states)
    return Machine(self.kernel, visible, hidden), carry

  def begin(self, count):
    """The carry before the first frame, of `count` pieces."""
    if self.cell == 'tanh':
      return jnp.zeros((count, *self.recurrent))
    states = tuple(jnp.zeros((count, size)) for size in self.recurrent)
    if self.cell == 'gru':
      return states
    return tuple((state, state) for state in states)

  def read(self, batch) -> tuple[jax.Array, jax.Array]:
    """Frames [B, T, D] and mask [B, T] of a batch."""
    return boltzmann.read(self.seen, True, batch)


class _Tanh(nn.Module):
  """A layer of the simplest recurrent network; carry: u [B, H]."""

  features: int

  @nn.compact
  def __call__(self, inputs, carry):
    """u_t = tanh(b + W_vu v_t + W_uu u_{t-1}) of [B, T, D]: [B, T, H]."""
    size = self.features
    kernel = self.param(
      'input_kernel', _recurrent_init, (inputs.shape[-1], size)
    )
    recurrent = self.param('recurrent_kernel', _recurrent_init, (size, size))
    bias = self.param('bias', nn.initializers.zeros, (size,))

    def step(state, inputs):
      state = jnp.tanh(inputs + state @ recurrent)
      return state, state

    projected = jnp.swapaxes(inputs @ kernel + bias, 0, 1)
    carry, states = lax.scan(step, carry, projected)
    return jnp.swapaxes(states, 0, 1), carry
