"""Statistics of bars (notes, range, key), compared with the corpus.

After the bar-wise metrics of Dong et al., MuseGAN, AAAI 2018, arXiv
1709.06298 (number of pitches used, in-scale rate, ...), for melodies.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from zoo.contracts import Spec, UserError
from zoo.evaluation.music.melody_statistics import (
  MAJOR_SCALE,
  evenly,
  independent,
)
from zoo.evaluation.music.mode_collapse import sounding
from zoo.questions import asks

STATISTICS = ('notes', 'onsets', 'range', 'in_key')


@asks(fields=('tokens',))
def bar_statistics(
  generate: Callable[..., dict[str, np.ndarray]],
  generate_untrained: Callable[..., dict[str, np.ndarray]],
  splits: dict[str, dict[str, np.ndarray]],
  spec: Spec,
  *,
  count: int = 2048,
  samples: dict[str, dict] | None = None,
  seed: int = 0,
) -> dict[str, Any]:
  """Means over bars, of generated melodies and of the corpus.

  Args:
    generate: (n, **options of the sampler) -> {'tokens': [n, T] int}.
    generate_untrained: the same, with parameters that were never trained.
    splits: {'train', 'test'} -> {'tokens': [N, T] int}.
    spec: of a melody encoder, with steps_per_bar and the table `pitches`.
    count: how many windows are generated and drawn for the baseline, and the
      most that are read from test.
    samples: {column: options of the sampler that differ from the
      experiment's}; {'generated': {}} when None.
    seed: of the independent baseline.

  Returns:
    {metric: {column: number}}, a column for each of `samples`, then `corpus`
    (all training windows), `untrained`, `independent` (each step drawn from
    its own histogram) and `real` (test windows, where there are any).
    Metrics of a bar: notes (active ones, including those held over from the
    previous bar), onsets, range (semitones between the highest and the lowest
    active note), in_key (share of the onsets in the major scale that covers
    most of the window's; missing for a set without onsets); and
    `largest_deviation`, the largest |mean / corpus' mean - 1| of those that
    both have.

  Raises:
    UserError: the encoder has no melody tokens in bars.
  """
  if 'pitches' not in spec.tables or 'steps_per_bar' not in spec.sizes:
    raise UserError(
      "The evaluator 'bar_statistics' reads melodies in bars, which the "
      f"encoder '{spec.encoder}' does not write: take it out of evaluate."
    )
  pitches, bar = spec.tables['pitches'], spec.sizes['steps_per_bar']
  train = splits['train']['tokens']
  sets = {
    column: np.asarray(generate(count, **options)['tokens'])
    for column, options in (samples or {'generated': {}}).items()
  } | {
    'corpus': train,
    'untrained': np.asarray(generate_untrained(count)['tokens']),
    'independent': independent(train, count, spec.sizes['classes'], seed),
    'real': evenly(splits['test']['tokens'], count),
  }
  means = {
    column: {
      name: float(np.mean(values))
      for name, values in bars(tokens, pitches, bar).items()
      if len(values)  # Silence has no key.
    }
    for column, tokens in sets.items()
    if len(tokens)
  }
  figures: dict[str, Any] = {
    name: {
      column: found[name] for column, found in means.items() if name in found
    }
    for name in STATISTICS
  }
  corpus = means['corpus']
  figures['largest_deviation'] = {
    column: max(
      abs(found[k] - corpus[k]) / max(corpus[k], 1e-9)
      for k in corpus
      if k in found
    )
    for column, found in means.items()
  }
  return figures


def bars(
  tokens: np.ndarray, pitches: list[int], bar: int
) -> dict[str, np.ndarray]:
  """The four statistics of every bar.

  Args:
    tokens: [n, T] classes; 0 holds.
    pitches: MIDI pitch of each class, -1 for symbols.
    bar: steps per bar; divides T.

  Returns:
    notes, onsets, range: [n * T / bar]; in_key: only of bars with an onset.
  """
  tokens = np.asarray(tokens).astype(np.int32)
  sounds = sounding(tokens, pitches)[:, : tokens.shape[1]].reshape(-1, bar)
  midi = np.asarray(pitches)[tokens]
  onset = (midi >= 0).reshape(-1, bar)
  onsets = onset.sum(1)
  active = sounds >= 0
  # A first step that is active without an onset was held over.
  notes = onsets + (active[:, 0] & ~onset[:, 0])
  high = np.where(active, sounds, -1).max(1)
  low = np.where(active, sounds, 128).min(1)

  classes = np.stack(
    [((midi >= 0) & (midi % 12 == one)) for one in range(12)], axis=-1
  )
  scales = np.zeros((12, 12), int)  # [key, pitch class]
  for key in range(12):
    scales[key, (key + np.array(MAJOR_SCALE)) % 12] = 1
  best = scales[np.argmax(classes.sum(1) @ scales.T, axis=1)]
  fitting = (classes & (best[:, None] > 0)).any(-1).reshape(-1, bar)
  voiced = onsets > 0
  return {
    'notes': notes,
    'onsets': onsets,
    'range': np.where(active.any(1), high - low, 0),
    'in_key': fitting.sum(1)[voiced] / onsets[voiced],
  }
