"""NADE: the notes of a frame, drawn one after another.

  p(x) = prod_i p(x_i | x_<i),   p(x_i = 1 | x_<i) = sigmoid(b_i + h_i V_i)
  h_i = g(c + sum_{j<i} x_j W_j)

with the biases b and c given from outside, one pair a frame (as RNN-NADE
does), and the pitches i from the lowest up or in another order. The hidden
state changes only after a pitch that sounds. So a frame of at most M notes has
M + 1 states, and each pitch reads the state that stands after the notes placed
before it: the same likelihood for a tenth of the work. After the M-th note the
state no longer changes; a frame with more notes still has a likelihood, one
that conditions on its first M notes alone.

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
  """The definition, pitches upward, for frames of any many notes.

  Args:
    hidden_bias: c [..., H].
    visible_bias: b [..., P].
    kernel: W [P, H].
    output: V [H, P].
    frames: x [..., P], 1 where a note sounds.
    activation: g.

  Returns:
    [..., P] logits of p(x_i = 1 | x_<i).
  """
  sounding = (frames > 0).astype(kernel.dtype)[..., None] * kernel
  before = jnp.cumsum(sounding, -2) - sounding
  state = _ACTIVATIONS[activation](hidden_bias[..., None, :] + before)
  return visible_bias + jnp.einsum('...ph,hp->...p', state, output)


def log_likelihood(logits: jax.Array, frames: jax.Array) -> jax.Array:
  """log p(x) [...] in nats, of frames [..., P] by their logits [..., P]."""
  # x log s(l) + (1 - x) log s(-l) = x l - softplus(l)
  return jnp.sum(jnp.where(frames > 0, logits, 0) - nn.softplus(logits), -1)


def mixed_log_likelihood(logits: jax.Array, frames: jax.Array) -> jax.Array:
  """log of the mean of p(x) by O orders: logits [..., O, P], x [..., P]."""
  each = log_likelihood(logits, frames[..., None, :])
  return jax.nn.logsumexp(each, -1) - np.log(each.shape[-1])


class Hint(NamedTuple):
  """A whole frame that may come, and how far that is to be believed.

  Attributes:
    frame: [B, T, P], 1 where a note sounds.
    match: [B, T] a class, the higher the better; 0 for no hint at all.
  """

  frame: jax.Array
  match: jax.Array


class Nade(nn.Module):
  """NADE in its sparse form, with what chorales suggest beside (ours).

  With `reach`, each state also writes logits by interval: from the note that
  the same voice had in the frame before, and from the voice just placed. What
  it has learned of steps and thirds then holds at every pitch. With `matches`
  a frame may be given as a hint: its pitches gain what a table says and the
  others lose, by the class of the match, by how many notes are placed and by
  whether they are the hint's first; the state adds its own trust.

  Attributes:
    pitches: P.
    hidden: H.
    voices: M; 0 for the dense form, which has no extras and goes up.
    activation: g.
    reach: semitones that an interval spans, down and up; 0 for none.
    matches: classes of a hint's match; 0 for no hints. Needs reach.
    order: in which the pitches are asked, see pitch_order.
    dropout: share of the states' units that is zeroed, where keys come.
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
    # Rows of the few notes that sound add up, whatever P is. With narrow
    # weights the network would learn the past by heart before the frame.
    wide = nn.initializers.normal(0.3)
    lecun = nn.initializers.lecun_normal()
    shape = (self.pitches, self.hidden)
    self.kernel = self.param('kernel', wide, shape)
    self.output = self.param('output', lecun, (self.hidden, self._width))
    if self.reach:
      # Rows for the interval to the voice below and to the frame before, and
      # for the voice's place.
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
    """The logits of every pitch, given the pitches asked before it.

    Args:
      visible_bias: b [B, T, P].
      hidden_bias: c [B, T, H].
      frames: x [B, T, P].
      before: [B, T, P] the frame before, read with `reach`.
      hint: read with `matches`.
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
    """Draws frames note by note.

    Args:
      visible_bias, hidden_bias, before, hint: as above, with T = 1.
      uniforms: [B, 1, P] in [0, 1), one a pitch.
      temperature: divides the logits; 0 takes the likelier of on and off.
      allowed: [P] or [B, 1, P] bool, pitches that may sound; None for all.

    Returns:
      x [B, 1, P] int32.
    """
    most = self.voices or self.pitches

    def look(frames):
      """Which of the pitches still to be asked would sound."""
      logits = self(visible_bias, hidden_bias, frames, before, hint)
      if temperature:
        sounding = uniforms < jax.nn.sigmoid(logits / temperature)
      else:
        sounding = logits > 0
      if allowed is not None:
        sounding &= allowed
      return sounding & unasked(frames, most, self.order)

    def place(_, frames):
      # The next note is right: it is conditioned on all those placed before.
      return place_next(frames, look(frames), self.order)

    # A loop, and from no constant, which XLA would fold for seconds.
    frames = (uniforms < 0).astype(jnp.int32)
    frames = lax.fori_loop(0, most, place, frames)
    if not self.voices:
      return frames
    # The state of the M-th note is read by all pitches after it.
    return jnp.where(look(frames), 1, frames)

  def _read(self, hidden_bias, notes, reading, before, hint, keys):
    """What the states add to the biases: [B, T, P]."""
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
    """What the hint adds to the logits of every pitch: [B, T, P].

    Args:
      trust: [B, T, M + 1] that each state writes.
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
    """Rows [..., M] of an interval kernel; past its end where there is none."""
    interval = jnp.clip(notes - others, -self.reach, self.reach) + self.reach
    voice = jnp.arange(self.voices) * self._intervals
    there = (notes < self.pitches) & (others < self.pitches)
    return jnp.where(there, voice + interval, self.voices * self._intervals)

  def _by_interval(self, written, others, reading):
    """Spreads logits by interval over the pitches.

    Args:
      written: [B, T, M + 1, 2R + 1] of each state.
      others: [B, T, M + 1] the note that each state measures from.
      reading: [B, T, P] the state that each pitch reads.
    """
    other = jnp.take_along_axis(others, reading, -1)
    interval = jnp.arange(self.pitches) - other
    interval = jnp.clip(interval, -self.reach, self.reach) + self.reach
    flat = written.reshape(*written.shape[:2], -1)
    found = jnp.take_along_axis(flat, reading * self._intervals + interval, -1)
    return jnp.where(other < self.pitches, found, 0)


def take_rows(table: jax.Array, ids: jax.Array) -> jax.Array:
  """Rows [..., H] of a table [K, H]; zeros where an id is K or more."""
  # Flat ids make the gradient XLA's fast scatter of whole rows.
  rows = cells.lookup(table, ids.reshape(-1))
  return lax.optimization_barrier(rows).reshape(*ids.shape, -1)
