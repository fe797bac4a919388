"""Plagiarism: how much of a piece is also in one training piece.

Two metrics of a piece: the longest run of notes that occurs in some training
piece, and the share of its notes in runs of a given length that also occur in
the closest training piece. Held-out originals show how much pieces of one style
have in common; only a model far above them copies. `shared_patterns` defines
when two runs are equal.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from zoo.evaluation.music.note_rows import NoteRows, join, note_sets
from zoo.evaluation.music.shared_patterns import SortedPatterns
from zoo.questions import asks

COPIED = 0.95  # A piece with at least this share in common counts as a copy.


@asks(fields=('tokens', 'melody', 'notes', 'roll', 'voices'))
def plagiarism(
  generate: Callable[..., dict[str, np.ndarray]],
  splits: dict[str, dict[str, np.ndarray]],
  encoder: Any,
  *,
  count: int = 256,
  run: int = 6,
  samples: dict[str, dict] | None = None,
  seed: int = 0,
) -> dict[str, Any]:
  """How much pieces have in common with the training pieces, in any key.

  Args:
    generate: (n, **options of the sampler) -> {field: [n, ...]}.
    splits: {'train', 'test'} -> {field: [N, ...]}.
    encoder: decodes examples to pieces.
    count: pieces generated, and at most read from the test set.
    run: in notes; shorter runs do not count as in common.
    samples: {column: options of the sampler that differ from the
      experiment's}; {'generated': {}} when None.
    seed: of the baseline.

  Returns:
    {metric: {column: number}}: `longest_run`, notes, a mean over the pieces
    with notes, and `longest_run_of_all`; `longest_run_exact` and
    `longest_run_exact_of_all`, if transposed runs count as different;
    `longest_share`, of the piece's notes; `in_common`, the share of a piece's
    notes that lie in runs of at least `run` notes which the closest training
    piece has too, a mean and `in_common_of_all`, the greatest; `copied`, the
    share of pieces with in_common at least COPIED. Columns: one for each of
    `samples`, `held_out`, `shuffled` (training rhythms, all pitches
    shuffled).

  Raises:
    UserError: the encoder does not decode to music.
  """
  sets = note_sets(encoder, generate, splits, count, samples, seed)
  sizes = [len(one.sizes) for one in sets.others.values()]
  rows = join([sets.training, *sets.others.values()])
  training = np.arange(len(rows.sizes)) < len(sets.training.sizes)
  edges = np.cumsum([training.sum(), *sizes])

  patterns = SortedPatterns(rows, in_any_key=True)
  longest = longest_runs(rows, patterns.longest_in(training))
  common = in_common(rows, patterns.names(run), training, run)
  exact = SortedPatterns(rows, in_any_key=False)
  exact_longest = longest_runs(rows, exact.longest_in(training))
  figures: dict[str, dict[str, float]] = {}
  for column, begin, end in zip(
    sets.others, edges[:-1], edges[1:], strict=True
  ):
    places = np.arange(begin, end)
    places = places[rows.sizes[places] > 0]
    if not len(places):
      continue
    for name, value in (
      ('longest_run', longest[places].mean()),
      ('longest_run_of_all', longest[places].max()),
      ('longest_run_exact', exact_longest[places].mean()),
      ('longest_run_exact_of_all', exact_longest[places].max()),
      ('longest_share', (longest[places] / rows.sizes[places]).mean()),
      ('in_common', common[places].mean()),
      ('in_common_of_all', common[places].max()),
      ('copied', (common[places] >= COPIED).mean()),
    ):
      figures.setdefault(name, {})[column] = value.item()
  return figures


def longest_runs(rows: NoteRows, longest: np.ndarray) -> np.ndarray:
  """[pieces] the greatest of `longest` [N] in each piece; 0 without notes."""
  found = np.zeros(len(rows.sizes), np.int64)
  np.maximum.at(found, rows.piece, longest)
  return found


def in_common(
  rows: NoteRows, names: np.ndarray, source: np.ndarray, run: int
) -> np.ndarray:
  """The share of each piece's notes that its closest source piece has too.

  Args:
    rows: the notes of all pieces.
    names: [N] the pattern of `run` notes that begins at each; -1 for none.
    source: [pieces] bool, the pieces to search.
    run: notes.

  Returns:
    [pieces] float; 0 for the source pieces themselves.
  """
  known = source[rows.piece] & (names >= 0)
  pieces = len(source)
  # Each pattern with each source piece that has it, by pattern.
  pairs = np.unique(names[known] * pieces + rows.piece[known])
  holder = pairs % pieces
  first, end = np.searchsorted(
    pairs, np.stack([np.maximum(names, 0), np.maximum(names, 0) + 1]) * pieces
  )
  counts = np.where(names >= 0, end - first, 0)
  found = np.zeros(pieces)
  for place in np.flatnonzero(~source & (rows.sizes > 0)):
    notes = np.arange(rows.first[place], rows.first[place + 1])
    found[place] = _covered(notes, first, counts, holder, run) / len(notes)
  return found


def _covered(notes, first, counts, holder, run):
  """How many of a piece's notes are in the source piece with most of them."""
  many = counts[notes]
  if not many.any():
    return 0
  # Each note whose run occurs in a source piece, with each such piece.
  note = np.repeat(notes, many)
  nth = np.arange(len(note)) - np.repeat(np.cumsum(many) - many, many)
  source = holder[first[note] + nth]
  order = np.lexsort((note, source))
  note, source = note[order], source[order]
  # A run covers `run` notes, or those up to the first of the next run.
  gap = np.append(np.diff(note), run)
  gap[np.append(np.diff(source) != 0, True)] = run
  return int(np.bincount(source, np.minimum(gap, run)).max())
