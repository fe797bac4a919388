"""Relations of a note to the notes around it: intervals, degrees, motions.

Voices are classes on a grid; class 0 holds the active note, and K or more marks
an unknown cell. The surroundings of a cell of one voice are the notes before
and after it in that voice, and the active notes of the others at these times.
From them are computed features that do not change under transposition, and
logits for each class that the cell could have:

  logits(k) = sum over notes r around  W_r(h)[pitch(k) - r]
            + U(h)[degree of pitch(k) in the key]
            + sum over voices w  A_w[motion from the note before to k]
                               + B_w[motion from k to the note after]

W and U are linear in the features h of the cell, so that the weight of an
interval depends on the context (relative logits, as in rnn_nade_strong). A and
B are tables indexed by the intervals before and after, and by the direction in
which each of the two voices moves: parallel fifths, for example, have an entry.

Not from a paper; terms for pairs of notes near a cell follow Hadjeres,
Sakellariou & Pachet 2016, arXiv 1609.05152.
"""

from typing import NamedTuple

from flax import linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import HOLD
from zoo.layers import cells
from zoo.layers.views import active_notes

NONE = -1  # The pitch of silence, of unknown cells and of symbols.
DEGREES = 13  # Semitones above the tonic; the last class is none.

_REACH = 24  # Semitones of the relative logits.
_PLACES = 2 * _REACH + 2  # Intervals from -24 to 24, and none.
_OCTAVE = 12
_MOTIONS = 2 * _OCTAVE + 2  # An octave down to an octave up, and none.
_WAYS = _OCTAVE * _OCTAVE * 9 + 1  # Two intervals and two directions; or none.


class Surroundings(NamedTuple):
  """MIDI pitches around the cells of one of V voices; NONE for no note.

  Attributes:
    before, after: [R, M] the voice's own note before the cell, and its next.
    now, last: [R, M, V - 1] active notes of the others at the cell, and one
      step before it.
    then, until: [R, M, V - 1] their active notes at the onset of `after`, and
      one step before it.
    tonic: [R, M] pitch class of the major key with the cell's signature.
  """

  before: jax.Array
  after: jax.Array
  now: jax.Array
  last: jax.Array
  then: jax.Array
  until: jax.Array
  tonic: jax.Array


def surroundings(
  voices: jax.Array,
  key: jax.Array,
  pitches: np.ndarray,
  voice: int,
  around: int,
) -> Surroundings:
  """The surroundings of each cell of a voice, independent of the cell itself.

  Args:
    voices: [R, C + M + C, V] classes.
    key: [R, C + M + C] sharps of the key signature + 7.
    pitches: [V, K] MIDI pitch of each class, NONE for symbols.
    voice: the voice of the cells.
    around: C.
  """
  steps, several = voices.shape[1:]
  others = np.delete(np.arange(several), voice)
  cell = np.arange(around, steps - around)
  active = _pitches(voices, pitches)
  own, rest = voices[..., voice], active[..., others]
  later = np.arange(steps) > cell[:, None]
  following = jnp.where(later & (own != HOLD)[:, None], np.arange(steps), steps)
  following = jnp.min(following, -1)  # [R, M]
  exists = following < steps
  following = jnp.minimum(following, steps - 1)

  def at(values, places):
    found = jnp.take_along_axis(values, places[..., None], 1)
    return jnp.where(exists[..., None], found, NONE)

  begun = _pick(pitches, own, voice)
  return Surroundings(
    before=active[:, cell - 1, voice],
    after=at(begun[..., None], following)[..., 0],
    now=rest[:, cell],
    last=rest[:, cell - 1],
    then=at(rest, following),
    until=at(rest, following - 1),
    tonic=tonic_of(key[:, cell]),
  )


def degrees(
  voices: jax.Array, key: jax.Array, pitches: np.ndarray, voice: int
) -> jax.Array:
  """[B, T, V] degrees in the key of the active notes of the other voices.

  For the voice itself they are those of its onsets, none for holds: the active
  note after a cell may be the cell's own.

  Args:
    voices: [B, T, V] classes.
    key, pitches, voice: see `surroundings`.
  """
  own = np.arange(voices.shape[-1]) == voice
  begun = _pick(pitches, voices, voice)
  found = jnp.where(own, begun, _pitches(voices, pitches))
  return degree(found, tonic_of(key)[..., None])


def tonic_of(key: jax.Array) -> jax.Array:
  """Pitch class of the major key with sharps `key` - 7."""
  return 7 * (key - 7) % _OCTAVE


def degree(pitch: jax.Array, tonic: jax.Array) -> jax.Array:
  """Semitones above the tonic, 0 to 11; the last of DEGREES for NONE."""
  return jnp.where(pitch == NONE, _OCTAVE, (pitch - tonic) % _OCTAVE)


def described(given: Surroundings) -> jax.Array:
  """[R, M, D] one-hot degrees, intervals and motions around a cell."""
  several = given.now.shape[-1]
  own = jnp.stack([given.before, given.after], -1)
  notes = jnp.concatenate([own, given.now, given.last, given.then], -1)
  upper, lower = np.triu_indices(several, 1)
  intervals = jnp.concatenate(
    [
      _class(given.before[..., None], given.now),
      _class(given.before[..., None], given.last),
      _class(given.after[..., None], given.then),
      _class(given.now[..., upper], given.now[..., lower]),
    ],
    -1,
  )
  parts = (
    jax.nn.one_hot(degree(notes, given.tonic[..., None]), DEGREES),
    jax.nn.one_hot(intervals, DEGREES),
    jax.nn.one_hot(_interval(given.now, given.last, _OCTAVE), _MOTIONS),
  )
  return jnp.concatenate(
    [part.reshape(*part.shape[:2], -1) for part in parts], -1
  )


class Relations(nn.Module):
  """Logits from the relations of a note to those around it; see above.

  Attributes:
    pitches: MIDI pitch of each of the K classes of the voice, NONE for
      symbols.
  """

  pitches: tuple[int, ...]

  @nn.compact
  def __call__(self, features: jax.Array, given: Surroundings) -> jax.Array:
    """Logits [R, M, K] from features [R, M, H]."""
    notes = jnp.concatenate(
      [given.now, jnp.stack([given.before, given.after], -1)], -1
    )
    count = notes.shape[-1]
    weights = nn.Dense(
      count * _PLACES + DEGREES,
      name='weights',
      kernel_init=nn.initializers.zeros,
      dot_general=cells.dense_product,
    )(features)
    would = candidates(np.array(self.pitches), given)  # [R, M, K]
    relative = weights[..., : count * _PLACES]
    relative = relative.reshape(*relative.shape[:2], count, _PLACES)
    places = _interval(would[..., None, :], notes[..., None], _REACH)
    logits = jnp.sum(jnp.take_along_axis(relative, places, -1), -2)
    degrees = degree(would, given.tonic[..., None])
    logits += jnp.take_along_axis(weights[..., -DEGREES:], degrees, -1)
    would = would[..., None]  # [R, M, K, 1], against V - 1 other voices
    own = given.before[..., None, None], given.after[..., None, None]
    now, last, then, until = (
      x[..., None, :] for x in (given.now, given.last, given.then, given.until)
    )
    for name, ways in {
      'into': _way(own[0], would, last, now),
      'out_of': _way(would, own[1], until, then),
    }.items():
      voices = ways.shape[-1]
      table = self.param(name, nn.initializers.zeros, (voices, _WAYS))
      logits += jnp.sum(jnp.asarray(table)[np.arange(voices), ways], -1)
    return logits


def candidates(pitches: np.ndarray, given: Surroundings) -> jax.Array:
  """[R, M, K] the active pitch if the cell had each class [K]."""
  holds = np.arange(len(pitches)) == HOLD
  return jnp.where(holds, given.before[..., None], jnp.asarray(pitches))


def _pitches(voices, pitches):
  """[B, T, V] active pitches; NONE in silence and for holds at the start."""
  first = int((np.asarray(pitches) != NONE).argmax(1).min())
  classes = active_notes(jnp.swapaxes(voices, 1, 2), first)
  several = np.arange(voices.shape[-1])
  return _pick(pitches, jnp.swapaxes(classes, 1, 2), several)


def _pick(pitches, classes, voice):
  """The pitch of each class of a voice; NONE for unknown cells."""
  table = jnp.asarray(pitches)
  return table.at[voice, classes].get(mode='fill', fill_value=NONE)


def _interval(upper, lower, reach):
  """upper - lower + reach, clipped to 0 ... 2 reach; 2 reach + 1 for none."""
  known = (upper != NONE) & (lower != NONE)
  size = jnp.clip(upper - lower, -reach, reach) + reach
  return jnp.where(known, size, 2 * reach + 1)


def _class(upper, lower):
  """Interval classes 0 to 11, 12 for none."""
  known = (upper != NONE) & (lower != NONE)
  return jnp.where(known, (upper - lower) % _OCTAVE, _OCTAVE)


def _way(own, own_next, other, other_next):
  """The table index of two voices' motion from one interval to the next."""
  pitches = (own, own_next, other, other_next)
  known = jnp.all(jnp.stack(jnp.broadcast_arrays(*pitches)) != NONE, 0)
  intervals = _OCTAVE * ((own - other) % _OCTAVE) + (
    (own_next - other_next) % _OCTAVE
  )
  motions = 3 * jnp.sign(own_next - own) + jnp.sign(other_next - other) + 4
  return jnp.where(known, 9 * intervals + motions, _WAYS - 1)
