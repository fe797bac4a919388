"""The active notes and the metric position after each note of a sequence.

Notes (dT, T, P) determine which pitches are active, and for how long, which
have just ended, how many notes have begun together so far, and the position in
the bar. A recurrent network could learn to track all this; here it is computed.
Not from a paper.
"""

from typing import NamedTuple

import jax
from jax import export, lax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Spec

_FAR = 1 << 16  # Ticks; longer than any note lasts.
_PERIODS = (0.5, 1, 2, 3, 4)  # Quarters; their multiples are beats and bars.
_MOST = 4  # The last class of counts of notes: this many or more.


class ActiveNotes(NamedTuple):
  """The state after each of T note onsets.

  Attributes:
    ends: [B, T, P] int32, ticks until each pitch ends; 0 or less if it is
      silent.
    before: [B, T, P] the same without the notes that begin now; 0 if a pitch
      ends now.
    struck: [B, T] number of notes that have begun now.
    since: [B, T] ticks since the piece began.
  """

  ends: jax.Array
  before: jax.Array
  struck: jax.Array
  since: jax.Array


# So that programs that return the carry can be exported and cached.
export.register_namedtuple_serialization(
  ActiveNotes, serialized_name='zoo.layers.active_notes.ActiveNotes'
)


class Vocabulary(NamedTuple):
  """The values of the classes of notes, without the end tokens.

  Attributes:
    after: ticks of each class of dT.
    length: ticks of each class of T.
    pitches: P.
    quarter: ticks per quarter.
  """

  after: tuple[int, ...]
  length: tuple[int, ...]
  pitches: int
  quarter: int


def vocabulary_of(spec: Spec) -> Vocabulary:
  """The vocabulary of a spec of the encoder notes."""
  after, length, pitch = (
    spec.vocabulary[name] for name in ('after', 'length', 'pitch')
  )
  quarter = spec.sizes['ticks_per_quarter']
  return Vocabulary(tuple(after), tuple(length), len(pitch), quarter)


def silence(count: int, vocabulary: Vocabulary) -> ActiveNotes:
  """The carry before the first note, without the time axis."""
  still = jnp.full((count, vocabulary.pitches), -_FAR, jnp.int32)
  return ActiveNotes(still, still, *(jnp.zeros((2, count), jnp.int32)))


def follow(
  notes: jax.Array, fresh: jax.Array, carry: ActiveNotes, vocabulary: Vocabulary
) -> tuple[ActiveNotes, ActiveNotes]:
  """The state after each note onset, and a carry.

  Args:
    notes: [B, T, 3] classes.
    fresh: [B, T] true at the tags that pieces begin with, which reset the
      state.
    carry: from `silence`, or after the previous notes.
    vocabulary: the values of the classes.
  """
  after, length, pitch = (notes[..., place] for place in range(3))
  after = ticks(vocabulary.after, after)
  # A tag moves the clock so far that no earlier note is still active.
  clock = jnp.cumsum(after + jnp.where(fresh, _FAR, 0), 1)
  here = jax.nn.one_hot(pitch, vocabulary.pitches, dtype=bool)
  end = (clock + ticks(vocabulary.length, length))[..., None]
  row = jnp.where(here, end, -_FAR)
  row = jnp.concatenate([carry.ends[:, None], row], 1)
  upto = lax.cummax(row, 1)  # [B, 1 + T, P]: before each note, and at the end

  steps = jnp.arange(notes.shape[1])
  first = lax.cummax(jnp.where((after > 0) | fresh, steps, -1), 1)
  known, place = first >= 0, jnp.maximum(first, 0)
  before = jnp.take_along_axis(upto, place[..., None], 1)
  before = jnp.where(known[..., None], before, carry.before[:, None])
  tag = jnp.take_along_axis(fresh, place, 1)
  struck = steps + 1 - jnp.where(known, first + tag, -carry.struck[:, None])
  birth = lax.cummax(jnp.where(fresh, clock, -_FAR), 1)
  since = jnp.where(birth >= 0, clock - birth, clock + carry.since[:, None])

  def ahead(times):
    return jnp.maximum(times - clock[..., None], -_FAR)

  found = ActiveNotes(ahead(upto[:, 1:]), ahead(before), struck, since)
  return found, jax.tree.map(lambda x: x[:, -1], found)


def later(found: ActiveNotes, by: jax.Array) -> ActiveNotes:
  """The state `by` [B, T] ticks later, before other notes begin."""
  moves, ends = by > 0, found.ends - by[..., None]
  return ActiveNotes(
    ends=ends,
    before=jnp.where(moves[..., None], ends, found.before),
    struck=jnp.where(moves, 0, found.struck),
    since=found.since + by,
  )


def ticks(words: tuple[int, ...], classes: jax.Array) -> jax.Array:
  """The ticks of classes [...] of times; 0 for the tag, the last class."""
  return jnp.asarray([*words, 0], jnp.int32)[classes]


def features(found: ActiveNotes, vocabulary: Vocabulary) -> jax.Array:
  """[B, T, D] metric position, time to the next end, and counts of notes.

  Sines and cosines of the time since the piece began; the T until the next
  pitch ends; and the numbers of notes that have begun now, that are active, and
  that have just ended and not been replaced.
  """
  turns = found.since[..., None] / (np.array(_PERIODS) * vocabulary.quarter)
  angles = 2 * np.pi * turns
  rest = jnp.where(found.ends > 0, found.ends, _FAR)
  soonest = jnp.min(rest, -1, keepdims=True) == jnp.asarray(vocabulary.length)
  sound = jnp.sum(found.ends > 0, -1)
  free = jnp.sum(found.before == 0, -1) - found.struck
  parts = [jnp.sin(angles), jnp.cos(angles), soonest.astype(jnp.float32)]
  parts += [
    jax.nn.one_hot(jnp.clip(number, 0, _MOST), _MOST + 1)
    for number in (found.struck, sound, free)
  ]
  return jnp.concatenate(parts, -1)
