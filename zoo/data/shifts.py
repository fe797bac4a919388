"""Arrays of one example, transposed or at another tempo: what augmentations do.

All are pure functions of arrays without a batch axis, to be mapped over one.
"""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from zoo import chord_symbols
from zoo.contracts import HOLD

ABSENT = -1  # Fills `following` where the piece ends with the window.


def transposition(
  pitches: Sequence[int] | np.ndarray, low: int, high: int
) -> np.ndarray:
  """The transposed class of each class, for every interval.

  Args:
    pitches: [K] MIDI pitch of each class, -1 for symbols, which do not change.
    low, high: semitones, both included.

  Returns:
    [high - low + 1, K] int32; ABSENT where the new pitch has no class.
  """
  pitches = np.asarray(pitches)
  symbols = pitches < 0
  reach = max(abs(low), abs(high))
  classes = np.full(pitches.max(initial=0) + 1 + 2 * reach, ABSENT, np.int32)
  classes[pitches[~symbols] + reach] = np.flatnonzero(~symbols)
  shifts = np.arange(low, high + 1)[:, None]
  found = classes[np.where(symbols, 0, pitches) + shifts + reach]
  return np.where(symbols, np.arange(len(pitches), dtype=np.int32), found)


def shift_tokens(tokens: jax.Array, row: jax.Array) -> jax.Array:
  """Transposes classes by one gather.

  Args:
    tokens: [T] integer classes, or ABSENT.
    row: [K], one interval's row of `transposition`.

  Returns:
    [T] of the same type; ABSENT where the new pitch has no class.
  """
  moved = row[jnp.maximum(tokens, 0)]
  return jnp.where(tokens == ABSENT, ABSENT, moved).astype(tokens.dtype)


def shift_roll(
  roll: jax.Array, by: jax.Array | int, low: int, high: int
) -> jax.Array:
  """Transposes a roll, or leaves it unchanged if a note would leave its range.

  Args:
    roll: [T, P], pitches ascending.
    by: semitones, low..high.
    low, high: the range of `by`.

  Returns:
    [T, P].
  """
  reach = max(abs(low), abs(high))
  wide = jnp.pad(roll, ((0, 0), (reach, reach)))
  moved = jax.lax.dynamic_slice_in_dim(wide, reach - by, roll.shape[1], 1)
  return jnp.where(jnp.sum(moved) == jnp.sum(roll), moved, roll)


def shift_voices(
  voices: jax.Array, by: jax.Array | int, first: int
) -> jax.Array:
  """Transposes classes of voices; those below `first` are symbols.

  Args:
    voices: [T, V] classes that ascend by semitones from `first` on.
    by: semitones, such that every voice stays in its range.
    first: the class of the lowest pitch.

  Returns:
    [T, V] of the same type.
  """
  return jnp.where(voices >= first, voices + by, voices).astype(voices.dtype)


def shift_key(key: jax.Array, by: jax.Array | int) -> jax.Array:
  """Transposes key signatures, stored as sharps + 7, to -5 to 6 sharps.

  A semitone up is seven steps up the circle of fifths; whole octaves change
  nothing.

  Args:
    key: [...] integers.
    by: semitones.

  Returns:
    [...] of the same type.
  """
  moved = (key.astype(jnp.int32) - 7 + 7 * by + 5) % 12 + 2
  return jnp.where(by % 12 == 0, key, moved.astype(key.dtype))


def shift_chord(chord: jax.Array, by: jax.Array | int) -> jax.Array:
  """Transposes chord classes [...] by semitones; see zoo.chord_symbols."""
  kind, root = chord // 12 * 12, (chord + by) % 12
  triad = chord < chord_symbols.TRIADS
  return jnp.where(triad, kind + root, chord).astype(chord.dtype)


def double_tokens(
  tokens: jax.Array, half: jax.Array | int, pitched: jax.Array
) -> tuple[jax.Array, jax.Array]:
  """One half of a window at half speed.

  Args:
    tokens: [T] integer classes in canonical form, T even.
    half: 0 or 1.
    pitched: [K] bool, the classes that begin a note.

  Returns:
    [T] classes, and whether they contain any note.
  """
  steps = tokens.shape[0]
  start = half * (steps // 2)
  # If the last event up to the start of the half is a note, it is still held.
  events = (tokens != HOLD) & (jnp.arange(steps) <= start)
  latest = tokens[steps - 1 - jnp.argmax(events[::-1])]
  active = jnp.any(events) & pitched[latest]
  part = jax.lax.dynamic_slice(tokens, (start,), (steps // 2,))
  part = part.at[0].set(jnp.where(active, latest, HOLD))
  doubled = jnp.full_like(tokens, HOLD).at[::2].set(part)
  return doubled, jnp.any(pitched[part])


def halve_tokens(
  tokens: jax.Array, following: jax.Array
) -> tuple[jax.Array, jax.Array]:
  """A window and the steps that follow it at double speed.

  Args:
    tokens: [T] integer classes.
    following: [T] classes of the next steps, or ABSENT.

  Returns:
    [T] classes, and whether every event lies on the halved grid.
  """
  both = jnp.concatenate([tokens, following])
  between, legal = both[1::2], jnp.all(following != ABSENT)
  return both[::2], legal & jnp.all(between == HOLD)
