"""The parts of a piece on a grid, and streams of what is written above them.

A stream has one value a step. What a score says above its notes comes in a
piece's metadata: `fermatas`, a list of [start, end] in quarters, and
`key_signatures`, a list of [start, sharps].
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from zoo.music.piece import Piece

# Whole pieces are all padded to the longest: one long one would fill memory.
MOST_STEPS = 20_000

_LEGATO = 0.5  # Steps that a note may sound into the next.


class Unfit(Exception):
  """A piece that has no encoding.

  Attributes:
    reason: why, as in 'has 5 parts'.
    quarter: where in the piece, or None.
  """

  def __init__(self, reason: str, quarter: float | None = None):
    super().__init__(reason)
    self.reason = reason
    self.quarter = quarter


class Lines(NamedTuple):
  """Arrays [T, V].

  Attributes:
    sounding: MIDI pitch, -1 where the voice rests.
    onset: true where a note or a rest begins; always at step 0.
  """

  sounding: np.ndarray
  onset: np.ndarray


def grid_lines(
  piece: Piece,
  lowest: np.ndarray,
  highest: np.ndarray,
  per_quarter: int,
  melody: bool = False,
) -> Lines:
  """Lays each part of a piece on a grid; drums are left out.

  Args:
    piece: with as many parts as there are ranges.
    lowest, highest: [V] MIDI pitch.
    per_quarter: steps a quarter.
    melody: a piece with a single part is the first voice; the others rest.

  Raises:
    Unfit: another number of parts, notes together in a part, a pitch outside
      its part's range, or too long.
  """
  table = piece.notes
  parts = np.unique(table.part[~table.drum])
  if len(parts) != len(lowest) and not (melody and len(parts) == 1):
    raise Unfit(f'has {len(parts)} parts')
  steps = round(piece.length * per_quarter)
  if steps > MOST_STEPS:
    raise Unfit('too long')
  steps = max(steps, 1)
  sounding = np.full((steps, len(lowest)), -1)
  onset = np.zeros((steps, len(lowest)), bool)
  onset[0] = True
  for voice, part in enumerate(parts):
    chosen = ~table.drum & (table.part == part)
    start, end, pitch = (
      column[chosen] for column in (table.start, table.end, table.pitch)
    )
    together = np.flatnonzero(end[:-1] - start[1:] > _LEGATO / per_quarter)
    if len(together):
      raise Unfit('has notes together in a part', float(start[together[0] + 1]))
    outside = (pitch < lowest[voice]) | (pitch > highest[voice])
    if outside.any():
      raise Unfit('pitch out of range', float(start[outside.argmax()]))
    first, last = (
      np.floor(times * per_quarter + 0.5).astype(np.int64)
      for times in (start, end)
    )
    fresh = np.diff(first, append=steps + 1) > 0
    first, last, pitch = first[fresh], last[fresh], pitch[fresh]
    inside = first < steps
    first, last, pitch = first[inside], last[inside], pitch[inside]
    # A note lasts at least a step, and no longer than up to the next.
    last = np.maximum(last, first + 1)
    last = np.minimum(last, np.append(first[1:], steps))
    change = np.zeros(steps + 1, np.int64)
    np.add.at(change, first, pitch + 1)
    np.add.at(change, last, -(pitch.astype(np.int64) + 1))
    sounding[:, voice] = np.cumsum(change)[:-1] - 1
    onset[first, voice] = True
    onset[last[last < steps], voice] = True
  return Lines(sounding, onset)


def span_stream(
  metadata: Mapping[str, Any], steps: int, per_quarter: int
) -> np.ndarray:
  """[T] int8: 1 under the fermatas of a piece."""
  stream = np.zeros(steps, np.int8)
  for start, end in metadata.get('fermatas', ()):
    first = round(start * per_quarter)
    stream[first : max(round(end * per_quarter), first + 1)] = 1
  return stream


def spans_of(
  stream: np.ndarray, onset: np.ndarray, per_quarter: int
) -> list[list[float]]:
  """The fermatas [start, end] of a stream [T]; where a note begins under
  one, `onset` [T], another begins: the inverse of `span_stream`."""
  begins = (stream > 0) & (onset | (np.diff(stream > 0, prepend=0) > 0))
  spans = []
  for start in np.flatnonzero(begins).tolist():
    rest = (stream[start:] == 0) | begins[start:]
    rest[0] = False
    length = int(rest.argmax()) if rest.any() else len(rest)
    spans.append([start / per_quarter, (start + length) / per_quarter])
  return spans


def key_stream(
  metadata: Mapping[str, Any], steps: int, per_quarter: int
) -> np.ndarray:
  """[T] int8: sharps of the key signature, -7..7; 0 where none is known."""
  stream = np.zeros(steps, np.int8)
  changes = metadata.get('key_signatures', ())
  for place, (start, sharps) in enumerate(changes):
    first = round(start * per_quarter) if place else 0
    stream[first:] = min(max(sharps, -7), 7)
  return stream
