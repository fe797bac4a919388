"""Whether generated melodies resemble the corpus without being copies of it.

Four statistics of a window of melody tokens are compared with the corpus:
hold fraction, pitch range, mean interval, and whether the notes lie in one
major scale. A window is within the corpus' band if a statistic is between the
5th and 95th percentile of the training windows. The same metrics are reported
for real test windows (an upper bound) and for melodies with independently drawn
steps (a baseline).

After the overlapping-area measures of Yang and Lerch, "On the evaluation of
generative models in music", Neural Computing and Applications 32 (2020), with
bands in place of densities.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from zoo.contracts import Spec, UserError
from zoo.encoders.melody_windows import FIRST_PITCH, HOLD
from zoo.questions import asks

MAJOR_SCALE = (0, 2, 4, 5, 7, 9, 11)
IN_KEY = 0.94  # One passing note in seventeen may leave the scale.
PERCENTILES = (5, 95)
PERIOD = 8  # Bars after which the strain of a tune is repeated.
WIDEST = 36  # Semitones; wider leaps are counted with it.


class Windows(NamedTuple):
  """Statistics of n windows; arrays [n] unless another shape is given.

  Attributes:
    hold: share of the steps that are holds.
    notes: number of onsets.
    range: highest minus lowest MIDI pitch, 0 without notes.
    interval: mean absolute interval between successive onsets in semitones,
      0 with fewer than two notes.
    scale: largest share of the onsets that one of the twelve major scales
      covers, 0 without notes. Every onset counts once, whatever its length.
    leaps: [2 * WIDEST + 1] histogram of all signed intervals.
  """

  hold: np.ndarray
  notes: np.ndarray
  range: np.ndarray
  interval: np.ndarray
  scale: np.ndarray
  leaps: np.ndarray


@asks(fields=('tokens',))
def melody_statistics(
  generate: Callable[..., dict[str, np.ndarray]],
  splits: dict[str, dict[str, np.ndarray]],
  spec: Spec,
  *,
  count: int = 2048,
  samples: dict[str, dict] | None = None,
  seed: int = 0,
) -> dict[str, Any]:
  """Compares generated windows with training windows.

  Args:
    generate: (n, **options of the sampler) -> {'tokens': [n, T] int}.
    splits: {'train', 'test'} -> {'tokens': [N, T] int8}.
    spec: of the melody encoder; its steps_per_bar cuts windows into bars.
    count: how many windows are generated and drawn for the baseline, and the
      most that are read from test.
    samples: {column: options of the sampler that differ from the
      experiment's}; {'generated': {}} when None.
    seed: of the independent baseline.

  Returns:
    {metric: {'generated': x, 'real': x, 'independent': x}}: a column for each
    of `samples`, then the baselines; `real` is missing if there are no test
    windows. Metrics: hold, notes, range, interval (means over windows);
    *_in_band; in_key; all_four (hold, range and interval in band, and in key);
    interval_overlap with training (1 is equal); distinct; distinct_in_any_key;
    copied (equal to a training window in some transposition); known_bars
    (share of the bars with an onset that occur in training in some
    transposition); returning_bars, of windows longer than eight bars, the
    share of bars equal to the bar eight before. And `band`: {statistic:
    [low, high]}.

  Raises:
    UserError: the encoder is not `melody`.
  """
  if spec.encoder != 'melody':
    raise UserError(
      "The evaluator 'melody_statistics' reads the encoder 'melody', not "
      f"'{spec.encoder}': take it out of evaluate."
    )
  train = splits['train']['tokens']
  corpus = statistics(train)
  band = {
    name: [
      float(edge) for edge in np.percentile(getattr(corpus, name), PERCENTILES)
    ]
    for name in ('hold', 'notes', 'range', 'interval')
  }
  bar = spec.sizes['steps_per_bar']
  known_windows = set(_rows(in_any_key(train)))
  known_bars = set(_rows(_bars(train, bar)))
  samples = samples or {'generated': {}}
  sets = {
    column: np.asarray(generate(count, **options)['tokens'])
    for column, options in samples.items()
  } | {
    'real': evenly(splits['test']['tokens'], count),
    'independent': independent(train, count, spec.sizes['classes'], seed),
  }
  figures: dict[str, Any] = {}
  for column, tokens in sets.items():
    if len(tokens) == 0:
      continue
    windows = statistics(tokens)
    found = _means(windows) | _within(windows, band)
    found['interval_overlap'] = _overlap(windows.leaps, corpus.leaps)
    found['distinct'] = len(set(_rows(tokens))) / len(tokens)
    canonical = _rows(in_any_key(tokens))
    found['distinct_in_any_key'] = len(set(canonical)) / len(tokens)
    found['copied'] = _share(canonical, known_windows)
    found['known_bars'] = _share(_rows(_bars(tokens, bar)), known_bars)
    if tokens.shape[1] > PERIOD * bar:
      found['returning_bars'] = returning(tokens, bar)
    for name, value in found.items():
      figures.setdefault(name, {})[column] = value
  return figures | {'band': band}


def statistics(tokens: np.ndarray) -> Windows:
  """Statistics of every window of `tokens` [n, T]."""
  tokens = np.asarray(tokens)
  onset = tokens >= FIRST_PITCH
  pitch = tokens.astype(np.int16)  # MIDI pitch minus a constant, which cancels.
  notes = onset.sum(1)
  high = np.where(onset, pitch, -1).max(1)
  low = np.where(onset, pitch, 128).min(1)

  # The step of the latest onset before each step, -1 where there is none.
  steps = np.arange(tokens.shape[1])
  latest = np.maximum.accumulate(np.where(onset, steps, -1), axis=1)
  before = np.pad(latest, ((0, 0), (1, 0)), constant_values=-1)[:, :-1]
  follows = onset & (before >= 0)
  leap = pitch - np.take_along_axis(pitch, np.maximum(before, 0), axis=1)
  distance = np.where(follows, np.abs(leap), 0).sum(1)
  leaps = np.bincount(
    np.clip(leap[follows], -WIDEST, WIDEST) + WIDEST, minlength=2 * WIDEST + 1
  )

  classes = np.stack(
    [(onset & (pitch % 12 == one)).sum(1) for one in range(12)], axis=1
  )
  scales = np.zeros((12, 12), int)  # [pitch class, key]
  for key in range(12):
    scales[(key + np.array(MAJOR_SCALE)) % 12, key] = 1
  return Windows(
    hold=(tokens == HOLD).mean(1),
    notes=notes,
    range=np.where(notes > 0, high - low, 0),
    interval=distance / np.maximum(follows.sum(1), 1),
    scale=(classes @ scales).max(1) / np.maximum(notes, 1),
    leaps=leaps,
  )


def returning(tokens: np.ndarray, bar: int) -> float:
  """The share of the bars that equal the one eight bars earlier.

  Args:
    tokens: [n, T], windows of more than eight bars.
    bar: steps per bar.
  """
  bars = np.asarray(tokens).reshape(len(tokens), -1, bar)
  return float((bars[:, PERIOD:] == bars[:, :-PERIOD]).all(2).mean())


def in_any_key(tokens: np.ndarray) -> np.ndarray:
  """[n, T] int8, equal for two windows if one transposes the other.

  The first onset becomes 0 and the others their distance from it; hold and
  note-off become -127 and -126, which no distance of 88 keys reaches.
  """
  tokens = np.asarray(tokens).astype(np.int16)
  onset = tokens >= FIRST_PITCH
  first = np.take_along_axis(tokens, onset.argmax(1)[:, None], axis=1)
  return np.where(onset, tokens - first, tokens - 127).astype(np.int8)


def independent(
  tokens: np.ndarray, count: int, classes: int, seed: int
) -> np.ndarray:
  """Windows [count, T] with each step drawn from its own histogram."""
  steps = tokens.shape[1]
  place = np.arange(steps) * classes + tokens
  histogram = np.bincount(place.ravel(), minlength=steps * classes)
  cumulative = histogram.reshape(steps, classes).cumsum(1)
  draws = np.random.default_rng(seed).integers(len(tokens), size=(steps, count))
  return np.stack(
    [
      np.searchsorted(total, draw, side='right')
      for total, draw in zip(cumulative, draws, strict=True)
    ],
    axis=1,
  )


def evenly(tokens: np.ndarray, count: int) -> np.ndarray:
  """At most `count` windows, evenly spaced over the set: the same each run."""
  if len(tokens) <= count:
    return tokens
  return tokens[np.arange(count) * len(tokens) // count]


def _bars(tokens, bar):
  """The bars with an onset, in any key."""
  bars = np.asarray(tokens).reshape(-1, bar)
  return in_any_key(bars[(bars >= FIRST_PITCH).any(1)])


def _rows(array):
  """Each row as bytes, to be looked up in a set."""
  array = np.ascontiguousarray(array.astype(np.int8))
  return array.view(f'V{array.shape[1]}').ravel().tolist()


def _share(rows, known):
  return sum(row in known for row in rows) / max(len(rows), 1)


def _overlap(histogram, other):
  """Common area of two histograms: 1 if equal, 0 if disjoint."""
  return float(
    np.minimum(
      histogram / max(histogram.sum(), 1), other / max(other.sum(), 1)
    ).sum()
  )


def _means(windows):
  return {
    name: float(getattr(windows, name).mean())
    for name in ('hold', 'notes', 'range', 'interval')
  }


def _within(windows, band):
  inside = {
    name: (getattr(windows, name) >= low) & (getattr(windows, name) <= high)
    for name, (low, high) in band.items()
  }
  in_key = windows.scale >= IN_KEY
  all_four = inside['hold'] & inside['range'] & inside['interval'] & in_key
  shares = {f'{name}_in_band': value for name, value in inside.items()}
  shares |= {'in_key': in_key, 'all_four': all_four}
  return {name: float(value.mean()) for name, value in shares.items()}
