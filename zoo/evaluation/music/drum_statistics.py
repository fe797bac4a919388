"""Statistics of generated drums, compared with the corpus; copies.

Four statistics of a window of drum combinations are compared with the corpus:
hits, off-beat share, simultaneous hits, and how much a bar differs from the
previous one. A window is within the corpus' band if a statistic is between the
5th and 95th percentile of the training windows. The same metrics are reported
for real test windows (an upper bound) and for windows with independently drawn
steps (a baseline).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from zoo.contracts import Spec, UserError
from zoo.evaluation.music.melody_statistics import (
  PERCENTILES,
  evenly,
  independent,
)
from zoo.music.drums import COMBINATIONS, NINE_DRUMS

STATISTICS = ('hits', 'off_beat', 'together', 'change')


def drum_statistics(
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
    generate: (n, **options of the sampler) -> {field: [n, T] int}.
    splits: {'train', 'test'} -> {field: [N, T] int16}.
    spec: of the encoder drums or trio; its drums are read.
    count: how many windows are generated and drawn for the baseline, and the
      most that are read from test.
    samples: {column: options of the sampler that differ from the
      experiment's}; {'generated': {}} when None.
    seed: of the independent baseline.

  Returns:
    {metric: {'generated': x, 'real': x, 'independent': x}}: a column for each
    of `samples`, then the baselines; `real` is missing if there are no
    test windows. Metrics: the means of `statistics`; *_in_band and all_four;
    class_overlap and step_overlap with training, of the histograms of hits
    over the nine drums and over the steps of a bar (1 is equal); distinct;
    copied (equal to a training window). And `band`: {statistic: [low, high]}.

  Raises:
    UserError: the encoder has no drums.
  """
  field = {'drums': 'tokens', 'trio': 'drums'}.get(spec.encoder)
  if field is None:
    raise UserError(
      "The evaluator 'drum_statistics' reads the encoders 'drums' and 'trio', "
      f"not '{spec.encoder}': take it out of evaluate."
    )
  bar, beat = (spec.sizes[f'steps_per_{name}'] for name in ('bar', 'beat'))
  train = splits['train'][field]
  corpus = statistics(train, bar, beat)
  band = {
    name: [float(edge) for edge in np.percentile(values, PERCENTILES)]
    for name, values in corpus.items()
  }
  shares = histograms(train, bar)
  known = set(_rows(train))
  sets = {
    column: np.asarray(generate(count, **options)[field])
    for column, options in (samples or {'generated': {}}).items()
  } | {
    'real': evenly(splits['test'][field], count),
    'independent': independent(train, count, COMBINATIONS, seed),
  }
  figures: dict[str, Any] = {}
  for column, tokens in sets.items():
    if not len(tokens):
      continue
    values = statistics(tokens, bar, beat)
    found = {name: float(value.mean()) for name, value in values.items()}
    inside = {
      name: (values[name] >= low) & (values[name] <= high)
      for name, (low, high) in band.items()
    }
    for name, value in inside.items():
      found[f'{name}_in_band'] = float(value.mean())
    found['all_four'] = float(np.all([*inside.values()], axis=0).mean())
    for name, ours in histograms(tokens, bar).items():
      found[f'{name}_overlap'] = float(np.minimum(ours, shares[name]).sum())
    rows = _rows(tokens)
    found['distinct'] = len(set(rows)) / len(rows)
    found['copied'] = sum(row in known for row in rows) / len(rows)
    for name, number in found.items():
      figures.setdefault(name, {})[column] = number
  return figures | {'band': band}


def statistics(
  tokens: np.ndarray, steps_per_bar: int, steps_per_beat: int
) -> dict[str, np.ndarray]:
  """The four statistics of every window.

  Args:
    tokens: [n, T] combinations.
    steps_per_bar: divides T.
    steps_per_beat: the length of a beat.

  Returns:
    [n] each: `hits` per bar; `off_beat`, the share of hits between beats;
    `together`, hits per step on which something is hit; `change`, the share of
    steps that differ from the previous bar (0 for one bar). 0 if nothing is
    hit.
  """
  tokens = np.asarray(tokens)
  count, steps = tokens.shape
  hits = np.bitwise_count(tokens.astype(np.uint16)).astype(int)
  total = np.maximum(hits.sum(1), 1)
  off = np.arange(steps) % steps_per_beat > 0
  bars = tokens.reshape(count, -1, steps_per_bar)
  differ = (bars[:, 1:] != bars[:, :-1]).reshape(count, -1)
  return {
    'hits': hits.sum(1) * steps_per_bar / steps,
    'off_beat': hits[:, off].sum(1) / total,
    'together': hits.sum(1) / np.maximum((hits > 0).sum(1), 1),
    'change': differ.sum(1) / max(differ.shape[1], 1),
  }


def histograms(tokens: np.ndarray, steps_per_bar: int) -> dict[str, np.ndarray]:
  """Shares of all hits: `class` [9] by drum, `step` [S] by metric position."""
  tokens = np.asarray(tokens)
  bits = tokens[..., None] >> np.arange(len(NINE_DRUMS)) & 1
  by_step = bits.sum((0, 2)).reshape(-1, steps_per_bar).sum(0)
  total = max(int(bits.sum()), 1)
  return {'class': bits.sum((0, 1)) / total, 'step': by_step / total}


def _rows(tokens):
  """Each row as bytes, to be looked up in a set."""
  tokens = np.ascontiguousarray(np.asarray(tokens).astype(np.int16))
  return tokens.view(f'V{2 * tokens.shape[1]}').ravel().tolist()
