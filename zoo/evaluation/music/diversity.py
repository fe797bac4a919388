"""Diversity: how much the pieces of a set differ from each other.

Auto-novelty: the share of a piece's patterns of n notes that occur in none of
the other pieces of its set, as n grows. It is lower than that of real music for
a model that repeats itself, and higher for random notes. Sets are compared at
the same number of pieces, since larger sets repeat more.

After BachProp (Colombo, Brea and Gerstner 2018, arXiv 1812.06669); their exact
definition may differ. `originality` has the same curve against the training
pieces.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from zoo.evaluation.music.note_rows import evenly, note_sets
from zoo.evaluation.music.originality import (
  KEYS,
  SIZES,
  means,
  new_shares,
  tabulate,
)
from zoo.evaluation.music.shared_patterns import SortedPatterns
from zoo.pictures import charts
from zoo.questions import asks


@asks(fields=('tokens', 'melody', 'notes', 'roll', 'voices'))
def diversity(
  generate: Callable[..., dict[str, np.ndarray]],
  splits: dict[str, dict[str, np.ndarray]],
  encoder: Any,
  workdir: Path,
  *,
  count: int = 256,
  samples: dict[str, dict] | None = None,
  seed: int = 0,
) -> dict[str, Any]:
  """Novelty of each piece against the others; draws diversity.png.

  Args:
    generate: (n, **options of the sampler) -> {field: [n, ...]}.
    splits: {'train', 'test'} -> {field: [N, ...]}.
    encoder: decodes examples to pieces.
    workdir: where diversity.png is drawn.
    count: the most pieces of each set; all sets are cut to the size of the
      smallest.
    samples: {column: options of the sampler that differ from the
      experiment's}; {'generated': {}} when None.
    seed: of the baseline.

  Returns:
    {metric: {column: number}}: `pieces`, how many of each were compared;
    `in_any_key_02` .. and `exact_02` .. as in `originality`, against the
    other pieces of the same set; `mean_gap_in_any_key` and `mean_gap_exact`
    to `training`. Columns: one for each of `samples`, `held_out`, `shuffled`
    (training rhythms, all pitches shuffled), `training`.

  Raises:
    UserError: the encoder does not decode to music.
  """
  found = note_sets(
    encoder, generate, splits, count, samples, seed, one_a_piece=True
  )
  sets = {**found.others, 'training': found.training}
  smallest = min(len(rows.sizes) for rows in sets.values())
  sets = {column: evenly(rows, smallest) for column, rows in sets.items()}

  def curve(rows, in_any_key):
    patterns = SortedPatterns(rows, in_any_key=in_any_key, limit=max(SIZES))
    return means(new_shares(rows, patterns.longest_elsewhere()))

  curves = {
    name: {column: curve(rows, flag) for column, rows in sets.items()}
    for name, flag in KEYS.items()
  }
  charts.profiles(
    curves, SIZES, workdir / 'diversity.png', ': new patterns of n notes'
  )
  compared = {'pieces': dict.fromkeys(sets, smallest)}
  return compared | tabulate(curves, 'training')
