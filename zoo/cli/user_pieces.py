"""The pieces that a user gives: reading, encoding, and remarks on them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from zoo.contracts import UserError
from zoo.encoders import coverage
from zoo.music.piece import Piece


class Given(NamedTuple):
  """A user's piece, and the rows that an encoder makes of it.

  Attributes:
    path: as the user named the file.
    piece: as it was read.
    examples: what the encoder's `cover` gives, {field: [n, ...]}.
    joined: the piece again, of those.
    stretches: quarters of the piece that the rows lay end to end.
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
    """Quarters of the piece at which the first row begins."""
    return self.stretches[0][0]

  @property
  def end(self) -> float:
    """Quarters where the first stretch that is read without a gap ends."""
    end = self.stretches[0][1]
    for begin, following in self.stretches[1:]:
      if abs(begin - end) > 1e-6:
        return end
      end = following
    # The last row is filled up, so that it may end behind the music.
    return np.inf


def read(path: str, encoder: Any) -> Given:
  """Reads a file, and covers the piece from end to end.

  Raises:
    UserError: it cannot be read, or the encoder has no place for it.
  """
  from zoo.music import reading  # music tower, slow to import

  read_own = getattr(encoder, 'read', reading.read)
  piece = read_own(path)
  examples = encoder.cover(piece)
  joined = encoder.join(examples)
  return Given(
    path, piece, examples, joined, coverage.read_from(encoder, piece)
  )


def remarks(given: Given, encoder: Any) -> list[str]:
  """Lines on what was repaired in reading a piece, and what is dropped."""
  lines: list[str] = []
  if not isinstance(given.piece, Piece):
    return lines  # Sound is read as it is.
  repaired = given.piece.metadata.get('repaired', {})
  if repaired:
    counts = '; '.join(f'{n} {what}' for what, n in repaired.items())
    lines.append(f'{given.path} was repaired in reading: {counts}.')
  for what, count in given.piece.metadata.get('passed_over', {}).items():
    if what.startswith('jumps'):
      lines.append(f'{given.path} has {count} {what}.')
  reasons = coverage.dropped(encoder, given.piece, given.joined)
  if reasons:
    total = len(given.piece.notes.start)
    lines.append(
      f'{given.path}: dropped are, of {total} notes, {"; ".join(reasons)}.'
    )
  return lines


def matched(given: Sequence[Given]) -> tuple[list[dict[str, Any]], str]:
  """Rows of several pieces side by side, and how their lengths are matched.

  Returns:
    [{field: [k, ...]}] with one row of each of the k pieces, as many as the
    longest has; the rows of a shorter one repeat from its beginning. And a
    line that says so, '' where all are as long.

  Raises:
    UserError: rows of different lengths.
  """
  most = max(one.rows for one in given)
  fields = given[0].examples
  shapes = {
    tuple(one.examples[name].shape[1:] for name in fields) for one in given
  }
  if len(shapes) > 1:
    raise UserError(
      f'{given[0].path} and {given[1].path} are of different lengths, and this '
      'run reads pieces whole: give two of equal length.'
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
  """Where the part of the user's piece begins that samples continue.

  Args:
    given: the piece.
    made: {field: [n, T, ...]}; all samples begin with the same steps.
    field: that holds the steps, or notes.
    quarters: of a step; 0 where steps are notes.
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
