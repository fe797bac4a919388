"""How well each note of a chorale is guessed from all the others."""

from typing import Any, Literal

import jax
import numpy as np

from zoo.contracts import Spec
from zoo.losses.conditionals import tally
from zoo.models.deepbach import STREAMS
from zoo.samplers.constraints import voice_names

HOLD = 0  # The class that goes on with what sounds.


def conditional_accuracy(
  model: Any,
  params: Any,
  splits: dict[str, dict[str, np.ndarray]],
  spec: Spec,
  *,
  split: Literal['train', 'validation', 'test'] = 'test',
  batch: int = 512,
) -> dict[str, Any]:
  """Guesses every cell of every piece, each given all other cells.

  The model sees the C steps before and after a cell, as the sampler does.

  Args:
    model: a Flax module such as DeepBach.
    params: its parameters.
    splits: {split: {'voices' [N, T, V], STREAMS [N, T], 'length' [N]}}, whole
      pieces.
    spec: of the encoder `voices`.
    split: which of them.
    batch: cells at once; no figure depends on it.

  Returns:
    'pieces' and 'cells' (of a voice), and {figure: {whose: number}}, for each
    voice and, as 'mean', over voices: `soprano`, the share of cells whose
    likeliest class is right, of the 'model', 'hold' (always) and the 'unigram'
    (the commonest class of training); `soprano_onsets`, of the cells that do
    not hold, where the unigram is the commonest onset; `soprano_nats`, -log p
    a cell, where the unigram's classes have one added to each count. 'spread'
    is the standard error of the model's figure, were pieces drawn anew. With
    no pieces, only 'pieces'.
  """
  arrays = splits[split]
  if not len(arrays['voices']):
    return {'pieces': 0}
  padding, count = spec.sizes['padding'], spec.sizes['voices']
  piece, step = cells_of(arrays, padding)
  around = np.arange(-model.context, model.context + 1)

  @jax.jit
  def measure(params, window, there):
    logits = model.apply({'params': params}, window)
    true = np.moveaxis(window['voices'][:, [model.context]], -1, 0)
    return tally(logits, true, there[:, None])

  parts = []
  for first in range(0, len(piece), batch):
    # Past the end the last cell again, as padding that does not count.
    rows = np.arange(first, first + batch)
    there = rows < len(piece)
    rows = np.minimum(rows, len(piece) - 1)
    window = {
      name: np.int32(arrays[name][piece[rows, None], step[rows, None] + around])
      for name in ('voices', *STREAMS)
    }
    found = measure(params, window, there)
    parts.append({k: np.asarray(v)[:, there] for k, v in found.items()})
  counts = {
    name: np.concatenate([part[name] for part in parts], 1) for name in parts[0]
  }
  true = arrays['voices'][piece, step]
  known = splits['train']['voices'][cells_of(splits['train'], padding)]
  figures: dict[str, Any] = {'pieces': len(arrays['voices'])}
  figures['cells'] = len(piece)
  for voice, name in enumerate(voice_names(count)):
    trivial = _trivial(
      true[:, voice], known[:, voice], spec.vocabulary['classes'][voice]
    )
    for kind, (part, whole) in {
      '': ('right', 'cells'),
      '_onsets': ('onsets_right', 'onsets'),
      '_nats': ('nats', 'cells'),
    }.items():
      top, bottom = counts[part][voice], counts[whole][voice]
      figures[name + kind] = {
        'model': float(top.sum() / max(bottom.sum(), 1)),
        'spread': _spread(top, bottom, piece),
        **trivial[kind],
      }
  for kind in ('', '_onsets', '_nats'):
    each = [figures[name + kind] for name in voice_names(count)]
    figures[f'mean{kind}'] = {
      whose: float(np.mean([one[whose] for one in each]))
      for whose in each[0]
      if whose != 'spread'
    }
  return figures


def cells_of(arrays: Any, padding: int) -> tuple[np.ndarray, np.ndarray]:
  """The piece and the step of every cell of the music, [S] each."""
  steps = np.arange(arrays['voices'].shape[1])
  there = steps < np.asarray(arrays['length'])[:, None]
  piece, step = np.nonzero(there & (steps >= padding))
  return piece, step


def _trivial(true, known, classes):
  """The figures of the trivial answers, for classes [S] of a voice."""
  counts = np.bincount(known, minlength=classes)
  onsets = true != HOLD
  best = counts[1:].argmax() + 1
  shares = (counts + 1) / np.sum(counts + 1)
  return {
    '': {
      'hold': float(np.mean(~onsets)),
      'unigram': float(np.mean(true == counts.argmax())),
    },
    '_onsets': {'hold': 0.0, 'unigram': float(np.mean(true[onsets] == best))},
    '_nats': {'unigram': float(-np.mean(np.log(shares[true])))},
  }


def _spread(top, bottom, piece):
  """The standard error of sum(top) / sum(bottom) over pieces."""
  mean = top.sum() / max(bottom.sum(), 1)
  # Of a ratio of sums, as the delta method has it.
  excess = np.bincount(piece, top - mean * bottom)
  return float(np.sqrt(np.sum(excess**2)) / max(bottom.sum(), 1))
