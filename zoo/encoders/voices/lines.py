"""The parts of a piece on a grid, and streams of its fermatas and keys.

A stream has one value per step. It comes from the metadata of a piece:
`fermatas`, a list of [start, end] in quarters, and `key_signatures`, a list of
[start, sharps].
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from zoo.music.piece import Piece

# Whole pieces are padded to the longest: a single long one would fill memory.
MOST_STEPS = 20_000

_LEGATO = 0.5  # Steps by which a note may overlap with the next.


class Unfit(Exception):
  """A piece that cannot be encoded.

  Attributes:
    reason: such as 'has 5 parts'.
    quarter: the place in the piece, or None.
  """

  def __init__(self, reason: str, quarter: float | None = None):
    super().__init__(reason)
    self.reason = reason
    self.quarter = quarter


class Lines(NamedTuple):
  """Arrays [T, V].

  Attributes:
    active: MIDI pitch of the active note, -1 for a rest.
    onset: true if a note or a rest begins; always at step 0.
  """

  active: np.ndarray
  onset: np.ndarray


def grid_lines(
  piece: Piece,
  lowest: np.ndarray,
  highest: np.ndarray,
  per_quarter: int,
  melody: bool = False,
) -> Lines:
  """Lays out each part of a piece on a grid; drums are dropped.

  Args:
    piece: with as many parts as there are ranges.
    lowest, highest: [V] MIDI pitch.
    per_quarter: steps per quarter.
    melody: whether a single part is accepted as the first voice; the others
      then rest.

  Raises:
    Unfit: another number of parts, overlapping notes in a part, a pitch out of
      the range of its part, or too long.
  """
  table = piece.notes
  parts = np.unique(table.part[~table.drum])
  if len(parts) != len(lowest) and not (melody and len(parts) == 1):
    raise Unfit(f'has {len(parts)} parts')
  steps = round(piece.length * per_quarter)
  if steps > MOST_STEPS:
    raise Unfit('too long')
  steps = max(steps, 1)
  active = np.full((steps, len(lowest)), -1)
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
    # A note lasts at least one step, and at most up to the next.
    last = np.maximum(last, first + 1)
    last = np.minimum(last, np.append(first[1:], steps))
    change = np.zeros(steps + 1, np.int64)
    np.add.at(change, first, pitch + 1)
    np.add.at(change, last, -(pitch.astype(np.int64) + 1))
    active[:, voice] = np.cumsum(change)[:-1] - 1
    onset[first, voice] = True
    onset[last[last < steps], voice] = True
  return Lines(active, onset)


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
  """The fermatas [start, end] of a stream [T]: the inverse of `span_stream`.

  A note that begins, `onset` [T], under a fermata begins another one.
  """
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
  """[T] int8: sharps of the key signature, -7..7; 0 if unknown."""
  stream = np.zeros(steps, np.int8)
  changes = metadata.get('key_signatures', ())
  for place, (start, sharps) in enumerate(changes):
    first = round(start * per_quarter) if place else 0
    stream[first:] = min(max(sharps, -7), 7)
  return stream
