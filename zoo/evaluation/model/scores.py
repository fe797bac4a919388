"""How well a model predicts every step of a set, each once."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import numpy as np

from zoo.contracts import Tree
from zoo.data.batches import take, whole_pieces
from zoo.layers import batch_statistics
from zoo.layers.autoregression import predict_each
from zoo.losses.likelihood import STRETCH, inner, judge, pad_steps

Arrays = Mapping[str, np.ndarray]


class Scores(NamedTuple):
  """The steps of a set, S streams, in the order of the set.

  Attributes:
    nats: [N, S] float64.
    right: [N, S] bool, whether the most likely symbol is the true one.
    events: [N, S] bool, symbols other than holds.
    ends: [N] bool, symbols that end a piece.
    example: [N] the example, or the piece of events, that each belongs to.
  """

  nats: np.ndarray
  right: np.ndarray
  events: np.ndarray
  ends: np.ndarray
  example: np.ndarray


def scores(
  model: Any,
  params: Tree,
  state: Tree,
  arrays: Arrays,
  *,
  batch: int = 32,
) -> Scores:
  """Scores every step, given what the model knows of its piece.

  Args:
    model: a module that answers Autoregressive or Conditional.
    params: its parameters.
    state: the rest of the trained state; {'shared': {}} if there is none.
    arrays: {field: [N, ...]}, of a set of examples, or of the events of pieces.
    batch: pieces at once; it does not affect the results.
  """
  return scorer(model, params, state, batch=batch)(arrays)


def scorer(
  model: Any, params: Tree, state: Tree, *, batch: int = 32
) -> Callable[[Arrays], Scores]:
  """(arrays) -> Scores, for several sets: its programs are traced once.

  Args:
    model, params, state, batch: see `scores`.
  """
  around = 2 * (model.context or 0)
  read = jax.jit(lambda examples: (model.read(examples), model.start(examples)))

  @jax.jit
  def one(params, seen, carry):
    (outputs, carry), _ = batch_statistics.call(
      model, params, state, False, '__call__', *seen[:2], carry, None
    )
    return judge(model, outputs, inner(seen, model.context)), carry

  def score(arrays):
    found: list[list[Any]] = [[] for _ in range(_count(model, arrays))]
    for rows, examples in _batches(model, arrays, batch):
      seen, carry = read(examples)
      mask = np.asarray(inner(seen, model.context).mask)
      longest = int(np.max(np.nonzero(mask.any(0))[0], initial=-1)) + 1
      size = mask.shape[1]
      if model.context is not None and size > STRETCH:
        seen, size = pad_steps(seen, -size % STRETCH), STRETCH
      for first in range(0, longest, size):
        judged, carry = one(params, _part(seen, first, size + around), carry)
        values = jax.tree.map(np.asarray, judged)
        for place, row in enumerate(rows):
          here = values.mask[place]
          found[row].append([x[place][here] for x in values[:4]])
    return _joined(found)

  return score


def _joined(found):
  """Scores of the parts [nats, right, events, ends] of each example."""
  nats, right, events, ends = (
    np.concatenate([part[column] for parts in found for part in parts])
    for column in range(4)
  )
  lengths = [sum(len(part[0]) for part in parts) for parts in found]
  example = np.repeat(np.arange(len(found)), lengths)
  return Scores(nats.astype(np.float64), right, events, ends, example)


def guesses(
  model: Any,
  params: Tree,
  arrays: Arrays,
  *,
  temperature: float,
  batch: int = 32,
) -> np.ndarray:
  """Draws each symbol of a set given the true ones before it: [N, ...].

  Args:
    model: an Autoregressive module.
    params, arrays, batch: see `scores`.
    temperature: of all streams; 0 takes the most likely symbol.
  """
  temperatures = (temperature,) * len(model.streams)
  read = jax.jit(lambda examples: model.read(examples)[::2])

  @jax.jit
  def draw(params, symbols, rows):
    keys = jax.vmap(jax.random.fold_in, (None, 0))(jax.random.key(0), rows)
    return predict_each(model, params, keys, symbols, temperature=temperatures)[
      0
    ]

  found: list[Any] = [None] * _count(model, arrays)
  for rows, examples in _batches(model, arrays, batch):
    symbols, mask = read(examples)
    mask = np.asarray(mask)
    steps = STRETCH
    while steps < mask.shape[1] and mask[:, steps:].any():
      steps *= 2  # Few different lengths, so few compilations.
    filled = np.resize(rows, len(mask))
    drawn = np.asarray(draw(params, symbols[:, :steps], filled))
    for place, row in enumerate(rows):
      found[row] = drawn[place][mask[place, :steps]]
  return np.concatenate(found)


def spread(scored: Scores, where: np.ndarray) -> float:
  """The standard error over pieces of the mean nats per step.

  Args:
    scored: of a set.
    where: [N] bool, the steps that the mean is taken over.
  """
  nats, example = scored.nats.sum(1)[where], scored.example[where]
  # The mean is a ratio of sums; this is the delta method.
  excess = np.bincount(example, nats - nats.mean())
  return float(np.sqrt(np.sum(excess**2)) / len(nats))


def _events(model, arrays):
  """Whether the rows of a set are the events of pieces, not whole examples."""
  if not hasattr(model, 'begin'):
    return False
  return arrays[model.field].shape[1:] == model.begin(1)[0].shape[1:]


def _count(model, arrays):
  if _events(model, arrays):
    return len(np.unique(arrays['piece']))
  return len(next(iter(arrays.values())))


def _batches(model, arrays, batch):
  """Yields (indices [<= batch], the batch), examples of similar length.

  The last batch is padded with its last example.
  """
  events = _events(model, arrays)
  index = np.arange(_count(model, arrays))
  lengths = np.asarray(arrays.get('length', index))
  if events:
    index = whole_pieces(arrays['piece'])
    lengths = (index >= 0).sum(1)
  order = np.argsort(lengths, kind='stable')
  for start in range(0, len(order), batch):
    rows = order[start : start + batch]
    some = index[np.pad(rows, (0, batch - len(rows)), 'edge')]
    examples = take(arrays, np.maximum(some, 0))
    yield rows, {**examples, 'there': some >= 0} if events else examples


def _part(steps, first, size):
  return jax.tree.map(lambda x: x[:, first : first + size], steps)
