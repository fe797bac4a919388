"""Which parts of a user's piece an encoder reads, and what it drops, in words.

`cover` returns consecutive rows. An encoder that skips stretches of a piece
declares which it reads:

  read_from(piece) -> [(begin, end), ...] in quarters of the piece, the
    stretches that `cover` concatenates; by default, everything from 0

and one that changes pitches declares how:

  written(notes) -> [N] MIDI pitches after decoding, -1 for none
"""

from collections.abc import Sequence
import itertools
from typing import Any

import numpy as np

from zoo.music.piece import Metre, Notes, Piece

_FUZZ = 1e-6  # Quarters.
_RANGES = 8  # Maximum number of ranges of bars that are listed.
_OFF_GRID = 0.5  # Quarters that a rhythm without a grid may move.

Stretch = tuple[float, float]


def read_from(encoder: Any, piece: Piece) -> list[Stretch]:
  """The stretches of a piece that `encoder.cover` reads, in quarters."""
  if hasattr(encoder, 'read_from'):
    return encoder.read_from(piece)
  return [(0.0, np.inf)]


def source_time(stretches: Sequence[Stretch], quarters: float) -> float:
  """The time in the piece of a time in the concatenated stretches."""
  before = 0.0
  for begin, end in stretches:
    if quarters < before + end - begin - _FUZZ:
      return begin + quarters - before
    before += end - begin
  return stretches[-1][1] if stretches else quarters


def dropped(encoder: Any, piece: Piece, joined: Piece) -> list[str]:
  """What an encoder does not read of a piece: a phrase for each reason.

  Args:
    encoder: the encoder.
    piece: the user's piece.
    joined: `encoder.join(encoder.cover(piece))`.
  """
  stretches = read_from(encoder, piece)
  table = piece.notes
  pitch = encoder.written(table) if hasattr(encoder, 'written') else table.pitch
  place, inside = _places(stretches, table.start)
  step = encoder.spec.quarters or _OFF_GRID
  kept = inside & _found(place, pitch, table.drum, joined.notes, step)
  reasons = []

  def drop(chosen, words, bars=True):
    nonlocal kept
    chosen = chosen & ~kept
    if chosen.any():
      count = int(chosen.sum())
      where = f' ({bars_of(piece.metres, table.start[chosen])})' * bars
      reasons.append(
        f'{count} {"note" if count == 1 else "notes"} {words}{where}'
      )
    kept = kept | chosen

  if not joined.notes.drum.any():
    drop(table.drum, 'of drums', bars=False)
  elif joined.notes.drum.all():
    drop(~table.drum, 'that are not drums', bars=False)
  for metre in dict.fromkeys(one[1:] for one in piece.metres):
    chosen = _in_metre(piece.metres, metre, table.start)
    drop(chosen & ~inside, f'in {metre[0]}/{metre[1]}, outside what is read')
  parts = np.unique(table.part)
  silent = [one for one in parts if not kept[table.part == one].any()]
  if silent:
    names = ', '.join(str(np.searchsorted(parts, one) + 1) for one in silent)
    words = 'part' if len(silent) == 1 else 'parts'
    drop(np.isin(table.part, silent), f'in {words} {names}', bars=False)
  drop(np.ones(len(kept), bool), 'that others cover or the grid misses')
  return reasons


def bars_of(metres: Sequence[Metre], quarters: np.ndarray) -> str:
  """'bar 3' or 'bars 3, 5-7': the bars of some times, counted from 1."""
  numbers = np.unique(bar_numbers(metres, quarters)).tolist()
  breaks = [
    place
    for place in range(1, len(numbers))
    if numbers[place] > numbers[place - 1] + 1
  ]
  edges = itertools.pairwise([0, *breaks, len(numbers)])
  runs = [(numbers[first], numbers[last - 1]) for first, last in edges]
  words = [f'{a}' if a == b else f'{a}-{b}' for a, b in runs[:_RANGES]]
  more = ', ...' * (len(runs) > _RANGES)
  return f'bar{"s" * (len(numbers) > 1)} {", ".join(words)}{more}'


def bar_numbers(metres: Sequence[Metre], quarters: np.ndarray) -> np.ndarray:
  """The bar of each time, counted from 1."""
  quarters = np.asarray(quarters, np.float64)
  found, before = np.ones(quarters.shape, np.int64), 1.0
  for metre, following in itertools.pairwise([*metres, Metre(np.inf, 4, 4)]):
    bars = np.floor((quarters - metre.start) / metre.bar + _FUZZ) + before
    found = np.where(quarters >= metre.start - _FUZZ, bars, found)
    # A bar that is cut short by a change of metre counts, too.
    before += np.ceil((following.start - metre.start) / metre.bar - _FUZZ)
  return found.astype(np.int64)


def _in_metre(metres, metre, quarters):
  """[N] bool: whether a metre (numerator, denominator) is in force."""
  starts = np.array([one.start for one in metres])
  holds = np.array([one[1:] == metre for one in metres])
  place = np.searchsorted(starts, quarters + _FUZZ, 'right') - 1
  return holds[np.maximum(place, 0)]


def _places(stretches, quarters):
  """Positions of times in the concatenated stretches, and whether inside."""
  place = np.zeros(len(quarters))
  inside = np.zeros(len(quarters), bool)
  before = 0.0
  for begin, end in stretches:
    here = (quarters >= begin - _FUZZ) & (quarters < end - _FUZZ) & ~inside
    place[here] = before + quarters[here] - begin
    inside |= here
    before += end - begin
  return place, inside


def _found(
  place: np.ndarray,
  pitch: np.ndarray,
  drum: np.ndarray,
  notes: Notes,
  step: float,
) -> np.ndarray:
  """[N] bool: whether a note of the pitch begins or is active at a place."""
  found = np.zeros(len(place), bool)
  theirs = notes.pitch + 128 * notes.drum
  ours = pitch + 128 * drum
  for key in np.unique(ours[pitch >= 0]):
    rows = np.flatnonzero(ours == key)
    start, end = (column[theirs == key] for column in (notes.start, notes.end))
    if not len(start):
      continue
    # Whether some note that begins by then, up to a step late, is still active.
    last = np.searchsorted(start, place[rows] + step + _FUZZ, 'right') - 1
    until = np.maximum.accumulate(end)[np.maximum(last, 0)]
    found[rows] = (last >= 0) & (until > place[rows] + _FUZZ)
  return found
