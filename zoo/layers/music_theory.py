"""RL-Tuner's music-theory rewards: pure functions of whole melodies.

Each takes symbols [B, T] and returns the reward [B, T] of each symbol, given
those before it. Symbols are numbered as in the paper's code: 0 is a note-off, 1
no event, and pitches ascend from 2, which is a C. Rewards are those of
Magenta's rl_tuner; a new one needs a line in REWARDS.

Source: Jaques, Gu, Turner and Eck, arXiv 1611.02796.
"""

from collections.abc import Callable, Mapping, Sequence

import jax
from jax import lax
import jax.numpy as jnp
import numpy as np

NOTE_OFF, NO_EVENT, FIRST = 0, 1, 2
TONIC = 14  # Middle C, if the lowest pitch is MIDI 48.
BAR = 8  # Symbols of a motif.

_SCALE = np.isin(np.arange(12), (0, 2, 4, 5, 7, 9, 11))
_FIFTH, _THIRD, _OCTAVE = 7, 4, 12
# Rewards of intervals in semitones; larger than an octave is -1.
_INTERVALS = {2: 0.08, 4: 0.09, 5: 0.07, 7: 0.02, 9: 0.05, 11: -0.3}
_STEPS_BETWEEN = 6  # A leap back after more steps than this resolves a leap.

Reward = Callable[[jax.Array, int], jax.Array]


def numbered(
  tokens: jax.Array, pitches: Sequence[int]
) -> tuple[jax.Array, int]:
  """Melody tokens as symbols, and the symbol of middle C.

  Args:
    tokens: [B, T] classes of the encoder melody: 0 holds, 1 is a note-off.
    pitches: MIDI pitch of each class, -1 for symbols.
  """
  lowest = min(pitch for pitch in pitches if pitch >= 0)
  base = lowest - lowest % 12
  table = [pitch - base + FIRST if pitch >= 0 else -1 for pitch in pitches]
  table[:2] = NO_EVENT, NOTE_OFF
  return jnp.asarray(table, jnp.int32)[tokens], 60 - base + FIRST


def is_note(symbols: jax.Array) -> jax.Array:
  """[B, T] bool: symbols that begin a note."""
  return symbols >= FIRST


def pitch_class(symbols: jax.Array) -> jax.Array:
  """[B, T] semitones above C; meaningful for notes only."""
  return (symbols - FIRST) % 12


def outside_key(symbols: jax.Array) -> jax.Array:
  """[B, T] bool: notes that are not in C major."""
  return is_note(symbols) & ~jnp.asarray(_SCALE)[pitch_class(symbols)]


def key(symbols: jax.Array, tonic: int = TONIC) -> jax.Array:
  """-1 for each note outside C major."""
  del tonic
  return -1.0 * outside_key(symbols)


def tonic(symbols: jax.Array, tonic: int = TONIC) -> jax.Array:
  """3 for the tonic at step 0 and four steps before the end.

  After that last tonic, no event at the next step, and no event or a note-off
  at the last two steps, give 3 each.
  """
  steps = symbols.shape[1]
  place = jnp.arange(steps) - (steps - 4)
  first = (jnp.arange(steps) == 0) | (place == 0)
  kept = jnp.where(place == 1, symbols == NO_EVENT, ~is_note(symbols))
  gained = jnp.where(first, symbols == tonic, (place >= 1) & kept)
  return 3.0 * gained


def repeated(symbols: jax.Array) -> jax.Array:
  """[B, T] bool: symbols that have occurred too often since another pitch.

  More than 4 times before, or 6 with holds or rests in between; more than once
  for note-offs.
  """
  steps = symbols.shape[1]
  now, other = symbols[:, :, None], symbols[:, None, :]
  place = jnp.arange(steps)
  before = place < place[:, None]
  differs = before & (other >= FIRST) & (other != now)
  last = jnp.max(jnp.where(differs, place, -1), -1)
  since = before & (place > last[..., None])
  count = jnp.sum(since & (other == now), -1)
  between = since & (other != now)  # Holds and note-offs alone.
  limit = jnp.where(jnp.any(between, -1), 6, 4)
  off = (symbols == NOTE_OFF) & (count > 1)
  return off | (count > limit)


def repeats(symbols: jax.Array, tonic: int = TONIC) -> jax.Array:
  """-100 for each symbol that is `repeated` too often."""
  del tonic
  return -100.0 * repeated(symbols)


def autocorrelations(symbols: jax.Array, lag: int) -> jax.Array:
  """[B, T] the autocorrelation at a lag of the symbols up to each step.

  0 if all symbols are the same.
  """
  steps = symbols.shape[1]
  written = jnp.arange(steps) <= jnp.arange(steps)[:, None]  # [prefix, step]
  count = jnp.arange(1, steps + 1)
  values = symbols.astype(jnp.float32)
  mean = jnp.cumsum(values, 1) / count
  centred = jnp.where(written, values[:, None] - mean[..., None], 0)
  variance = jnp.sum(jnp.square(centred), -1)
  product = jnp.sum(centred[..., lag:] * centred[..., : steps - lag], -1)
  varies = variance > 1e-3
  return jnp.where(varies, product / jnp.where(varies, variance, 1), 0)


def autocorrelation(symbols: jax.Array, tonic: int = TONIC) -> jax.Array:
  """-3 |r| for autocorrelations at lags 1 to 3 of more than .15."""
  del tonic
  return _correlation_penalty(symbols)


def note_autocorrelation(symbols: jax.Array, tonic: int = TONIC) -> jax.Array:
  """The same over the pitches of the notes only, ignoring their lengths.

  Over all symbols, note-hold-note-hold is penalized, which destroys the metre.
  """
  del tonic
  notes = is_note(symbols)
  order = jnp.argsort(~notes, axis=1, stable=True)
  pitches = jnp.take_along_axis(symbols, order, 1)
  count = jnp.cumsum(notes, 1)
  penalty = _correlation_penalty(pitches)
  found = jnp.take_along_axis(penalty, jnp.maximum(count - 1, 0), 1)
  return jnp.where(count > 0, found, 0.0)


def _correlation_penalty(values):
  total = jnp.zeros(values.shape, jnp.float32)
  for lag in (1, 2, 3):
    size = jnp.abs(autocorrelations(values, lag))
    total = total - 3 * jnp.where(size > 0.15, size, 0)
  return total


def unique_notes(symbols: jax.Array) -> jax.Array:
  """[B, T] number of pitches in the last 8 symbols; 0 before step 8.

  A motif has at least three.
  """
  last = _last_bars(symbols)
  earlier = np.tri(BAR, k=-1, dtype=bool)
  seen = jnp.any((last[..., None] == last[..., None, :]) & earlier, -1)
  count = jnp.sum((last >= FIRST) & ~seen, -1)
  return jnp.where(jnp.arange(symbols.shape[1]) >= BAR - 1, count, 0)


def motif(symbols: jax.Array, tonic: int = TONIC) -> jax.Array:
  """3 for a motif, and 0.3 for each of its pitches beyond three."""
  del tonic
  count = unique_notes(symbols)
  return jnp.where(count >= 3, 3 + 0.3 * (count - 3), 0.0)


def repeats_motif(symbols: jax.Array) -> jax.Array:
  """[B, T] bool: the last 8 symbols are a motif that has occurred before."""
  last = _last_bars(symbols)
  same = jnp.all(last[:, :, None] == last[:, None], -1)
  place = jnp.arange(symbols.shape[1])
  before = (place >= BAR - 1) & (place <= place[:, None] - BAR)
  return jnp.any(same & before, -1) & (unique_notes(symbols) >= 3)


def repeated_motif(symbols: jax.Array, tonic: int = TONIC) -> jax.Array:
  """4 for a repeated motif, and 1 for each of its pitches beyond three."""
  del tonic
  count = unique_notes(symbols)
  return jnp.where(repeats_motif(symbols), 4.0 + (count - 3), 0.0)


def intervals(symbols: jax.Array, tonic: int = TONIC) -> jax.Array:
  """Five times the value of the interval from the previous note."""
  del tonic
  before = notes_before(symbols)
  place = pitch_class(before)
  distance = jnp.abs(symbols - before)
  table = np.zeros(_OCTAVE + 2)
  table[list(_INTERVALS)] = list(_INTERVALS.values())
  table[-1] = -1.0
  worth = jnp.asarray(table, jnp.float32)[jnp.minimum(distance, _OCTAVE + 1)]
  stable = (place == 0) | (place == _FIFTH)
  worth = jnp.where((distance == _FIFTH) & stable, 0.1, worth)
  third = (distance == _THIRD) & ((place == 0) | (place == _THIRD))
  worth = jnp.where(third, 0.15, worth)
  held = jnp.where(stable, 0.3, 0.075)
  rest = jnp.where(stable, 0.15, 0.05)
  worth = jnp.where(symbols == NO_EVENT, held, worth)
  worth = jnp.where(symbols == NOTE_OFF, rest, worth)
  return 5 * jnp.where(before >= FIRST, worth, 0.0)


def notes_before(symbols: jax.Array) -> jax.Array:
  """[B, T] the last note before each step; 0 for none."""
  steps = jnp.arange(symbols.shape[1])
  latest = lax.cummax(jnp.where(is_note(symbols), steps, -1), axis=1)
  latest = jnp.pad(latest, ((0, 0), (1, 0)), constant_values=-1)[:, :-1]
  found = jnp.take_along_axis(symbols, jnp.maximum(latest, 0), 1)
  return jnp.where(latest >= 0, found, 0)


def leap_outcomes(symbols: jax.Array) -> jax.Array:
  """[B, T] 1 if a leap is resolved, -1 if another follows it, else 0.

  A leap is a fifth or more. It is resolved by moving back to where it began, or
  by a leap back after more than six steps; leaping back sooner cancels it.
  """
  before = notes_before(symbols)
  known = before >= FIRST
  ways = jnp.where(symbols > before, 1, -1)
  leaps = known & is_note(symbols) & (jnp.abs(symbols - before) >= _FIFTH)

  def step(carry, now):
    way, origin, since = carry
    symbol, before, turn, leap, first = now
    note = symbol >= FIRST
    back = leap & (way != 0) & (way != turn)
    twice = leap & (way != 0) & (way == turn)
    new = leap & (way == 0)
    returned = ((way > 0) & (symbol <= origin)) | (
      (way < 0) & (symbol >= origin)
    )
    gradual = note & ~leap & returned
    resolved = gradual | (back & (since > _STEPS_BETWEEN))
    origin = jnp.where(new, before, origin)
    way = jnp.where(new, turn, jnp.where(back | gradual, 0, way))
    # The very first symbol is not counted.
    since = jnp.where(leap, 0, jnp.where(first, since, since + 1))
    return (way, origin, since), resolved.astype(int) - twice.astype(int)

  none = jnp.zeros(len(symbols), jnp.int32)
  first = jnp.arange(symbols.shape[1]) == 0
  rows = [jnp.swapaxes(x, 0, 1) for x in (symbols, before, ways, leaps)]
  _, found = lax.scan(step, (none, none, none), (*rows, first))
  return jnp.swapaxes(found, 0, 1)


def leaps(symbols: jax.Array, tonic: int = TONIC) -> jax.Array:
  """5 for a leap that is resolved, -5 for one that is followed by another."""
  del tonic
  return 5.0 * leap_outcomes(symbols)


def extremes(symbols: jax.Array) -> tuple[jax.Array, jax.Array]:
  """[B] bool each: whether the highest and the lowest note occur once."""
  highest = jnp.max(symbols, 1, keepdims=True)
  notes = jnp.where(is_note(symbols), symbols, jnp.iinfo(jnp.int32).max)
  lowest = jnp.min(notes, 1, keepdims=True)
  return (
    jnp.sum(symbols == highest, 1) == 1,
    jnp.sum(symbols == lowest, 1) == 1,
  )


def unique(symbols: jax.Array, tonic: int = TONIC) -> jax.Array:
  """At the end, 3 each for a highest and a lowest note that occur once."""
  del tonic
  highest, lowest = extremes(symbols)
  total = 3.0 * highest + 3.0 * lowest
  last = jnp.arange(symbols.shape[1]) == symbols.shape[1] - 1
  return jnp.where(last, total[:, None], 0.0)


def _last_bars(symbols):
  """[B, T, 8] the symbols up to each step, -1 before the first."""
  padded = jnp.pad(symbols, ((0, 0), (BAR - 1, 0)), constant_values=-1)
  steps = symbols.shape[1]
  return jnp.stack([padded[:, k : k + steps] for k in range(BAR)], -1)


REWARDS: Mapping[str, Reward] = {
  'key': key,
  'tonic': tonic,
  'repeats': repeats,
  'autocorrelation': autocorrelation,
  'note_autocorrelation': note_autocorrelation,
  'motif': motif,
  'repeated_motif': repeated_motif,
  'intervals': intervals,
  'leaps': leaps,
  'unique': unique,
}

PUBLISHED = tuple(name for name in REWARDS if name != 'note_autocorrelation')


def total(
  symbols: jax.Array, tonic: int = TONIC, names: Sequence[str] = PUBLISHED
) -> jax.Array:
  """[B, T] the sum of the rewards of these names."""
  found = jnp.zeros(symbols.shape, jnp.float32)
  for name in names:
    found = found + REWARDS[name](symbols, tonic)
  return found
