"""The stretches of a piece in one metre, and how many bars each has."""

from typing import NamedTuple

import numpy as np

from zoo.encoders.lines import same_bars
from zoo.music.piece import Metre, Piece

_FUZZ = 1e-6  # Quarters; what rounding may do to a bar line.


class Section(NamedTuple):
  """A stretch of bars in one metre.

  Attributes:
    begin: quarters, where its first bar begins.
    end: quarters, where another metre begins; inf for the last section.
    bars: complete bars. The last section of a piece ends in silence up to
      the bar line.
    accepted: whether the bars are those of the metre that was asked for.
  """

  begin: float
  end: float
  bars: int
  accepted: bool


def sections(piece: Piece, metre: Metre, length: float) -> list[Section]:
  """Splits a piece where its metre changes.

  Args:
    piece: its metres are read alone. A metre that is written again on a bar
      line changes nothing.
    metre: whose bars are accepted, with all that have the same.
    length: quarters, where the last note ends.
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
  """To the nearest step, halves up, as note-seq quantizes."""
  return np.floor(np.asarray(times) + 0.5).astype(np.int64)
