"""Histograms of intervals, compared with held-out pieces.

Each set has two histograms: of the intervals between successive notes, and
between simultaneous ones. The metric is their distance from those of held-out
pieces; the distance of the training pieces from the same is the reference.

After the interval statistics of BachProp (Colombo, Brea and Gerstner 2018,
arXiv 1812.06669); their exact definition may differ from the one below.
Total variation is half the sum of the differences; the Jensen-Shannon distance
is the root of the divergence in bits (Lin 1991). Both go from 0, equal, to 1,
disjoint.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from zoo.evaluation.music.note_rows import NoteRows, note_sets
from zoo.pictures import charts
from zoo.questions import asks

WIDEST = 36  # Semitones; wider intervals are counted with it.
KINDS = ('successive', 'simultaneous')


@asks(fields=('tokens', 'melody', 'notes', 'roll', 'voices'))
def intervals(
  generate: Callable[..., dict[str, np.ndarray]],
  splits: dict[str, dict[str, np.ndarray]],
  encoder: Any,
  workdir: Path,
  *,
  count: int = 256,
  samples: dict[str, dict] | None = None,
  seed: int = 0,
) -> dict[str, Any]:
  """Distances between histograms of intervals; draws them as intervals.png.

  Successive: from the highest note that begins to the highest of those that
  begin next, in the same piece; up is positive. Simultaneous: between notes
  adjacent in pitch among those that begin together.

  Args:
    generate: (n, **options of the sampler) -> {field: [n, ...]}.
    splits: {'train', 'test'} -> {field: [N, ...]}.
    encoder: decodes examples to pieces.
    workdir: where intervals.png is drawn.
    count: pieces generated, and at most read from the test set.
    samples: {column: options of the sampler that differ from the
      experiment's}; {'generated': {}} when None.
    seed: of the baseline.

  Returns:
    {metric: {column: number}}. Metrics: `successive_total_variation` and
    `..._jensen_shannon`, the same of `simultaneous` if there are such notes,
    each `_from_held_out` and `_from_training`; and how many intervals were
    counted. Columns: one for each of `samples`, `training`, `held_out`,
    `shuffled` (training pieces, all pitches shuffled).

  Raises:
    UserError: the encoder does not decode to music.
  """
  sets = note_sets(encoder, generate, splits, count, samples, seed)
  everyone = {**sets.others, 'training': sets.training}
  found = {column: histograms(rows) for column, rows in everyone.items()}
  figures: dict[str, dict[str, float]] = {}
  for kind in KINDS:
    counts = {column: one[kind] for column, one in found.items()}
    counts = {column: one for column, one in counts.items() if one.sum()}
    figures[f'{kind}_intervals'] = {
      column: int(one.sum()) for column, one in counts.items()
    }
    for reference in ('held_out', 'training'):
      for measure in (total_variation, jensen_shannon):
        figures[f'{kind}_{measure.__name__}_from_{reference}'] = {
          column: measure(one, counts[reference])
          for column, one in counts.items()
          if reference in counts and column != reference
        }
  charts.histograms(
    {
      kind: {column: one[kind] for column, one in found.items()}
      for kind in KINDS
    },
    range(-WIDEST, WIDEST + 1),
    workdir / 'intervals.png',
    ' intervals in semitones',
  )
  return {name: row for name, row in figures.items() if row}


def histograms(rows: NoteRows) -> dict[str, np.ndarray]:
  """{kind: [2 * WIDEST + 1]} counts of each interval from -WIDEST up."""
  after, step = np.diff(rows.onset), np.diff(rows.pitch)
  same = np.diff(rows.piece) == 0
  together = same & (after == 0)
  # Sorted by onset, then pitch: the last of those with one onset is highest.
  highest = ~np.append(together, False)[: len(rows.pitch)]
  leap = np.diff(rows.pitch[highest])
  goes_on = np.diff(rows.piece[highest]) == 0
  return {
    'successive': _count(leap[goes_on]),
    'simultaneous': _count(step[together]),
  }


def total_variation(one: np.ndarray, other: np.ndarray) -> float:
  """Half the sum of |p - q| over two histograms of counts [K]."""
  return float(np.abs(_shares(one) - _shares(other)).sum() / 2)


def jensen_shannon(one: np.ndarray, other: np.ndarray) -> float:
  """The root of the mean of KL(p, m) and KL(q, m) in bits, m their mean."""
  p, q = _shares(one), _shares(other)
  middle = np.maximum((p + q) / 2, 1e-300)
  divergence = sum(
    (r * np.log2(np.maximum(r, 1e-300) / middle)).sum() / 2 for r in (p, q)
  )
  return float(np.sqrt(max(divergence, 0.0)))


def _count(steps):
  steps = np.clip(steps, -WIDEST, WIDEST) + WIDEST
  return np.bincount(steps, minlength=2 * WIDEST + 1)


def _shares(counts):
  return counts / max(counts.sum(), 1)
