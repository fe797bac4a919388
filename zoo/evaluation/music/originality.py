"""Originality: novelty relative to the training pieces.

The novelty profile: the share of a piece's patterns of n notes that do not
occur in the training pieces, as n grows. Copies stay at 0, random notes reach 1
immediately; the metric is the absolute gap to the profile of held-out
originals.

After BachProp (Colombo, Brea and Gerstner 2018, arXiv 1812.06669) and its
predecessors; their exact definition may differ. `shared_patterns` defines a
pattern.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from zoo.evaluation.music.note_rows import NoteRows, join, note_sets
from zoo.evaluation.music.shared_patterns import SortedPatterns, left
from zoo.pictures import charts
from zoo.questions import asks

SIZES = range(2, 13)  # Notes of a pattern.
KEYS = {'in_any_key': True, 'exact': False}


@asks(fields=('tokens', 'melody', 'notes', 'roll', 'voices'))
def originality(
  generate: Callable[..., dict[str, np.ndarray]],
  splits: dict[str, dict[str, np.ndarray]],
  encoder: Any,
  workdir: Path,
  *,
  count: int = 256,
  samples: dict[str, dict] | None = None,
  seed: int = 0,
) -> dict[str, Any]:
  """Novelty against the training pieces; draws it as originality.png.

  Args:
    generate: (n, **options of the sampler) -> {field: [n, ...]}.
    splits: {'train', 'test'} -> {field: [N, ...]}.
    encoder: decodes examples to pieces.
    workdir: where originality.png is drawn.
    count: pieces generated, and at most read from the test set.
    samples: {column: options of the sampler that differ from the
      experiment's}; {'generated': {}} when None.
    seed: of the baseline.

  Returns:
    {metric: {column: number}}: `in_any_key_02` .. `_12`, the share of new
    patterns, a mean over the pieces that have any of that size; `exact_02` ..
    the same if transposed patterns count as different;
    `mean_gap_in_any_key` and `mean_gap_exact`, the mean over n of the distance
    to `held_out`. Columns: one for each of `samples`, `held_out`, `shuffled`
    (training rhythms, all pitches shuffled).

  Raises:
    UserError: the encoder does not decode to music.
  """
  sets = note_sets(encoder, generate, splits, count, samples, seed)
  sizes = [len(one.sizes) for one in sets.others.values()]
  rows = join([sets.training, *sets.others.values()])
  training = np.arange(len(rows.sizes)) < len(sets.training.sizes)
  edges = np.cumsum([training.sum(), *sizes])

  def curves(in_any_key):
    patterns = SortedPatterns(rows, in_any_key=in_any_key, limit=max(SIZES))
    longest = patterns.longest_in(training)
    shares = new_shares(rows, longest)
    return {
      column: means(shares[:, first:end])
      for column, first, end in zip(
        sets.others, edges[:-1], edges[1:], strict=True
      )
    }

  found = {name: curves(flag) for name, flag in KEYS.items()}
  charts.profiles(
    found, SIZES, workdir / 'originality.png', ': new patterns of n notes'
  )
  return tabulate(found, 'held_out')


def new_shares(rows: NoteRows, longest: np.ndarray) -> np.ndarray:
  """The share of each piece's patterns that are not known.

  Args:
    rows: the notes.
    longest: [N] notes of the longest known pattern that begins there.

  Returns:
    [sizes, pieces] float, a row for each of SIZES; nan where a piece has no
    pattern of the size.
  """
  room, pieces = left(rows), len(rows.sizes)
  shares = []
  for size in SIZES:
    whole = room >= size
    all_of_it = np.bincount(rows.piece[whole], minlength=pieces)
    new = np.bincount(rows.piece[whole & (longest < size)], minlength=pieces)
    shares.append(np.where(all_of_it, new / np.maximum(all_of_it, 1), np.nan))
  return np.stack(shares)


def tabulate(
  found: Mapping[str, Mapping[str, list[float]]], reference: str
) -> dict[str, dict[str, float]]:
  """Curves {name: {column: [sizes]}} as metrics, with gaps to `reference`."""
  figures: dict[str, dict[str, float]] = {}
  for name, curves in found.items():
    for place, size in enumerate(SIZES):
      figures[f'{name}_{size:02d}'] = {
        column: curve[place]
        for column, curve in curves.items()
        if np.isfinite(curve[place])
      }
    if reference in curves:
      gaps = {
        column: np.abs(np.subtract(curve, curves[reference]))
        for column, curve in curves.items()
        if column != reference
      }
      figures[f'mean_gap_{name}'] = {
        column: float(gap[np.isfinite(gap)].mean())
        for column, gap in gaps.items()
        if np.isfinite(gap).any()
      }
  return {name: row for name, row in figures.items() if row}


def means(shares):
  """[sizes] means over the pieces with patterns of the size; nan for none."""
  return [
    float(row[np.isfinite(row)].mean()) if np.isfinite(row).any() else np.nan
    for row in shares
  ]
