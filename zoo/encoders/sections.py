"""Splits a piece into sections of one metre, and counts their bars."""

from typing import NamedTuple

import numpy as np

from zoo.encoders.lines import same_bars
from zoo.music.piece import Metre, Piece

_FUZZ = 1e-6  # Quarters: rounding error of a bar line.


class Section(NamedTuple):
  """A stretch of bars in one metre.

  Attributes:
    begin: the start of its first bar, in quarters.
    end: the start of the next metre, in quarters; inf for the last section.
    bars: complete bars. The last section of a piece is padded with silence to a
      whole bar.
    accepted: whether the bars are those of the requested metre.
  """

  begin: float
  end: float
  bars: int
  accepted: bool


def sections(piece: Piece, metre: Metre, length: float) -> list[Section]:
  """Splits a piece where its metre changes.

  Args:
    piece: only its metres are read. A metre that is repeated on a bar line
      changes nothing.
    metre: accepted, as are others with the same bars.
    length: the end of the last note, in quarters.
  """
  changes: list[Metre] = []
  for one in piece.metres:
    if changes:
      last = changes[-1]
      passed = (one.start - last.start) / last.bar
      if one[1:] == last[1:] and abs(passed - round(passed)) < _FUZZ:
        continue
    changes.append(one)
  ends = [one.start for one in changes[1:]] + [np.inf]
  found = []
  for one, end in zip(changes, ends, strict=True):
    closed = np.isfinite(end)
    bars = (end if closed else max(length, one.start)) - one.start
    bars = bars / one.bar
    count = np.floor(bars + _FUZZ) if closed else np.ceil(bars - _FUZZ)
    found.append(Section(one.start, end, int(count), same_bars(one, metre)))
  return found


def to_steps(times: np.ndarray) -> np.ndarray:
  """Rounds to the nearest step, halves up, as note-seq does."""
  return np.floor(np.asarray(times) + 0.5).astype(np.int64)
