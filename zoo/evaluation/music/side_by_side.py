"""Held-out chorales next to a model's harmonizations of them, as files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np

from zoo.contracts import Spec
from zoo.evaluation.music.harmonization import rewrite
from zoo.pictures import plots
from zoo.questions import asks

_NAMES = ('original', 'predicted')


@asks(fields=('voices',))
def side_by_side(
  harmonize: Callable[..., dict[str, np.ndarray]],
  splits: dict[str, dict[str, np.ndarray]],
  spec: Spec,
  encoder: Any,
  workdir: Path,
  *,
  split: Literal['validation', 'test'] = 'test',
  count: int = 3,
) -> dict[str, Any]:
  """Writes the first examples of some pieces, original and harmonized.

  In `side_by_side` of the run directory, for each example: 0-original and
  0-predicted as the encoder writes pieces (.mid .musicxml .wav), and 0.png,
  the piano rolls of both on one scale.

  Args:
    harmonize: {field: [n, ...]} -> the same with generated lower voices.
    splits: {split: {'voices' [N, T, V], 'length' [N], 'piece' [N], ...}}.
    spec: of the encoder voices.
    encoder: decodes and writes.
    workdir: the run directory.
    split: which split.
    count: how many pieces, evenly spread over the split.

  Returns:
    {'examples': how many were written}.
  """
  _, first = np.unique(splits[split]['piece'], return_index=True)
  some = np.linspace(0, len(first) - 1, min(count, len(first))).astype(int)
  if not len(some):
    return {'examples': 0}
  truth = {k: np.asarray(v)[first[some]] for k, v in splits[split].items()}
  del truth['piece']
  made = rewrite(harmonize, truth, spec)
  folder = workdir / 'side_by_side'
  folder.mkdir(exist_ok=True)
  pairs = zip(encoder.decode(truth), encoder.decode(made), strict=True)
  for place, pair in enumerate(pairs):
    for piece, name in zip(pair, _NAMES, strict=True):
      titled = {**piece.metadata, 'title': f'Example {place}, {name}'}
      encoder.write(piece._replace(metadata=titled), folder / f'{place}-{name}')
    plots.overview(pair, folder / f'{place}.png', titles=_NAMES)
  return {'examples': len(some)}
