"""Whether melodies written bar by bar over chords follow the chords.

Bars are written over held-out progressions and compared with held-out bars
and with the corpus: the share of active steps that are chord tones, under the
given chords and under the same chords in another order; statistics of bars;
precision and coverage; the interval from each bar to the next.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from zoo import chord_symbols
from zoo.contracts import Spec, UserError
from zoo.evaluation.music.bar_statistics import bars
from zoo.evaluation.music.melody_statistics import evenly, independent
from zoo.evaluation.music.mode_collapse import ball_radii, nearest, sounding
from zoo.questions import asks


@asks(fields=('tokens',))
def lead_sheets(
  make: Callable[..., dict[str, np.ndarray]],
  generate_untrained: Callable[..., dict[str, np.ndarray]],
  splits: dict[str, dict[str, np.ndarray]],
  spec: Spec,
  *,
  count: int = 2048,
  covering: int = 507,
  neighbours: int = 5,
  seed: int = 0,
) -> dict[str, Any]:
  """Compares generated bars with held-out ones and with the corpus.

  Held-out bars are those of validation and test together.

  Args:
    make: (mode, n, {'progression': [n, P]}, by_row) -> {'tokens': [n, k * T],
      'progression': [n, k]}.
    generate_untrained: n samples of parameters that were never trained.
    splits: {split: fields of the encoder lead_sheet}.
    spec: of that encoder.
    count: bars that are generated, and the most training bars that precision
      and coverage are measured with.
    covering: how many bars of each column coverage is measured with.
    neighbours: k of precision and coverage.
    seed: of the orders of chords, and of the independent baseline.

  Returns:
    {metric: {column: number}} for `generated`, `real` (held-out bars),
    `untrained` and `independent` (each step from its own histogram, over the
    real chords). Metrics: chord_tones, the share of active steps on tones of
    the bar's chord; shuffled, the same with the chords shuffled;
    above_shuffled, their difference; notes, onsets, range, in_key of a bar and
    largest_deviation from the corpus, as in bar_statistics; unique; precision;
    coverage; seam, semitones between the last note of a bar and the first of
    the next, and repeated, the share of bars equal to the previous one, both
    missing for `independent`.

  Raises:
    UserError: an encoder without chords, or too few bars.
  """
  if 'progression' not in spec.fields:
    raise UserError(
      "The evaluator 'lead_sheets' reads bars with chords, which the encoder "
      f"'{spec.encoder}' does not write: take it out of evaluate."
    )
  held = {
    name: np.concatenate([splits[k][name] for k in ('validation', 'test')])
    for name in spec.fields
  }
  train = splits['train']
  if len(train['tokens']) <= neighbours or not len(held['tokens']):
    raise UserError(
      f'lead_sheets needs more than {neighbours} training bars and at least '
      'one held-out bar: provide more music.'
    )
  pitches = spec.tables['pitches']
  size = spec.fields['tokens'].shape[0]
  made = _flat(_written(make, held, count, size), size)
  first = _flat(generate_untrained(max(count // 8, 1)), size)
  drawn = independent(train['tokens'], count, spec.sizes['classes'], seed)
  row = np.random.default_rng(seed).integers(len(held['chord']), size=count)
  sets = {
    'generated': (made[0][:count], made[1][:count], made[2][:count]),
    'real': (held['tokens'], held['chord'], held['previous']),
    'untrained': first,
    'independent': (drawn, held['chord'][row], None),
  }
  reference = sounding(evenly(train['tokens'], count).astype(int), pitches)
  radii = ball_radii(reference, neighbours)
  corpus = _means(train['tokens'], pitches, size)
  figures: dict[str, Any] = {}
  for column, (tokens, chord, before) in sets.items():
    tokens = np.asarray(tokens).astype(int)
    found = _over(tokens, np.asarray(chord).astype(int), pitches, seed)
    means = _means(tokens, pitches, size)
    found |= means
    found['largest_deviation'] = max(
      abs(means[k] / corpus[k] - 1) for k in corpus if k in means
    )
    found['unique'] = len(np.unique(tokens, axis=0)) / len(tokens)
    seen = sounding(tokens, pitches)
    found['precision'] = nearest(reference, radii, seen, neighbours).precision
    few = evenly(seen, covering)
    found['coverage'] = nearest(reference, radii, few, neighbours).coverage
    if before is not None:
      found |= _seams(np.asarray(before).astype(int), tokens, pitches)
    for name, value in found.items():
      figures.setdefault(name, {})[column] = value
  return figures


def _written(make, held, count, size):
  """Enough samples over held-out progressions, spread evenly."""
  rows = held['progression']

  def over(some):
    return make('sample', len(some), {'progression': some}, by_row=True)

  bars_each = over(rows[:1])['tokens'].shape[1] // size
  wanted = -(-count // bars_each)
  return over(rows[np.linspace(0, len(rows) - 1, wanted).astype(int)])


def _flat(made, size):
  """Bars [n, T], their chords [n] and their previous bars [n, T]."""
  tokens = np.asarray(made['tokens'])
  split = tokens.reshape(len(tokens), -1, size)
  before = np.concatenate([np.zeros_like(split[:, :1]), split[:, :-1]], 1)
  chords = np.asarray(made['progression'])[:, : split.shape[1]]
  return split.reshape(-1, size), chords.reshape(-1), before.reshape(-1, size)


def _means(tokens, pitches, size):
  return {
    name: float(np.mean(values))
    for name, values in bars(tokens, pitches, size).items()
    if len(values)
  }


def _over(tokens, chord, pitches, seed):
  """Shares of chord tones under the given chords, and under shuffled ones."""
  order = np.random.default_rng(seed).permutation(len(chord))
  given = chord_tones(tokens, chord, pitches)
  shuffled = chord_tones(tokens, chord[order], pitches)
  return {
    'chord_tones': given,
    'shuffled': shuffled,
    'above_shuffled': given - shuffled,
  }


def chord_tones(
  tokens: np.ndarray, chord: np.ndarray, pitches: list[int]
) -> float:
  """The share of active steps whose pitch class is in the bar's chord.

  Args:
    tokens: [n, T] classes of bars; 0 holds.
    chord: [n] classes; bars without a chord (24) do not count.
    pitches: MIDI pitch of each class, -1 for symbols.
  """
  active = sounding(tokens, pitches)[:, : tokens.shape[1]]
  counts = (active >= 0) & (chord < chord_symbols.TRIADS)[:, None]
  inside = chord_symbols.chroma()[chord[:, None], active % 12] > 0
  return float((inside & counts).sum() / max(counts.sum(), 1))


def _seams(before, tokens, pitches):
  """`seam` and `repeated`; bars without notes or after such do not count."""
  sounds = np.asarray(pitches)[tokens]
  left = np.asarray(pitches)[before]
  both = (sounds >= 0).any(1) & (left >= 0).any(1)
  if not both.any():
    return {}
  sounds, left = sounds[both], left[both]
  first = sounds[np.arange(len(sounds)), (sounds >= 0).argmax(1)]
  last = left[np.arange(len(left)), -1 - (left >= 0)[:, ::-1].argmax(1)]
  same = (before[both] == tokens[both]).all(1)
  return {
    'seam': float(np.abs(first - last).mean()),
    'repeated': float(same.mean()),
  }
