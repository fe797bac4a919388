"""Parses the notes of a melody that a user sets or keeps.

1:1=D4, 3:1=F#5, 4:2.3=hold     bar:beat.step, all counted from 1
@FILE                            the same, one per line; # begins a comment
"""

from collections.abc import Sequence
from pathlib import Path
import re
from typing import NamedTuple

import jax
from jax import lax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import HOLD, UserError

_OFF = 1  # The class of a note-off.
_STEPS = {'C': 0, 'D': 2, 'E': 4, 'F': 5, 'G': 7, 'A': 9, 'B': 11}
_WORDS = {'hold': HOLD, 'rest': _OFF, 'off': _OFF}
_LARGEST = 100_000  # Maximum bytes of a file of constraints.
_PLACE = re.compile(r'(\d{1,5}):(\d{1,3})(?:\.(\d{1,3}))?')


class Grid(NamedTuple):
  """Steps per bar and per beat, and the MIDI pitch of each class, or -1."""

  steps_per_bar: int
  steps_per_beat: int
  pitches: Sequence[int]


def read_constraints(text: str, grid: Grid) -> dict[int, int]:
  """{step: class} of `1:1=D4,3:1=hold`, or of such lines in a file, `@PATH`.

  Raises:
    UserError: a file that cannot be read, malformed text, a place or pitch
      that does not exist, or two constraints on one step.
  """
  words = _words(text)
  found: dict[int, int] = {}
  names: dict[int, str] = {}
  for word in words:
    place, equals, name = word.partition('=')
    if not equals:
      raise UserError(
        'sample/constraints takes bar:beat=note, as in 1:1=D4,3:2=hold, not '
        f'{word!r}.'
      )
    step = step_of(place, grid, 'constraints')
    token = _class_of(name, word, grid)
    if found.get(step, token) != token:
      raise UserError(
        f'sample/constraints has {names[step]!r} and {word!r} on one step: '
        'leave one of them out.'
      )
    found[step], names[step] = token, word
  return found


def read_places(text: str, grid: Grid) -> tuple[int | str, ...]:
  """Steps of places such as `1:1,3:1`, and the words `first` and `last`.

  Raises:
    UserError: malformed text, or a place that does not exist.
  """
  words = [word for word in re.split(r'[ ,]+', text.strip()) if word]
  return tuple(
    word if word in ('first', 'last') else step_of(word, grid, 'keep')
    for word in words
  )


def step_of(place: str, grid: Grid, option: str) -> int:
  """The step of `bar:beat` or `bar:beat.step`, counted from 1.

  Raises:
    UserError: malformed, or beyond the bar.
  """
  match = _PLACE.fullmatch(place.strip())
  numbers = match.groups() if match else ('0',) * 3
  bar, beat, within = (int(one or 1) for one in numbers)
  beats = grid.steps_per_bar // grid.steps_per_beat
  if not (
    bar >= 1 and 1 <= beat <= beats and 1 <= within <= grid.steps_per_beat
  ):
    raise UserError(
      f'sample/{option} names the place {place!r}: write bar:beat or '
      f'bar:beat.step, as in 3:1, with beats from 1 to {beats} and steps from '
      f'1 to {grid.steps_per_beat}.'
    )
  return (
    (bar - 1) * grid.steps_per_bar
    + (beat - 1) * grid.steps_per_beat
    + within
    - 1
  )


def kept_steps(
  tokens: jax.Array,
  places: Sequence[int | str],
  bars: Sequence[tuple[int, int]],
  grid: Grid,
) -> tuple[jax.Array, list[jax.Array]]:
  """The steps of a melody that are kept.

  Args:
    tokens: [T] classes.
    places: steps whose whole note is kept; `first` and `last` for these notes.
    bars: the only bars that change; () if only `places` are kept.
    grid: see Grid.

  Returns:
    [T] bool; and for each of the places whether a note is active, [] bool.
  """
  steps = jnp.arange(len(tokens))
  event = lax.cummax(jnp.where(tokens != HOLD, steps, -1))
  notes = tokens > _OFF
  ends = {
    'first': jnp.argmax(notes),
    'last': len(tokens) - 1 - jnp.argmax(notes[::-1]),
  }
  kept, active = jnp.zeros(len(tokens), bool), []
  for place in places:
    step = ends[place] if isinstance(place, str) else place
    begin = event[jnp.minimum(step, len(tokens) - 1)]
    note = (step < len(tokens)) & (begin >= 0) & notes[begin]
    kept |= note & (event == begin)
    active.append(note)
  if bars:
    bar = steps // grid.steps_per_bar + 1
    changes = [(first <= bar) & (bar <= last) for first, last in bars]
    kept |= ~jnp.any(jnp.stack(changes), 0)
  return kept, active


def check_kept(
  tokens: np.ndarray,
  places: Sequence[int | str],
  bars: Sequence[tuple[int, int]],
  grid: Grid,
) -> np.ndarray:
  """`kept_steps` [T], after checking that the melody has places and bars.

  Raises:
    UserError: there is no active note at a place, or a bar does not exist.
  """
  last = -(-len(tokens) // grid.steps_per_bar)
  for _, final in bars:
    if final > last:
      raise UserError(
        f'sample/bars names bar {final}, and the input has {last} bars.'
      )
  kept, active = kept_steps(jnp.asarray(tokens), places, bars, grid)
  for place, note in zip(places, active, strict=True):
    if not note:
      raise UserError(
        f'sample/keep names {place_of(place, grid)}, where the input has no '
        'note: name another place.'
      )
  return np.asarray(kept)


def place_of(place: int | str, grid: Grid) -> str:
  """A step as bar:beat.step, or `the first note`."""
  if isinstance(place, str):
    return f'the {place} note'
  bar, rest = divmod(place, grid.steps_per_bar)
  beat, within = divmod(rest, grid.steps_per_beat)
  return f'{bar + 1}:{beat + 1}' + (f'.{within + 1}' if within else '')


def _words(text):
  if text.startswith('@'):
    path = Path(text[1:])
    try:
      with path.open('rb') as file:
        raw = file.read(_LARGEST + 1)
      if len(raw) > _LARGEST:
        raise UserError(
          f'{path} has more than {_LARGEST} bytes: give a file of constraints, '
          'one per line.'
        )
      lines = raw.decode('utf-8').splitlines()
    except (OSError, UnicodeDecodeError) as error:
      raise UserError(
        f'sample/constraints names {path}, which cannot be read as text: '
        'write @ and the path of a text file.'
      ) from error
    # A sharp, as in F#5, begins no comment: those follow a space.
    text = ' '.join(re.split(r'(?:^|\s)#', line)[0] for line in lines)
  return [word for word in re.split(r'[\s,]+', text.strip()) if word]


def _class_of(name, word, grid):
  """The class of a note such as `F#5`, a MIDI number, hold or rest."""
  if name.lower() in _WORDS:
    return _WORDS[name.lower()]
  match = re.fullmatch(r'([A-G])(#{0,2}|b{0,2})(-?\d)', name)
  if name.isdecimal():
    pitch = int(name)
  elif match:
    sharps = match[2].count('#') - match[2].count('b')
    pitch = _STEPS[match[1]] + sharps + 12 * (int(match[3]) + 1)
  else:
    raise UserError(
      f'sample/constraints has {word!r}: its note must be like D4, F#5 or Bb4, '
      'a MIDI pitch, hold or rest.'
    )
  places = np.flatnonzero(np.asarray(grid.pitches) == pitch)
  if not len(places):
    played = [one for one in grid.pitches if one >= 0]
    raise UserError(
      f'sample/constraints has {word!r}, MIDI pitch {pitch}, and this run '
      f'writes {min(played)} to {max(played)}: take another octave.'
    )
  return int(places[0])
