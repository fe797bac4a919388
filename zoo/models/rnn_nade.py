"""RNN-NADE: a recurrent network that gives each frame's NADE its biases.

  h_t = LSTM(x_<t);   b_t = b + W_b h_t,  c_t = c + W_c h_t
  p(x_t | x_<t) = NADE(b_t, c_t)

As published, the network reads the last frame as it is (inputs 'frame').
The options that make it strong know of voices, and only of the past (ours):

  inputs 'voices': the notes of a frame in order, each through its own table.
  skip: the last frame goes to the head as well, past the recurrent layers.
  reach: logits by interval (see Nade), and the intervals of the last frame,
    from voice to voice and from the frame before, to network and head.
  recall: where the frames just heard were heard before in the piece, the head
    is shown what followed then, and for how long they agree.
  orders: in which the pitches of a frame are asked (see pitch_order). The
    network has a head for each, all of which learn, and a frame's probability
    is the mean of theirs.

Source: Boulanger-Lewandowski, Bengio, Vincent, ICML 2012, arXiv 1206.6392; a
network for several orders, and their mean: Uria, Murray, Larochelle, ICML 2014,
arXiv 1310.1757.
"""

from typing import Any, Literal, NamedTuple

from flax import linen as nn
import jax
from jax import lax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import UserError
from zoo.layers.dropout import dropout, fold
from zoo.layers.nade import Activation, Hint, Nade
from zoo.layers.pitch_order import first_notes, is_order
from zoo.layers.projection import Symbols, project
from zoo.layers.recurrent import Stack
from zoo.models.sizes import check_dropout, check_widths

# From these lengths on a match is told apart from shorter ones.
_MATCHES = np.array([1, 2, 3, 4, 6, 8, 12])
_PER_WORD = 16  # Pitches that a float32 counts exactly, in one number.

# One purpose each for the random keys of an example; other heads are next.
_INPUTS, _STATES, _HEAD = range(3)


class Past(NamedTuple):
  """What is known before each frame; see `RnnNade.read`.

  Attributes:
    frame: [B, T, P] the frame before.
    notes: [B, T, M] its notes, ascending; P for none.
    melodic: [B, T, M] the interval of each voice to the frame before that,
      from 0 (R or more down) to 2R; more where either is silent.
    harmonic: [B, T, M] likewise, of each voice to the one below.
    hint: [B, T, P] what followed the longest match, zeros without one.
    match: [B, T] how long that is, as a class; 0 for none.
  """

  frame: jax.Array
  notes: jax.Array | None = None
  melodic: jax.Array | None = None
  harmonic: jax.Array | None = None
  hint: jax.Array | None = None
  match: jax.Array | None = None


class RnnNade(nn.Module):
  """RNN-NADE over rolls [B, T, P].

  Attributes:
    pitches: P.
    inputs: see above.
    cell: of the recurrent layers.
    recurrent: H of each.
    hidden: H of the NADE.
    voices: M, the most notes of a frame that condition those after them; 0
      for NADE's dense form, which knows no limit.
    activation: of the NADE.
    skip, reach, recall, orders: see above; reach in semitones, 0 for none.
    dropout: share of the recurrent layers' outputs zeroed in training.
    input_dropout: share of the last frame's notes and intervals hidden.
    head_dropout: share of the NADE's units zeroed.
  """

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

  def setup(self):
    check_widths(recurrent=self.recurrent, hidden=self.hidden)
    check_dropout(
      dropout=self.dropout,
      input_dropout=self.input_dropout,
      head_dropout=self.head_dropout,
    )
    if self.voices < 0:
      raise UserError(
        f'model/voices is {self.voices}: it must be at least 0, which takes '
        "NADE's dense form."
      )
    beyond = self.reach or self.inputs == 'voices' or self.orders != ('u',)
    if not self.voices and beyond:
      raise UserError(
        "model/inputs='voices', model/reach and any model/orders but u need "
        'model/voices: set it to the most notes of a frame.'
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
    """Of each order: the biases' layers, and the NADE."""
    return [(self.hidden_bias, self.visible_bias, self.head), *self.further]

  @property
  def chances(self):
    """How many uniform numbers the drawing of a frame takes."""
    return self.pitches + (len(self.orders) > 1)

  def __call__(self, past, frames, keys=None, carry=None):
    """The logits of p(x_i | x_<i) in every frame, by each order of pitches.

    Args:
      past: what `read` found, of all frames or of a stretch of them.
      frames: [B, T, P], the frames of that stretch.
      keys: [B] random keys for dropout, or None.
      carry: after the frames before the stretch; None starts anew.

    Returns:
      [B, T, O, P] logits in each of O orders; carry.
    """
    heads, given, carry = self._given(past, carry, keys)
    logits = [
      head(*biases, frames, *given, fold(keys, _HEAD + number))
      for number, (head, biases) in enumerate(heads)
    ]
    return jnp.stack(logits, -2), carry

  def read(self, frames):
    """What the model may know before each frame: of earlier ones alone.

    Args:
      frames: [B, T, P] integers, 1 where a note sounds.

    Returns:
      Past.
    """
    frames = frames.astype(jnp.int32)
    frame = delay(frames, 0)
    past = Past(frame)
    if self.inputs == 'voices' or self.reach:
      past = past._replace(notes=first_notes(frame, self.voices))
    if self.reach:
      earlier = delay(past.notes, self.pitches)
      below = jnp.full_like(past.notes, self.pitches)
      below = below.at[..., 1:].set(past.notes[..., :-1])
      past = past._replace(
        melodic=self._interval(past.notes, earlier),
        harmonic=self._interval(past.notes, below),
      )
    if self.recall:
      place, length = longest_match(frames)
      found = jnp.take_along_axis(frames, place[..., None], 1)
      there = (length > 0)[..., None]
      past = past._replace(
        hint=jnp.where(there, found, 0),
        match=jnp.sum(length[..., None] >= _MATCHES, -1),
      )
    return past

  def begin(self, count):
    """The carry before the first frame, of `count` pieces."""
    parts = 2 if self.cell == 'lstm' else 1
    states = [(jnp.zeros((count, size)),) * parts for size in self.recurrent]
    return tuple(s if parts == 2 else s[0] for s in states)

  def draw(self, past, carry, chances, temperature=1.0):
    """Draws the next frame, voice by voice.

    Args:
      past: what `read` found, of this frame alone, T = 1.
      carry: of `begin`, or of the frame before.
      chances: [B, 1, `chances`] uniform in [0, 1); where there are several
        orders the last of them chooses.
      temperature: divides the logits; 0 takes the likelier of on and off, in
        the first order.

    Returns:
      frame [B, 1, P] int32, carry.
    """
    heads, given, carry = self._given(past, carry, None)
    each = chances[..., : self.pitches]
    count = len(heads) if temperature else 1
    frames = [
      head.draw(*biases, each, *given, temperature)
      for head, biases in heads[:count]
    ]
    chosen = jnp.floor(chances[..., -1:] * count)
    frame = frames[0]
    for number, other in enumerate(frames[1:], 1):
      frame = jnp.where(chosen == number, other, frame)
    return frame, carry

  def _given(self, past, carry, keys):
    """The heads with their biases, what all see of the past, and the carry."""
    last = self._last_frame(past, fold(keys, _INPUTS))
    states, carry = self.layers(last, carry, keys=fold(keys, _STATES))
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
    return heads, (past.frame, hint), carry

  def _last_frame(self, past, keys):
    """What network and head are shown of the last frame."""
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
    """Symbols of which a share is hidden."""
    if keys is not None and self.input_dropout:
      shape = ids.shape[1:]
      hidden = jax.vmap(
        lambda key: jax.random.bernoulli(key, self.input_dropout, shape)
      )(keys)
      ids = jnp.where(hidden, classes, ids)
    return Symbols(ids, classes)

  def _interval(self, notes, others):
    """Classes of the intervals [..., M]; past the end where one is silent."""
    interval = jnp.clip(notes - others, -self.reach, self.reach) + self.reach
    there = (notes < self.pitches) & (others < self.pitches)
    return jnp.where(there, interval, 2 * self.reach + 1)


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


def delay(values: jax.Array, first: int) -> jax.Array:
  """Values [B, T, ...] a step later, with `first` before the first."""
  start = jnp.full_like(values[:, :1], first)
  return jnp.concatenate([start, values[:, :-1]], 1)


def longest_match(frames: jax.Array) -> tuple[jax.Array, jax.Array]:
  """Where the frames just heard were heard before, for every frame.

  Before frame t, the frames up to t - 1 are compared with those up to s - 1
  for every s < t: `place` is the s at which most of them agree, counted
  backward; the latest of equals.

  Args:
    frames: [B, T, P] integers, 1 where a note sounds.

  Returns:
    place [B, T] int32, length [B, T] int32: 0 where there is none.
  """
  words = _words(frames)
  steps = jnp.arange(frames.shape[1])

  def compare(lengths, t):
    # lengths[s]: how many frames before s agree with those before t - 1.
    last = lax.dynamic_index_in_dim(words, jnp.maximum(t - 1, 0), 1)
    agree = jnp.all(words == last, -1)
    longer = jnp.where(agree, lengths + 1, 0)
    lengths = jnp.concatenate(
      [jnp.zeros_like(longer[:, :1]), longer[:, :-1]], 1
    )
    lengths = jnp.where(steps < t, lengths, 0)
    # The latest of the longest: argmax finds the first, so look backward.
    place = frames.shape[1] - 1 - jnp.argmax(lengths[:, ::-1], -1)
    return lengths, (place, jnp.max(lengths, -1))

  none = jnp.zeros(frames.shape[:2], jnp.int32)
  _, (place, length) = lax.scan(compare, none, steps)
  return place.T.astype(jnp.int32), length.T


def _words(frames):
  """[B, T, W] float32, equal where the frames [B, T, P] are."""
  missing = -frames.shape[-1] % _PER_WORD
  bits = jnp.pad(
    (frames > 0).astype(jnp.float32), ((0, 0), (0, 0), (0, missing))
  )
  bits = bits.reshape(*frames.shape[:2], -1, _PER_WORD)
  return bits @ (2.0 ** np.arange(_PER_WORD, dtype=np.float32))


def _mostly_silent(rng, shape, dtype=jnp.float32):
  """Most pitches of a frame are silent: about four of 88 sound."""
  del rng  # nothing is drawn
  return jnp.full(shape, -3, dtype)
