"""RNN-NADE: a recurrent network computes the biases of each frame's NADE.

  h_t = LSTM(x_<t);   b_t = b + W_b h_t,  c_t = c + W_c h_t
  p(x_t | x_<t) = NADE(b_t, c_t)

As published, the network reads the last frame as a vector (inputs 'frame').
Options that improve it use voices, and only the past (ours):

  inputs 'voices': the notes of a frame in order, each with its own embedding.
  skip: the head also reads the last frame directly.
  reach: logits by interval (see Nade), and the intervals of the last frame,
    between voices and from the frame before it, as inputs of network and head.
  recall: if the last frames occurred earlier in the piece, the head receives
    the frame that followed then, and the length of the match.
  orders: in which the pitches of a frame are predicted (see pitch_order). The
    network has a head for each order, all heads are trained, and a frame's
    probability is their mean.

Source: Boulanger-Lewandowski, Bengio, Vincent, ICML 2012, arXiv 1206.6392; a
network for several orders, and their mean: Uria, Murray, Larochelle, ICML 2014,
arXiv 1310.1757.
"""

from typing import Any, Literal, NamedTuple

from flax import linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Spec, Tree, UserError
from zoo.layers.dropout import dropout, fold
from zoo.layers.nade import (
  Activation,
  Hint,
  Nade,
  log_likelihood,
  mixed_log_likelihood,
)
from zoo.layers.pitch_order import first_notes, is_order
from zoo.layers.projection import Symbols, project
from zoo.layers.recall import delay, longest_match
from zoo.layers.recurrent import Stack
from zoo.models.sizes import check_dropout, check_widths
from zoo.questions import Autoregressive, Steps

# Minimum lengths of the classes of a match.
_MATCHES = np.array([1, 2, 3, 4, 6, 8, 12])

# Purposes of the random keys of an example; those of further heads follow.
_INPUTS, _STATES, _HEAD = range(3)


class Past(NamedTuple):
  """Inputs for each frame; see `RnnNade.given`.

  Attributes:
    frame: [B, T, P] the previous frame.
    notes: [B, T, M] its notes, ascending; P for none.
    melodic: [B, T, M] the interval of each voice to the frame before that, from
      0 (R or more down) to 2R; 2R + 1 if either is silent.
    harmonic: [B, T, M] likewise, of each voice to the one below.
    hint: [B, T, P] the frame after the longest match, zeros for no match.
    match: [B, T] its length, as a class; 0 for none.
  """

  frame: jax.Array
  notes: jax.Array | None = None
  melodic: jax.Array | None = None
  harmonic: jax.Array | None = None
  hint: jax.Array | None = None
  match: jax.Array | None = None


class RnnNade(nn.Module, Autoregressive):
  """RNN-NADE over rolls [B, T, P].

  Attributes:
    pitches: P.
    inputs: see above.
    cell: of the recurrent layers.
    recurrent: H of each layer.
    hidden: H of the NADE.
    voices: M, the maximum number of notes of a frame on which later ones are
      conditioned; 0 for NADE's dense form, without a limit.
    activation: of the NADE.
    skip, reach, recall, orders: see above; reach in semitones, 0 for none.
    dropout: share of the recurrent layers' outputs zeroed in training.
    input_dropout: share of the last frame's notes and intervals hidden.
    head_dropout: share of the NADE's units zeroed.
  """

  reads = ('roll',)

  pitches: int
  inputs: Literal['frame', 'voices'] = 'frame'
  cell: Literal['lstm', 'gru'] = 'lstm'
  recurrent: tuple[int, ...] = (256,)
  hidden: int = 256
  voices: int = 8
  activation: Activation = 'sigmoid'
  skip: bool = False
  reach: int = 0
  recall: bool = False
  orders: tuple[str, ...] = ('u',)
  dropout: float = 0.0
  input_dropout: float = 0.0
  head_dropout: float = 0.0

  field = 'roll'
  streams = ('frame',)
  context = 0

  @classmethod
  def from_spec(cls, spec: Spec, **options: Any) -> 'RnnNade':
    """The network over the piano rolls that `spec` describes.

    Raises:
      UserError: an encoder without piano rolls, or options that are out of
        range or do not fit each other.
    """
    if 'roll' not in spec.fields:
      raise UserError(
        f"model 'rnn_nade' reads piano rolls, and encoder '{spec.encoder}' "
        'gives none: take the encoder piano_roll.'
      )
    model = cls(spec.fields['roll'].shape[-1], **options)
    model.check()
    return model

  def check(self) -> None:
    """Raises UserError if an option is out of range."""
    check_widths(recurrent=self.recurrent, hidden=self.hidden)
    check_dropout(
      dropout=self.dropout,
      input_dropout=self.input_dropout,
      head_dropout=self.head_dropout,
    )
    if self.voices < 0:
      raise UserError(
        f'model/voices is {self.voices}: it must be at least 0, which means '
        "NADE's dense form."
      )
    beyond = self.reach or self.inputs == 'voices' or self.orders != ('u',)
    if not self.voices and beyond:
      raise UserError(
        "model/inputs='voices', model/reach and any model/orders but u need "
        'model/voices: set it to the maximum number of notes of a frame.'
      )
    if self.reach < 0 or (self.recall and not self.reach):
      raise UserError(
        f'model/recall needs model/reach above 0, not {self.reach}.'
      )
    distinct = len({*self.orders}) == len(self.orders) > 0
    if not distinct or not all(map(is_order, self.orders)):
      raise UserError(
        f'model/orders={list(self.orders)}: give one or several words of the '
        'letters u and d, all different.'
      )

  def setup(self):
    self.layers = Stack(self.recurrent, self.cell, dropout=self.dropout)
    first, *further = self.orders
    self.hidden_bias, self.visible_bias, self.head = self._head(first)
    self.further = [self._head(order) for order in further]

  def _head(self, order):
    return (
      _Sum(self.hidden, nn.initializers.zeros),
      _Sum(self.pitches, _mostly_silent),
      Nade(
        self.pitches,
        self.hidden,
        self.voices,
        self.activation,
        self.reach,
        len(_MATCHES) + 1 if self.recall else 0,
        order,
        self.head_dropout,
      ),
    )

  def _heads(self):
    """For each order, the layers of the biases, and the NADE."""
    return [(self.hidden_bias, self.visible_bias, self.head), *self.further]

  @property
  def uniforms(self) -> int:  # type: ignore[override]
    """How many uniform numbers it takes to sample a frame.

    One per pitch, and with several orders one for choosing the order.
    """
    return self.pitches + (len(self.orders) > 1)

  def read(self, batch: Tree) -> Steps:
    """Frames from `length` [B] on do not count."""
    frames = batch['roll'].astype(jnp.int32)
    mask = jnp.arange(frames.shape[1]) < batch['length'][:, None]
    return Steps(frames, self.given(frames, batch), mask)

  def given(self, symbols: jax.Array, batch: Tree) -> Past:
    """The inputs for each of the frames [B, T, P]."""
    del batch
    frames = symbols.astype(jnp.int32)
    frame = delay(frames, 0)
    past = Past(frame)
    if self.inputs == 'voices' or self.reach:
      notes = first_notes(frame, self.voices)
      past = past._replace(notes=notes)
    if self.reach:
      below = jnp.full_like(notes, self.pitches)
      below = below.at[..., 1:].set(notes[..., :-1])
      past = past._replace(
        melodic=self._interval(notes, delay(notes, self.pitches)),
        harmonic=self._interval(notes, below),
      )
    if self.recall:
      place, length = longest_match(frames)
      found = jnp.take_along_axis(frames, place[..., None], 1)
      known = (length > 0)[..., None]
      past = past._replace(
        hint=jnp.where(known, found, 0),
        match=jnp.sum(length[..., None] >= _MATCHES, -1),
      )
    return past

  def begin(self, count: int) -> tuple[jax.Array, Any]:
    parts = 2 if self.cell == 'lstm' else 1
    states = [(jnp.zeros((count, size)),) * parts for size in self.recurrent]
    memory = tuple(s if parts == 2 else s[0] for s in states)
    return jnp.zeros((count, self.pitches), jnp.int32), memory

  def start(self, batch: Tree) -> tuple[jax.Array, Any]:
    return self.begin(len(batch['roll']))

  def __call__(self, symbols, given, carry, keys=None):
    """Logits [B, T, O, P] for each of O orders, and the carry.

    See zoo.questions.
    """
    _, memory = carry
    heads, known, memory = self._biases(given, memory, keys)
    logits = [
      head(*biases, symbols, *known, fold(keys, _HEAD + number))
      for number, (head, biases) in enumerate(heads)
    ]
    return jnp.stack(logits, -2), (symbols[:, -1].astype(jnp.int32), memory)

  def log_prob(self, outputs, symbols):
    return {'frame': mixed_log_likelihood(outputs, symbols)}

  def bound(self, outputs, symbols):
    """The mean over orders of log p, while `log_prob` is the log of the mean.

    It trains each order (Uria et al. 2014).
    """
    each = log_likelihood(outputs, symbols[..., None, :])
    return {'frame': jnp.mean(each, -1)}

  def likeliest(self, outputs, symbols):
    """Pitches that are more likely on than off, in the first order."""
    del symbols  # The logits are already conditioned on the true pitches.
    return (outputs[..., 0, :] > 0).astype(jnp.int32)

  def events(self, symbols):
    """Frames that are not silent."""
    return jnp.any(symbols > 0, -1)

  def sample_step(self, carry, given, uniforms, temperature, allowed=None):
    """Samples a frame; `allowed` are pitches; temperature 0 uses order 0."""
    _, memory = carry
    given = jax.tree.map(lambda x: x[:, None], given)
    heads, known, memory = self._biases(given, memory, None)
    each = uniforms[:, None, : self.pitches]
    count = len(heads) if temperature[0] else 1
    legal = None if allowed is None else jnp.atleast_2d(allowed)[:, None]
    frames = [
      head.draw(*biases, each, *known, temperature[0], legal)
      for head, biases in heads[:count]
    ]
    chosen = jnp.floor(uniforms[:, None, -1:] * count)
    frame = frames[0]
    for number, other in enumerate(frames[1:], 1):
      frame = jnp.where(chosen == number, other, frame)
    logits = [head(*biases, frame, *known) for head, biases in heads]
    log_prob = mixed_log_likelihood(jnp.stack(logits, -2), frame)
    return frame[:, 0], log_prob[:, 0], memory

  def _biases(self, past, memory, keys):
    """The heads with their biases, the inputs shared by all, the memory."""
    last = self._last_frame(past, fold(keys, _INPUTS))
    states, memory = self.layers(last, memory, keys=fold(keys, _STATES))
    shown = [states, *(last if self.skip else [])]
    hinted, hint = [], None
    if self.recall:
      notes = first_notes(past.hint, self.voices)
      hinted = [
        Symbols(notes, self.pitches),
        Symbols(past.match, len(_MATCHES) + 1),
      ]
      hint = Hint(past.hint, past.match)
    heads = [
      (head, (visible(shown), hidden([*shown, *hinted])))
      for hidden, visible, head in self._heads()
    ]
    return heads, (past.frame, hint), memory

  def _last_frame(self, past, keys):
    """The last frame as inputs of network and head."""
    if self.inputs == 'frame':
      frame = past.frame.astype(jnp.float32)
      inputs = [dropout(frame, fold(keys, 0), self.input_dropout)]
    else:
      inputs = [self._symbols(past.notes, self.pitches, fold(keys, 0))]
    if self.reach:
      classes = 2 * self.reach + 1
      inputs += [
        self._symbols(past.melodic, classes, fold(keys, 1)),
        self._symbols(past.harmonic, classes, fold(keys, 2)),
      ]
    return inputs

  def _symbols(self, ids, classes, keys):
    """Symbols with a share of them hidden."""
    if keys is not None and self.input_dropout:
      shape = ids.shape[1:]
      hidden = jax.vmap(
        lambda key: jax.random.bernoulli(key, self.input_dropout, shape)
      )(keys)
      ids = jnp.where(hidden, classes, ids)
    return Symbols(ids, classes)

  def _interval(self, notes, others):
    """Classes of the intervals [..., M]; 2R + 1 if either is silent."""
    interval = jnp.clip(notes - others, -self.reach, self.reach) + self.reach
    known = (notes < self.pitches) & (others < self.pitches)
    return jnp.where(known, interval, 2 * self.reach + 1)


class _Sum(nn.Module):
  """A linear layer of several inputs, arrays or Symbols; see `project`."""

  features: int
  bias_init: Any

  @nn.compact
  def __call__(self, inputs):
    """[B, T, features] of inputs [B, T, D] and Symbols [B, T(, M)]."""
    kernels = []
    for number, values in enumerate(inputs):
      if isinstance(values, Symbols):
        places = values.ids.shape[2] if values.ids.ndim == 3 else 1
        depth = places * values.classes
      else:
        depth = values.shape[-1]
      init = nn.initializers.lecun_normal()
      kernels.append(
        self.param(f'kernel_{number}', init, (depth, self.features))
      )
    bias = self.param('bias', self.bias_init, (self.features,))
    steps = inputs[0].shape[1]
    return jnp.swapaxes(project(kernels, bias, inputs, steps), 0, 1)


def _mostly_silent(rng, shape, dtype=jnp.float32):
  """An initializer for silent frames: about four of 88 pitches are active."""
  del rng  # nothing is drawn
  return jnp.full(shape, -3, dtype)
