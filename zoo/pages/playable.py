"""A piece as plain data for the pages' player and piano roll."""

from typing import Any

import numpy as np

from zoo.music.piece import Metre, Piece, seconds

_DIGITS = 3  # Of seconds: less than a millisecond is inaudible.
_USUAL = (80, 0, 0, 0)  # Default velocity, program, drum, part of a row.


def playable(
  piece: Piece, longest: float | None = None, begin: float | None = 0.0
) -> dict[str, Any]:
  """A piece in seconds, as JSON values.

  Args:
    piece: what to play.
    longest: seconds after which it is cut; None for all of it.
    begin: the quarter note at which to begin; None for the first note.

  Returns:
    notes: rows [start, end, pitch, velocity, program, drum, part], sorted by
      start, times in seconds; the last columns are omitted if they have the
      defaults 80, 0, 0, 0.
    seconds: the end of the last note, or of the last bar with a note.
    bars: the seconds at which bars begin.
    chords: [[seconds, text], ...]; missing if the piece has none.
  """
  table = piece.notes
  count = len(table.start)
  first = float(table.start[0]) if count and begin is None else begin or 0.0
  offset = float(seconds(piece.tempos, first))

  def time(quarters: Any) -> Any:
    return np.round(seconds(piece.tempos, quarters) - offset, _DIGITS)

  starts = bar_starts(piece)
  end = float(time(piece.length)) if count else 0.0
  if begin is not None and starts:
    # The silence up to the bar line is included, to keep a loop in time.
    end = max(end, float(time(_bar_end(piece, starts))))
  end = end if longest is None else min(end, longest)
  columns: list[list[Any]] = [
    time(table.start).tolist(),
    time(table.end).tolist(),
    table.pitch.tolist(),
    table.velocity.tolist(),
    table.program.tolist(),
    table.drum.astype(int).tolist(),
    table.part.tolist(),
  ]
  rows = [
    _row(start, min(stop, end), *others)
    for start, stop, *others in zip(*columns, strict=True)
    if 0.0 <= start < end
  ]
  found: dict[str, Any] = {
    'notes': rows,
    'seconds': end,
    'bars': [at for at in time(starts).tolist() if 0 <= at < end],
  }
  chords = [
    (float(time(one.start)), one.text)
    for one in piece.chords
    if one.start >= first
  ]
  if chords:
    found['chords'] = [[at, text] for at, text in chords if at < end]
  return found


def bar_starts(piece: Piece) -> list[float]:
  """The quarters at which bars begin, up to the last bar with a note."""
  starts, place = [], 0.0
  while place < piece.length - 1e-6:
    starts.append(place)
    changes = [m.start for m in piece.metres if m.start > place + 1e-6]
    place = min([place + _metre(piece, place).bar, *changes])
  return starts


def _bar_end(piece, starts):
  return starts[-1] + _metre(piece, starts[-1]).bar


def _metre(piece, place) -> Metre:
  """The time signature in force at `place` quarters."""
  return [m for m in piece.metres if m.start <= place + 1e-6][-1]


def _row(start, end, pitch, *others):
  row = [start, end, pitch, *others]
  while len(row) > 3 and row[-1] == _USUAL[len(row) - 4]:
    row.pop()
  return row
