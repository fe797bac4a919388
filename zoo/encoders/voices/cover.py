"""Prepares a user's own piece for a model of voices, and merges the result."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from zoo.encoders import coverage
from zoo.music.piece import Metre, Notes, Piece
from zoo.music.signatures import key_signatures


def with_key(piece: Piece) -> Piece:
  """The piece with its key signatures, estimated if it has none."""
  found = {'key_signatures': key_signatures(piece)}
  return piece._replace(metadata=piece.metadata | found)


def shift_into(piece: Piece, lowest: np.ndarray, highest: np.ndarray) -> int:
  """Semitones that bring every part into its range.

  0 if possible, else whole octaves, else as few as necessary; 0 if there is no
  such transposition.

  Args:
    piece: its parts, in order, are the first voices.
    lowest, highest: [V] MIDI pitch.
  """
  fits = transpositions(piece, lowest, highest)
  return min(fits, key=lambda by: (by % 12 != 0, abs(by), by), default=0)


def transpositions(
  piece: Piece, lowest: np.ndarray, highest: np.ndarray
) -> range:
  """All intervals that bring every part into its range; may be empty.

  Args:
    piece: its parts, in order, are the first voices.
    lowest, highest: [V] MIDI pitch.
  """
  table = piece.notes
  down, up = -127, 127
  parts = np.unique(table.part[~table.drum])[: len(lowest)]
  for voice, part in enumerate(parts):
    pitch = table.pitch[(table.part == part) & ~table.drum].astype(int)
    down = max(down, int(lowest[voice] - pitch.min()))
    up = min(up, int(highest[voice] - pitch.max()))
  return range(down, up + 1)


def moved(piece: Piece, by: int) -> Piece:
  """The piece, with its key signatures, `by` semitones higher."""
  if not by:
    return piece
  metadata = dict(piece.metadata)
  if 'key_signatures' in metadata and by % 12:
    # A semitone up is seven steps up the circle of fifths.
    metadata['key_signatures'] = [
      [start, (sharps + 7 * by + 5) % 12 - 5]
      for start, sharps in metadata['key_signatures']
    ]
  pitch = (piece.notes.pitch + by).astype(piece.notes.pitch.dtype)
  return piece._replace(
    notes=piece.notes._replace(pitch=pitch), metadata=metadata
  )


def merged(piece: Piece, made: Piece, same: Sequence[bool]) -> Piece:
  """`piece` with the voices of `made` that are not the same.

  Args:
    piece: its parts, in order, are the first voices.
    made: its part numbers are the voices.
    same: [V], whether to take each voice from `piece`.
  """
  table = piece.notes
  parts = np.unique(table.part[~table.drum])
  rows: list[list[np.ndarray]] = [[] for _ in table]
  for voice, kept in enumerate(same):
    if kept and voice < len(parts):
      source, chosen = table, (table.part == parts[voice]) & ~table.drum
    else:
      source, chosen = made.notes, made.notes.part == voice
    columns = source._replace(part=np.full(len(source.part), voice, np.int16))
    for row, column in zip(rows, columns, strict=True):
      row.append(column[chosen])
  joined = [np.concatenate(row) for row in rows]
  order = np.lexsort((joined[2], joined[0]))
  signatures = made.metadata.get('key_signatures')
  metadata = made.metadata | piece.metadata
  if signatures:
    metadata['key_signatures'] = signatures
  return piece._replace(
    notes=Notes(*(column[order] for column in joined)), metadata=metadata
  )


def bar_numbers(
  metres: Sequence[Metre], shape: tuple[int, int], options: Mapping[str, Any]
) -> np.ndarray:
  """[n, T] int32: the bar of each step of consecutive windows [n, T].

  Args:
    metres: of the piece.
    shape: (n, T).
    options: of the encoder: `padding` and `steps_per_quarter`.
  """
  place = np.arange(shape[0] * shape[1]) - options['padding']
  quarter = place.reshape(shape) / options['steps_per_quarter']
  return coverage.bar_numbers(metres, quarter).astype(np.int32)


def bar_at(metres: Sequence[Metre], quarter: float | None) -> str:
  """' in bar 7'; '' if the place is None."""
  if quarter is None:
    return ''
  options = {'padding': -quarter, 'steps_per_quarter': 1}
  return f' in bar {int(bar_numbers(metres, (1, 1), options)[0, 0])}'
