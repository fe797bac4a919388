"""NADE: samples the notes of a frame one after another.

  p(x) = prod_i p(x_i | x_<i),   p(x_i = 1 | x_<i) = sigmoid(b_i + h_i V_i)
  h_i = g(c + sum_{j<i} x_j W_j)

with the biases b and c as inputs, one pair per frame (as in RNN-NADE), and the
pitches i in ascending or another order. The hidden state changes only after an
active pitch. So a frame of at most M notes has M + 1 states, and each pitch
reads the state after the notes before it: the same likelihood for a tenth of
the work. After the M-th note the state no longer changes; a frame with more
notes still has a likelihood, conditioned on its first M notes only.

Source: Larochelle & Murray, AISTATS 2011; conditional biases:
Boulanger-Lewandowski et al., ICML 2012, arXiv 1206.6392.
"""

from typing import Literal, NamedTuple

from flax import linen as nn
import jax
from jax import lax
import jax.numpy as jnp
import numpy as np

from zoo.layers import cells
from zoo.layers.dropout import dropout
from zoo.layers.pitch_order import (
  first_notes,
  notes_placed,
  place_next,
  unasked,
)

Activation = Literal['sigmoid', 'relu']

_ACTIVATIONS = {'sigmoid': jax.nn.sigmoid, 'relu': jax.nn.relu}


def dense_logits(
  hidden_bias: jax.Array,
  visible_bias: jax.Array,
  kernel: jax.Array,
  output: jax.Array,
  frames: jax.Array,
  activation: Activation = 'sigmoid',
) -> jax.Array:
  """The definition of NADE, with ascending pitches and any number of notes.

  Args:
    hidden_bias: c [..., H].
    visible_bias: b [..., P].
    kernel: W [P, H].
    output: V [H, P].
    frames: x [..., P], 1 if a note is active.
    activation: g.

  Returns:
    [..., P] logits of p(x_i = 1 | x_<i).
  """
  active = (frames > 0).astype(kernel.dtype)[..., None] * kernel
  before = jnp.cumsum(active, -2) - active
  state = _ACTIVATIONS[activation](hidden_bias[..., None, :] + before)
  return visible_bias + jnp.einsum('...ph,hp->...p', state, output)


def log_likelihood(logits: jax.Array, frames: jax.Array) -> jax.Array:
  """log p(x) [...] in nats, of frames [..., P] given their logits [..., P]."""
  # x log s(l) + (1 - x) log s(-l) = x l - softplus(l)
  return jnp.sum(jnp.where(frames > 0, logits, 0) - nn.softplus(logits), -1)


def mixed_log_likelihood(logits: jax.Array, frames: jax.Array) -> jax.Array:
  """log of the mean p(x) over O orders: logits [..., O, P], x [..., P]."""
  each = log_likelihood(logits, frames[..., None, :])
  return jax.nn.logsumexp(each, -1) - np.log(each.shape[-1])


class Hint(NamedTuple):
  """A guess of the whole frame, and its reliability.

  Attributes:
    frame: [B, T, P], 1 if a note is active.
    match: [B, T] a class, higher is more reliable; 0 for no hint.
  """

  frame: jax.Array
  match: jax.Array


class Nade(nn.Module):
  """NADE in its sparse form, with extensions for chorales (not from a paper).

  With `reach`, each state also has logits by interval: from the note of the
  same voice in the previous frame, and from the voice just placed. What it
  learns about steps and thirds then applies at every pitch. With `matches` it
  accepts a frame as a hint: a table raises the logits of the hint's pitches and
  lowers others, depending on the class of the match, on the number of notes
  placed and on whether they are the first of the hint; the state adds a learned
  trust.

  Attributes:
    pitches: P.
    hidden: H.
    voices: M; 0 for the dense form, without extensions and with ascending
      pitches.
    activation: g.
    reach: largest interval, down and up, in semitones; 0 for no intervals.
    matches: number of classes of a hint's match; 0 for no hints. Needs reach.
    order: of the pitches; see pitch_order.
    dropout: share of the states' units that is zeroed, if keys are given.
  """

  pitches: int
  hidden: int
  voices: int
  activation: Activation = 'sigmoid'
  reach: int = 0
  matches: int = 0
  order: str = 'u'
  dropout: float = 0.0

  def setup(self):
    # The rows of the few active notes add up, for any P. With small weights the
    # network would memorize the past before it learns from the frame.
    wide = nn.initializers.normal(0.3)
    lecun = nn.initializers.lecun_normal()
    shape = (self.pitches, self.hidden)
    self.kernel = self.param('kernel', wide, shape)
    self.output = self.param('output', lecun, (self.hidden, self._width))
    if self.reach:
      # Rows for the interval to the voice below and to the previous frame, and
      # for the number of the voice.
      rows = (self.voices * self._intervals, self.hidden)
      self.below_kernel = self.param('below_kernel', wide, rows)
      self.before_kernel = self.param('before_kernel', wide, rows)
      shape = (self.voices + 1, self.hidden)
      self.place = self.param('place', wide, shape)
    if self.matches:
      shape = (self.matches, self.voices + 1, 2, 2)
      self.belief = self.param('belief', nn.initializers.zeros, shape)

  @property
  def _intervals(self):
    return 2 * self.reach + 1

  @property
  def _width(self):
    extra = 2 * self._intervals if self.reach else 0
    return self.pitches + extra + (1 if self.matches else 0)

  def __call__(
    self,
    visible_bias: jax.Array,
    hidden_bias: jax.Array,
    frames: jax.Array,
    before: jax.Array | None = None,
    hint: Hint | None = None,
    keys: jax.Array | None = None,
  ) -> jax.Array:
    """The logits of every pitch, given the pitches before it in the order.

    Args:
      visible_bias: b [B, T, P].
      hidden_bias: c [B, T, H].
      frames: x [B, T, P].
      before: [B, T, P] the previous frame, used with `reach`.
      hint: used with `matches`.
      keys: [B] random keys for dropout, or None.

    Returns:
      [B, T, P] logits.
    """
    if not self.voices:
      weights = (self.kernel, self.output, frames, self.activation)
      return dense_logits(hidden_bias, visible_bias, *weights)
    notes = first_notes(frames, self.voices, self.order)
    reading = notes_placed(frames, self.voices, self.order)
    if self.reach and before is not None:
      before = first_notes(before, self.voices, self.order)
    return visible_bias + self._read(
      hidden_bias, notes, reading, before, hint, keys
    )

  def draw(
    self,
    visible_bias: jax.Array,
    hidden_bias: jax.Array,
    uniforms: jax.Array,
    before: jax.Array | None = None,
    hint: Hint | None = None,
    temperature: float = 1.0,
    allowed: jax.Array | None = None,
  ) -> jax.Array:
    """Samples frames note by note.

    Args:
      visible_bias, hidden_bias, before, hint: as above, with T = 1.
      uniforms: [B, 1, P] in [0, 1), one per pitch.
      temperature: divides the logits; 0 takes the more likely of on and off.
      allowed: [P] or [B, 1, P] bool, pitches that may be active; None for all.

    Returns:
      x [B, 1, P] int32.
    """
    most = self.voices or self.pitches

    def look(frames):
      """Which of the undecided pitches would be active."""
      logits = self(visible_bias, hidden_bias, frames, before, hint)
      if temperature:
        active = uniforms < jax.nn.sigmoid(logits / temperature)
      else:
        active = logits > 0
      if allowed is not None:
        active &= allowed
      return active & unasked(frames, most, self.order)

    def place(_, frames):
      # Only the next note is valid: it is conditioned on all those before it.
      return place_next(frames, look(frames), self.order)

    # Not from a constant, which XLA would spend seconds folding.
    frames = (uniforms < 0).astype(jnp.int32)
    frames = lax.fori_loop(0, most, place, frames)
    if not self.voices:
      return frames
    # The state of the M-th note is read by all pitches after it.
    return jnp.where(look(frames), 1, frames)

  def _read(self, hidden_bias, notes, reading, before, hint, keys):
    """The logits [B, T, P] from the states, without the visible biases."""
    states = self._states(hidden_bias, notes, before)
    states = dropout(_ACTIVATIONS[self.activation](states), keys, self.dropout)
    written = states @ self.output
    absolute = written[..., : self.pitches]
    logits = sum(
      jnp.where(reading == place, absolute[..., place, :], 0)
      for place in range(self.voices + 1)
    )
    if not self.reach:
      return logits
    edge = self.pitches + self._intervals
    none = jnp.full_like(notes[..., :1], self.pitches)
    melodic = jnp.concatenate([before, none], -1)
    harmonic = jnp.concatenate([none, notes], -1)
    logits += self._by_interval(
      written[..., self.pitches : edge], melodic, reading
    )
    logits += self._by_interval(
      written[..., edge : edge + self._intervals], harmonic, reading
    )
    if not self.matches:
      return logits
    return logits + self._believed(written[..., -1], notes, reading, hint)

  def _believed(self, trust, notes, reading, hint):
    """The contribution of the hint to the logits: [B, T, P].

    Args:
      trust: [B, T, M + 1] an output of each state.
      notes: [B, T, M] of the frame.
      reading: [B, T, P] the state that each pitch reads.
      hint: see Hint.
    """
    match = jax.nn.one_hot(hint.match, self.matches)
    rows = match @ self.belief.reshape(self.matches, -1)
    rows = rows.reshape(*match.shape[:-1], *self.belief.shape[1:])
    same = notes == first_notes(hint.frame, self.voices, self.order)
    agree = jnp.cumprod(same.astype(jnp.int32), -1)
    agree = jnp.pad(agree, [(0, 0)] * (agree.ndim - 1) + [(1, 0)])
    agree = agree.at[..., 0].set(1)[..., None]
    off, on = jnp.moveaxis(
      jnp.where(agree > 0, rows[..., 1, :], rows[..., 0, :]), -1, 0
    )
    on = on + jnp.where(hint.match[..., None] > 0, trust, 0)
    on, off = (jnp.take_along_axis(x, reading, -1) for x in (on, off))
    return jnp.where(hint.frame > 0, on, off)

  def _states(self, hidden_bias, notes, before):
    """c + sum of the rows of the notes so far: [B, T, M + 1, H]."""
    rows = take_rows(self.kernel, notes)
    if self.reach:
      none = jnp.full_like(notes[..., :1], self.pitches)
      below = jnp.concatenate([none, notes[..., :-1]], -1)
      rows += take_rows(self.below_kernel, self._intervals_of(notes, below))
      rows += take_rows(self.before_kernel, self._intervals_of(notes, before))
    states = [hidden_bias]
    for voice in range(self.voices):
      states.append(states[-1] + rows[..., voice, :])
    stacked = jnp.stack(states, -2)
    return stacked + self.place if self.reach else stacked

  def _intervals_of(self, notes, others):
    """Rows [..., M] of an interval kernel; beyond its end for no interval."""
    interval = jnp.clip(notes - others, -self.reach, self.reach) + self.reach
    voice = jnp.arange(self.voices) * self._intervals
    known = (notes < self.pitches) & (others < self.pitches)
    return jnp.where(known, voice + interval, self.voices * self._intervals)

  def _by_interval(self, written, others, reading):
    """Spreads logits by interval over the pitches.

    Args:
      written: [B, T, M + 1, 2R + 1] logits of each state.
      others: [B, T, M + 1] the note from which each state measures.
      reading: [B, T, P] the state that each pitch reads.
    """
    other = jnp.take_along_axis(others, reading, -1)
    interval = jnp.arange(self.pitches) - other
    interval = jnp.clip(interval, -self.reach, self.reach) + self.reach
    flat = written.reshape(*written.shape[:2], -1)
    found = jnp.take_along_axis(flat, reading * self._intervals + interval, -1)
    return jnp.where(other < self.pitches, found, 0)


def take_rows(table: jax.Array, ids: jax.Array) -> jax.Array:
  """Rows [..., H] of a table [K, H]; zeros for ids of K or more."""
  # Flat ids make the gradient XLA's fast scatter of whole rows.
  rows = cells.lookup(table, ids.reshape(-1))
  return lax.optimization_barrier(rows).reshape(*ids.shape, -1)
