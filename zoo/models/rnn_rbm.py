"""RNN-RBM: a recurrent network computes the biases of each frame's RBM.

  u_t = tanh(b_u + W_vu v_{t-1} + W_uu u_{t-1})     or an LSTM or GRU
  b_t = b + W_uv u_t,  c_t = c + W_uh u_t
  p(v_t | v_<t) = RBM(W, b_t, c_t)

u_t is the paper's u_{t-1}: it has read the frames before t. The frame before
the first one is silent.

Source: Boulanger-Lewandowski, Bengio, Vincent, ICML 2012, arXiv 1206.6392;
sizes and initialization of the tanh form as in DeepLearningTutorials'
rnnrbm.py.
"""

from typing import Literal

from flax import linen as nn
from jax import lax
import jax.numpy as jnp

from zoo.contracts import Spec, UserError
from zoo.layers.dropout import dropout, fold
from zoo.layers.recurrent import Stack
from zoo.layers.visible import Visible, visible_of
from zoo.models.rbm import Units
from zoo.models.sizes import check_dropout, check_widths

# Purposes of the random keys of an example.
_INPUTS, _STATES = range(2)

_recurrent_init = nn.initializers.normal(1e-4)


class RnnRbm(Units):
  """RNN-RBM over frames [B, T, D].

  Attributes:
    seen: the field of the examples, and how it becomes rows.
    hidden: H of the machine.
    recurrent: H of each recurrent layer.
    cell: of the recurrent layers; tanh, as published, has one layer.
    skip: whether the biases also depend directly on the last frame (ours).
    dropout: share of the recurrent outputs that is zeroed in training.
    input_dropout: share of the last frame's pitches that is zeroed.
  """

  reads = ('roll',)

  seen: Visible
  hidden: int = 150
  recurrent: tuple[int, ...] = (100,)
  cell: Literal['tanh', 'lstm', 'gru'] = 'tanh'
  skip: bool = False
  dropout: float = 0.0
  input_dropout: float = 0.0

  framed = True  # A row is a frame, not a whole example.
  constant = False  # Each frame has its own machine.

  @classmethod
  def from_spec(cls, spec: Spec, **options) -> 'RnnRbm':
    """The RNN-RBM over the rolls that `spec` describes.

    Raises:
      UserError: an encoder without rolls, layers that do not fit the cell, or
        a width or share out of range.
    """
    if 'roll' not in spec.fields:
      raise UserError(
        f"model 'rnn_rbm' reads piano rolls, and encoder '{spec.encoder}' has "
        'none: take the encoder piano_roll.'
      )
    return cls(seen=visible_of(spec), **options)

  def __post_init__(self):
    super().__post_init__()
    check_widths(hidden=self.hidden, recurrent=self.recurrent)
    check_dropout(dropout=self.dropout, input_dropout=self.input_dropout)
    if self.cell == 'tanh' and len(self.recurrent) > 1:
      raise UserError(
        "model/cell='tanh' has one layer: give model/recurrent one width, or "
        'take lstm or gru.'
      )

  def setup(self):
    super().setup()
    if self.cell == 'tanh':
      self.layers = _Tanh(self.recurrent[0])
    else:
      self.layers = Stack(self.recurrent, self.cell)
    narrow = {'use_bias': False, 'kernel_init': _recurrent_init}
    self.to_visible = nn.Dense(self.visible, **narrow)
    self.to_hidden = nn.Dense(self.hidden, **narrow)

  def begin(self, count):
    """The carry before the first frame of `count` pieces."""
    if self.cell == 'tanh':
      return jnp.zeros((count, *self.recurrent))
    states = tuple(jnp.zeros((count, size)) for size in self.recurrent)
    if self.cell == 'gru':
      return states
    return tuple((state, state) for state in states)

  def condition(self, past, carry, keys=None):
    """Biases b_t [B, T, D] and c_t [B, T, H] of each frame, and the carry.

    Args:
      past: [B, T, D], the frame before each; silence before the first.
      carry: from `begin`, or after the previous frames.
      keys: [B] random keys for dropout, or None.
    """
    seen = dropout(past, fold(keys, _INPUTS), self.input_dropout)
    states, carry = self.layers(seen, carry)
    states = dropout(states, fold(keys, _STATES), self.dropout)
    if self.skip:
      states = jnp.concatenate([states, seen], -1)
    visible = self.visible_bias + self.to_visible(states)
    hidden = self.hidden_bias + self.to_hidden(states)
    return (visible, hidden), carry


class _Tanh(nn.Module):
  """A layer of recurrent tanh units; carry: u [B, H]."""

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
