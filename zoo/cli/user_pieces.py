"""Pieces from the user: reading, encoding, and remarks on them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from zoo.contracts import UserError
from zoo.encoders import coverage
from zoo.music.piece import Piece


class Given(NamedTuple):
  """A user's piece, and its encoded rows.

  Attributes:
    path: of the file, as the user wrote it.
    piece: as it was read.
    examples: the result of the encoder's `cover`, {field: [n, ...]}.
    joined: the piece decoded from those.
    stretches: (begin, end) in quarters of the parts of the piece that the rows
      encode, in order.
  """

  path: str
  piece: Piece
  examples: dict[str, np.ndarray]
  joined: Any
  stretches: list[tuple[float, float]]

  @property
  def rows(self) -> int:
    """n, how many rows cover the piece."""
    return len(next(iter(self.examples.values())))

  @property
  def begin(self) -> float:
    """The time in quarters at which the first row begins."""
    return self.stretches[0][0]

  @property
  def end(self) -> float:
    """The time in quarters of the first gap between rows; inf without one."""
    end = self.stretches[0][1]
    for begin, following in self.stretches[1:]:
      if abs(begin - end) > 1e-6:
        return end
      end = following
    # The last row is padded, so it may end after the music.
    return np.inf


def read(path: str, encoder: Any) -> Given:
  """Reads a file, and encodes the whole piece.

  Raises:
    UserError: it cannot be read, or not be encoded.
  """
  from zoo.music import reading  # Slow to import.

  read_own = getattr(encoder, 'read', reading.read)
  piece = read_own(path)
  examples = encoder.cover(piece)
  joined = encoder.join(examples)
  return Given(
    path, piece, examples, joined, coverage.read_from(encoder, piece)
  )


def remarks(given: Given, encoder: Any) -> list[str]:
  """Lines about what was repaired in reading a piece, and what is dropped."""
  lines: list[str] = []
  if not isinstance(given.piece, Piece):
    return lines  # Sound is read as it is.
  repaired = given.piece.metadata.get('repaired', {})
  if repaired:
    counts = '; '.join(f'{n} {what}' for what, n in repaired.items())
    lines.append(f'{given.path} was repaired while reading: {counts}.')
  for what, count in given.piece.metadata.get('passed_over', {}).items():
    if what.startswith('jumps'):
      lines.append(f'{given.path} has {count} {what}.')
  reasons = coverage.dropped(encoder, given.piece, given.joined)
  if reasons:
    total = len(given.piece.notes.start)
    lines.append(
      f'{given.path}: dropped of {total} notes: {"; ".join(reasons)}.'
    )
  return lines


def matched(given: Sequence[Given]) -> tuple[list[dict[str, Any]], str]:
  """Rows of several pieces side by side; shorter pieces are repeated.

  Returns:
    [{field: [k, ...]}] with one row of each of the k pieces, as many as the
    longest has; the rows of a shorter one repeat from its beginning. And a
    line that says so, '' if all have the same number.

  Raises:
    UserError: the rows of the pieces differ in length.
  """
  most = max(one.rows for one in given)
  fields = given[0].examples
  shapes = {
    tuple(one.examples[name].shape[1:] for name in fields) for one in given
  }
  if len(shapes) > 1:
    raise UserError(
      f'{given[0].path} and {given[1].path} have different lengths, and this '
      'run reads whole pieces: give two of equal length.'
    )
  rows = [
    {
      k: np.stack([one.examples[k][row % one.rows] for one in given])
      for k in fields
    }
    for row in range(most)
  ]
  shorter = [one for one in given if one.rows < most]
  if not shorter:
    return rows, ''
  names = ' and '.join(f'{one.path} ({one.rows})' for one in shorter)
  longest = next(one for one in given if one.rows == most)
  plural = len(shorter) > 1
  return rows, (
    f'{names} {"have" if plural else "has"} fewer windows than {longest.path} '
    f'({most}) and {"repeat" if plural else "repeats"} from the beginning.'
  )


def primer_begin(
  given: Given, made: Mapping[str, Any], field: str, quarters: float
) -> float:
  """The time in quarters from which the samples repeat the user's piece.

  Args:
    given: the piece.
    made: {field: [n, T, ...]}; all samples begin with the same steps.
    field: the field of the steps, or notes.
    quarters: the length of a step; 0 if steps are notes.
  """
  if field not in made or field not in given.examples:
    return given.begin
  theirs, ours = np.asarray(given.examples[field]), np.asarray(made[field])
  if 'length' in given.examples and theirs.ndim == ours.ndim:
    music = np.arange(theirs.shape[1]) < given.examples['length'][:, None]
    theirs = theirs[music]
  else:
    theirs = theirs.reshape(-1, *ours.shape[2:])
  for kept in range(min(len(theirs), ours.shape[1]), 0, -1):
    if (ours[:, :kept] == theirs[len(theirs) - kept :]).all():
      first = len(theirs) - kept
      break
  else:
    return given.begin
  if quarters:
    return coverage.source_time(given.stretches, first * quarters)
  onsets = np.sort(given.joined.notes.start)
  time = float(onsets[min(first, len(onsets) - 1)])
  return coverage.source_time(given.stretches, time)
