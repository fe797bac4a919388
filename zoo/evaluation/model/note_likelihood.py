"""How well a model foretells the notes of unseen pieces."""

from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from zoo.data.batches import take, whole_pieces
from zoo.evaluation.model import trivial_notes
from zoo.losses.next_note import score
from zoo.models.bachprop import STREAMS

_AT_ONCE = 256  # Notes of each piece that one call scores.

Arrays = Mapping[str, np.ndarray]


def note_likelihood(
  model: Any,
  params: Any,
  splits: Mapping[str, Arrays],
  *,
  batch: int = 32,
  context: int = 4,
) -> dict[str, Any]:
  """Scores every note of the test set once, by the notes of its piece before.

  Args:
    model: a Flax module such as BachProp.
    params: its parameters.
    splits: {split: {'notes': [N, 3], 'piece': [N]}}.
    batch: pieces at once; no figure depends on it.
    context: notes that the longest n-gram sees.

  Returns:
    'pieces' and 'notes' of test, and {figure: {whose: number}}: nats and
    accuracy of dT ('after'), T ('length', dT' given) and P ('pitch', dT' and
    T' given) over all notes, and 'sum_nats' of the three, of the 'model' and
    of trivial ones (see trivial_notes); 'end_nats' a piece, which the others
    leave out; 'all_right', the share of notes of which all three are;
    'piece_spread', the standard error of sum_nats over pieces;
    'validation_sum_nats', and 'train_sum_nats' of as many training pieces as
    are tested. With no test pieces, only 'pieces'.
  """
  test = splits['test']
  if not len(test['piece']):
    return {'pieces': 0}
  tag = np.asarray(model.classes) - 1
  nats, right = note_scores(model, params, test, batch=batch)
  notes = ~(test['notes'] == tag).all(1)
  trivial = trivial_notes.scores(
    splits['train'], test, model.classes, context=context
  )
  figures: dict[str, Any] = {
    'pieces': len(np.unique(test['piece'])),
    'notes': int(notes.sum()),
  }
  for place, name in enumerate(STREAMS):
    figures[f'{name}_nats'] = {
      'model': float(nats[notes, place].mean()),
      **{k: float(v.nats[notes, place].mean()) for k, v in trivial.items()},
    }
    figures[f'{name}_accuracy'] = {
      'model': float(right[notes, place].mean()),
      **{k: float(v.right[notes, place].mean()) for k, v in trivial.items()},
    }
  sums = {name: figures[f'{name}_nats'] for name in STREAMS}
  figures['sum_nats'] = {
    whose: sum(one[whose] for one in sums.values())
    for whose in sums[STREAMS[0]]
  }
  ends = nats[~notes].sum(1)
  figures['end_nats'] = {'model': float(ends.mean())}
  figures['all_right'] = {'model': float(right[notes].all(1).mean())}
  figures['piece_spread'] = {
    'model': _spread(nats.sum(1)[notes], test['piece'][notes])
  }
  for split in ('validation', 'train'):
    some = splits[split]['piece'] < figures['pieces']
    if some.any():
      arrays = {name: values[some] for name, values in splits[split].items()}
      there = ~(arrays['notes'] == tag).all(1)
      found, _ = note_scores(model, params, arrays, batch=batch)
      figures[f'{split}_sum_nats'] = {
        'model': float(found.sum(1)[there].mean())
      }
  return figures


def note_scores(
  model: Any, params: Any, arrays: Arrays, *, batch: int = 32
) -> tuple[np.ndarray, np.ndarray]:
  """Nats of dT, T and P of every row, tags too, and whether they are right.

  Args:
    model: a Flax module such as BachProp.
    params: its parameters.
    arrays: {'notes': [N, 3], 'piece': [N]}.
    batch: pieces at once.

  Returns:
    [N, 3] float64 and [N, 3] bool.
  """

  @jax.jit
  def one(params, notes, carry):
    return score(model, params, notes, carry)

  rows = whole_pieces(arrays['piece'])
  rows = rows[np.argsort((rows >= 0).sum(1), kind='stable')]
  notes = {'notes': arrays['notes']}
  nats = np.zeros(arrays['notes'].shape)
  right = np.zeros(arrays['notes'].shape, bool)
  for start in range(0, len(rows), batch):
    some = rows[start : start + batch]
    steps = int((some >= 0).sum(1).max()) - 1
    # Few shapes, few programs: the last piece again, and steps past the end.
    some = np.pad(some, ((0, batch - len(some)), (0, 0)), 'edge')
    some = np.pad(some, ((0, 0), (0, _AT_ONCE)), constant_values=-1)
    carry = model.begin(batch)
    for first in range(0, steps, _AT_ONCE):
      index = some[:, first : first + _AT_ONCE + 1]
      seen = take(notes, np.maximum(index, 0))['notes']
      *found, carry = one(params, seen, carry)
      index = index[:, 1:]
      there = index >= 0
      for whole, values in zip((nats, right), found, strict=True):
        whole[index[there]] = np.asarray(values)[there]
  return nats, right


def _spread(nats, pieces):
  """The standard error of the mean a note, were pieces drawn anew."""
  # Of a ratio of sums, as the delta method has it.
  excess = np.bincount(pieces, nats - nats.mean())
  return float(np.sqrt(np.sum(excess**2)) / len(nats))
