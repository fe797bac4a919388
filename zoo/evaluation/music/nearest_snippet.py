"""How many notes of generated music are also in one training snippet.

DeepHear's snippets shared on average 59.6 % of their notes with the closest
training snippet (Sun 2015). Held-out snippets show how much real music shares;
a generator far above them copies, one far below does not resemble music.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from zoo.contracts import Spec, UserError
from zoo.evaluation.music.melody_statistics import evenly
from zoo.music.drums import NINE_DRUMS
from zoo.questions import asks

COPIED = 0.95  # Overlap from which a snippet counts as a copy.


@asks(fields=('tokens', 'roll'))
def nearest_snippet(
  generate: Callable[..., dict[str, np.ndarray]],
  splits: dict[str, dict[str, np.ndarray]],
  spec: Spec,
  *,
  count: int = 256,
) -> dict[str, Any]:
  """Notes in common with the closest training snippet.

  A note is an active cell (step, pitch) of a roll, or a step of a melody with
  its token unless that is a hold, or a hit of one drum on a step.

  Args:
    generate: (count) -> {field: [count, ...]}.
    splits: {'train', 'test'} -> {field: [N, ...]}.
    spec: of an encoder with `roll` or `tokens`.
    count: how many samples are drawn, and the most held-out snippets, evenly
      spaced over the set.

  Returns:
    {metric: {'generated', 'held_out'}}: 'in_common', the share of a snippet's
    notes that are also in the training snippet that shares most of them;
    'overlap', the largest 2 |A & B| / (|A| + |B|) with a training snippet;
    'copied', the share of snippets with an overlap of at least COPIED;
    'silent', of those without a note; 'notes', the mean number of notes. Silent
    snippets count only in 'silent' and 'notes'.

  Raises:
    UserError: an encoder that has neither field.
  """
  train = notes(splits['train'], spec)
  found = {'generated': compare(notes(generate(count), spec), train)}
  held_out = {k: evenly(v, count) for k, v in splits['test'].items()}
  if len(held_out['piece']):
    found['held_out'] = compare(notes(held_out, spec), train)
  return {
    figure: {column: one[figure] for column, one in found.items()}
    for figure in found['generated']
  }


def notes(examples: dict[str, Any], spec: Spec) -> np.ndarray:
  """[N, D] float32, 1 for each note; see `nearest_snippet`.

  Raises:
    UserError: an encoder that has neither `tokens` nor `roll`.
  """
  if spec.encoder == 'drums':
    tokens = np.asarray(examples['tokens'])
    found = tokens[..., None] >> np.arange(len(NINE_DRUMS)) & 1 > 0
  elif 'tokens' in spec.fields:
    tokens = np.asarray(examples['tokens'])
    events = np.arange(1, spec.fields['tokens'].classes)
    found = tokens[..., None] == events
  elif 'roll' in spec.fields:
    found = np.asarray(examples['roll']) > 0
  else:
    raise UserError(
      "The evaluator 'nearest_snippet' reads rolls or tokens, and the encoder "
      f"'{spec.encoder}' has neither: take it out of evaluate."
    )
  return found.reshape(len(found), -1).astype(np.float32)


def compare(snippets: np.ndarray, train: np.ndarray) -> dict[str, float]:
  """The metrics of `nearest_snippet` for rows [n, D] against [N, D]."""
  size = snippets.sum(1)
  voiced = size > 0
  shared = snippets[voiced] @ train.T
  own = size[voiced, None]
  overlap = (2 * shared / (own + train.sum(1))).max(1, initial=0)
  return {
    'in_common': _mean((shared / own).max(1, initial=0)),
    'overlap': _mean(overlap),
    'copied': _mean(overlap >= COPIED),
    'silent': _mean(~voiced),
    'notes': _mean(size),
  }


def _mean(values):
  return float(np.mean(values)) if len(values) else 0.0
