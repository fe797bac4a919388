"""How much of an example survives the code of an autoencoder."""

from collections.abc import Callable
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Spec
from zoo.layers.reconstruction import error_of, squared_error
from zoo.layers.visible import visible_of

_STATISTICS = 'batch_stats'
_EDGE = 1e-4  # Keeps the probabilities of a mean off 0 and 1.


def autoencoding(
  model: Any,
  params: Any,
  state: Any,
  splits: dict[str, dict[str, np.ndarray]],
  spec: Spec,
  *,
  split: Literal['train', 'validation', 'test'] = 'test',
  batch: int = 256,
) -> dict[str, Any]:
  """Encodes every example and decodes it again.

  Args:
    model: a Flax module such as StackedAutoencoder; its `latent` is Z.
    params, state: what training left.
    splits: {split: {field: [N, ...]}}.
    spec: tells which field is read, see zoo.layers.visible.
    split: which of them.
    batch: examples at once; no figure depends on it.

  Returns:
    'examples', and {figure: {whose: number}}, the mean over the examples:
    'cross_entropy' (nats, of tokens that of each step's softmax) and
    'squared_error', summed over the row; 'mistakes', see Visible.mistakes,
    also of steps whose true token is an event as 'missed_events'; 'exact' of
    examples without any mistake; and how many 'events' there are. They are
    those of the 'model' on the split and on 'training', of the
    'training_mean' (the same answer to every example) and, without a cross
    entropy, of 'silence' (for tokens: always hold) and of the first Z
    principal 'components' of the training set, cut off at 0 and 1: the best
    that a linear code of that size can do there. With no examples, only
    'examples'.
  """
  visible = visible_of(spec)
  examples, train = splits[split], splits['train']
  if len(examples['piece']) == 0:
    return {'examples': 0}
  statistics = {
    k: v for k, v in state.get('shared', {}).items() if k == _STATISTICS
  }

  def code_and_back(weights, rows):
    found = model.apply(weights, rows)
    return found[0] if isinstance(found, tuple) else found

  def sure(probability):
    """The logits of values [..., D] from 0 to 1, or a little beyond."""
    inside = jnp.clip(probability, _EDGE, 1 - _EDGE)
    other = 1.0 if visible.classes else 1 - inside
    return jnp.log(inside / other)

  mean, axes = _principal(visible, train, batch, model.latent)

  def linear(axes, rows):
    return sure(mean + (rows - mean) @ axes.T @ axes)

  nothing = jnp.full(visible.size, -jnp.inf)
  if visible.classes:
    nothing = nothing.reshape(-1, visible.classes).at[:, 0].set(0).ravel()

  def constant(logits, rows):
    return jnp.broadcast_to(logits, rows.shape)

  figures: dict[str, dict[str, float]] = {}
  weights = {'params': params, **statistics}
  for whose, predict, by, given in (
    ('model', code_and_back, weights, examples),
    ('training', code_and_back, weights, train),
    ('training_mean', constant, sure(mean), examples),
    ('silence', constant, nothing, examples),
    ('components', linear, axes, examples),
  ):
    found = _means(visible, predict, by, given, batch)
    if whose in ('silence', 'components'):
      del found['cross_entropy']  # infinite, and of no probabilities
    for name, value in found.items():
      figures.setdefault(name, {})[whose] = value
  return {'examples': len(examples['piece']), **figures}


def _means(visible, predict: Callable, by, examples, batch) -> dict[str, float]:
  """{figure: mean over the examples} of predict(by, rows)."""

  @jax.jit
  def measure(by, some):
    rows = visible.read(some)
    logits = predict(by, rows)
    mistakes = visible.mistakes(logits, rows)
    figures = {
      'mistakes': mistakes,
      'exact': (mistakes == 0).astype(jnp.float32),
    }
    if visible.classes:
      chances = jax.nn.softmax(visible.steps(logits)).reshape(rows.shape)
      tokens = jnp.argmax(visible.steps(rows), -1)
      guessed = jnp.argmax(visible.steps(logits), -1)
      wrong = (tokens != guessed) & (tokens != 0)
      figures['cross_entropy'] = error_of('cce', visible, logits, rows)
      figures['missed_events'] = jnp.sum(wrong, -1).astype(jnp.float32)
      figures['events'] = jnp.sum(tokens != 0, -1).astype(jnp.float32)
    else:
      chances = jax.nn.sigmoid(logits)
      figures['cross_entropy'] = error_of('bce', visible, logits, rows)
      figures['events'] = jnp.sum(rows > 0.5, -1).astype(jnp.float32)
    return {**figures, 'squared_error': squared_error(chances, rows)}

  parts = [measure(by, some) for some in _batches(visible, examples, batch)]
  return {
    name: float(
      np.mean(np.concatenate([part[name] for part in parts]), dtype=np.float64)
    )
    for name in parts[0]
  }


def _principal(visible, examples, batch, count):
  """The mean row [D] of a set, and its first principal axes [<= count, D]."""
  total, products = np.zeros(visible.size), 0.0
  for some in _batches(visible, examples, batch):
    total += np.sum(np.asarray(visible.read(some)), 0, dtype=np.float64)
  mean = total / len(examples['piece'])
  # Most values of one-hot rows never occur, and need no place in the matrix.
  occurs = np.flatnonzero(total)
  for some in _batches(visible, examples, batch):
    rows = np.asarray(visible.read(some))[:, occurs] - mean[occurs]
    products = products + rows.T @ rows
  vectors = np.linalg.eigh(products)[1].T[::-1]  # the largest variance first
  axes = np.zeros((min(count, len(occurs)), visible.size))
  axes[:, occurs] = vectors[:count]
  return jnp.asarray(mean, jnp.float32), jnp.asarray(axes, jnp.float32)


def _batches(visible, examples, batch):
  values = examples[visible.field]
  for start in range(0, len(values), batch):
    yield {visible.field: values[start : start + batch]}
