"""Constraints on chorales: which cells are kept, and how others may change.

The user's texts are parsed once; the corresponding arrays for a piece are
computed inside the compiled sampler.
"""

from collections.abc import Mapping, Sequence
import re
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import HOLD, UserError
from zoo.layers.views import voice_names

_STEPS = {'C': 0, 'D': 2, 'E': 4, 'F': 5, 'G': 7, 'A': 9, 'B': 11}


class Place(NamedTuple):
  """A bar of a voice, or one of its beats; both are counted from 1."""

  voice: int
  bar: int
  beat: int | None


def read_voices(text: str, count: int) -> tuple[int, ...]:
  """Voices such as `soprano,bass`, as numbers (0, 3).

  Raises:
    UserError: no such voice, or all of them.
  """
  names = voice_names(count)
  asked = [word for word in re.split(r'[ ,]+', text.strip()) if word]
  for word in asked:
    if word not in names:
      raise UserError(
        f'sample/fix names voices of {", ".join(names)}, not {word!r}.'
      )
  if len({*asked}) == count:
    raise UserError(
      'sample/fix names every voice: leave one out, so that there is something '
      'to generate.'
    )
  return tuple(names.index(word) for word in names if word in asked)


def read_bars(
  text: str | int | tuple[int, ...],
) -> tuple[tuple[int, int], ...]:
  """Bars such as `5-8,12`, as ((5, 8), (12, 12)); '' as () for all bars.

  Raises:
    UserError: malformed, or not in order.
  """
  if isinstance(text, tuple):
    text = ','.join(map(str, text))
  found = []
  for word in re.split(r'[ ,]+', str(text).strip()) if str(text) else ():
    match = re.fullmatch(r'(\d{1,6})(?:-(\d{1,6}))?', word)
    first, last = (
      (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    )
    if not 1 <= first <= last:
      raise UserError(
        f'sample/bars takes bars that count from 1, as in 5-8, not {word!r}.'
      )
    found.append((first, last))
  return tuple(found)


def read_places(text: str, count: int) -> tuple[Place, ...]:
  """Places such as `alto@3,bass@5.2`: bar 3 of the alto, beat 2 of bar 5.

  Raises:
    UserError: malformed, or no such voice.
  """
  names = voice_names(count)
  found = []
  for word in re.split(r'[ ,]+', text.strip()) if text else ():
    match = re.fullmatch(r'([a-z_0-9]+)@(\d{1,6})(?:\.(\d{1,3}))?', word)
    if not match or match[1] not in names:
      raise UserError(
        'sample/keep takes places as alto@3 (a bar) or alto@3.2 (a beat of '
        f'it), of {", ".join(names)}, not {word!r}.'
      )
    beat = int(match[3]) if match[3] else None
    found.append(Place(names.index(match[1]), int(match[2]), beat))
  return tuple(found)


def read_pitches(text: str, table: Sequence[Sequence[int]]) -> np.ndarray:
  """[V, K] bool: classes allowed by `C D E F# Bb` in any octave; '' for all.

  Args:
    text: names of pitches, separated by spaces or commas.
    table: [V, K] MIDI pitch of each class, -1 for symbols, which are allowed.

  Raises:
    UserError: malformed.
  """
  midi = np.asarray(table)
  words = re.split(r'[ ,]+', text.strip()) if text.strip() else []
  found = []
  for word in words:
    match = re.fullmatch(r'([A-G])(#{0,2}|b{0,2})', word)
    if not match:
      raise UserError(
        f'sample/pitches takes names as in C D F# Bb, not {word!r}.'
      )
    sharps = match[2].count('#') - match[2].count('b')
    found.append((_STEPS[match[1]] + sharps) % 12)
  if not found:
    return np.ones(midi.shape, bool)
  return (midi < 0) | np.isin(midi % 12, found)


def bars_of(music: jax.Array, steps_per_bar: int) -> jax.Array:
  """[B, T] bars, counted from 1 at the start of music [B, T]; 0 before it."""
  place = jnp.cumsum(music, -1) - 1
  return jnp.where(music, place // steps_per_bar + 1, 0)


def beats_of(bar: jax.Array, steps_per_beat: int) -> jax.Array:
  """[B, T] beats of bars [B, T], counted from 1."""
  steps = jnp.arange(bar.shape[-1])
  begins = bar != jnp.pad(bar, ((0, 0), (1, 0)), constant_values=-1)[:, :-1]
  start = jax.lax.cummax(jnp.where(begins, steps, 0), axis=1)
  return (steps - start) // steps_per_beat + 1


def free_cells(
  shape: tuple[int, ...],
  music: jax.Array,
  bar: jax.Array,
  steps_per_beat: int,
  *,
  fixed: Sequence[int],
  bars: Sequence[tuple[int, int]],
  places: Sequence[Place],
) -> jax.Array:
  """[B, T, V] bool, true if a cell may be redrawn.

  Args:
    shape: (B, T, V).
    music: [B, T] bool, false in the padding.
    bar: [B, T] numbers of bars.
    steps_per_beat: of the grid.
    fixed: voices to keep.
    bars: the only bars that may change; () for all.
    places: to keep.
  """
  free = jnp.broadcast_to(music[..., None], shape)
  free &= ~np.isin(np.arange(shape[2]), fixed)
  if bars:
    within = [(first <= bar) & (bar <= last) for first, last in bars]
    free &= jnp.any(jnp.stack(within), 0)[..., None]
  beat = beats_of(bar, steps_per_beat)
  for place in places:
    kept = bar == place.bar
    if place.beat is not None:
      kept &= beat == place.beat
    free &= ~(kept[..., None] & (np.arange(shape[2]) == place.voice))
  return free


def check(
  condition: Mapping[str, Any],
  *,
  symbols: int,
  padding: int,
  steps_per_bar: int,
  steps_per_beat: int,
  fixed: Sequence[int],
  bars: Sequence[tuple[int, int]],
  places: Sequence[Place],
  kept_rhythm: bool,
) -> None:
  """Checks that a piece has the voices, bars and beats of the constraints.

  Args:
    condition: {'voices' [B, T, V], 'length' [B]}, and 'bar' [B, T] if known.
    symbols: the number of symbols; higher classes are pitches.
    padding: steps before the music.
    steps_per_bar, steps_per_beat: of the grid.
    fixed, bars, places: see `free_cells`.
    kept_rhythm: whether redrawn voices keep their onsets.

  Raises:
    UserError: a voice to keep, or to keep the rhythm of, has no note; or a bar
      or beat is after the end.
  """
  voices = np.asarray(condition['voices'])
  steps = np.arange(voices.shape[1])
  music = (steps >= padding) & (
    steps < np.asarray(condition['length'])[:, None]
  )
  _check_voices((voices >= symbols) & music[..., None], fixed, kept_rhythm)
  bar = condition.get('bar')
  if bar is None:
    bar = bars_of(jnp.asarray(music), steps_per_bar)
  beat = np.asarray(beats_of(jnp.asarray(bar), steps_per_beat))
  bar = np.where(music, bar, 0)
  for asked, option in (
    *((first, 'bars') for first, _ in bars),
    *((place.bar, 'keep') for place in places),
  ):
    if asked > bar.max():
      raise UserError(
        f'sample/{option} names bar {asked}, and the piece ends with bar '
        f'{bar.max()}.'
      )
  for place in places:
    beats = beat[bar == place.bar].max()
    if (place.beat or 1) > beats:
      raise UserError(
        f'sample/keep names beat {place.beat} of bar {place.bar}, which has '
        f'{beats}.'
      )


def phrase_ends(melody: jax.Array, pitched: jax.Array) -> jax.Array:
  """[B, T] bool: the notes of melodies on which phrases end.

  They are the last note, and those at least twice as long as the median.

  Args:
    melody: [B, T] classes.
    pitched: [B, T] bool, whether a note is active.
  """

  def one(melody, pitched):
    begins = pitched & (melody != HOLD)
    steps = len(melody)
    number = jnp.cumsum(begins)  # 1 for the first note
    lengths = jnp.zeros(steps + 1).at[number].add(pitched)
    notes = number[-1]
    known = (jnp.arange(steps + 1) > 0) & (jnp.arange(steps + 1) <= notes)
    ordered = jnp.sort(jnp.where(known, lengths, jnp.inf))
    median = ordered[jnp.maximum(notes - 1, 0) // 2]
    ends = (lengths >= 2 * median).at[notes].set(True)
    return pitched & ends[number]

  return jax.vmap(one)(melody, pitched)


def _check_voices(pitched, fixed, kept_rhythm):
  """Raises UserError if a required voice of [B, T, V] is empty."""
  names = voice_names(pitched.shape[2])
  found = np.any(pitched, (0, 1))
  for voice, name in enumerate(names):
    if voice in fixed and not found[voice]:
      raise UserError(
        f'sample/fix keeps the {name}, and the piece has none: leave it out, '
        'or give a piece that has one.'
      )
    if kept_rhythm and voice not in fixed and not found[voice]:
      raise UserError(
        f'sample/rhythm=as_given keeps the rhythm of the {name}, and the piece '
        'has none: take rhythm=free, or give a piece that has one.'
      )
