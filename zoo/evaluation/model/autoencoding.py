"""How much of an example survives the code of an autoencoder."""

from collections.abc import Callable
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Spec
from zoo.layers.visible import visible_of
from zoo.losses.rows import binary_cross_entropy, squared_error

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
    model: a Flax module such as StackedAutoencoder.
    params, state: what training left.
    splits: {split: {field: [N, ...]}}.
    spec: tells which field is read, see zoo.layers.visible.
    split: which of them.
    batch: examples at once; no figure depends on it.

  Returns:
    'examples', and {figure: {whose: number}}, the mean over the examples:
    'cross_entropy' (nats) and 'squared_error', summed over the row;
    'mistakes', see Visible.mistakes, also of steps whose true token is an
    event as 'missed_events'; 'exact' of examples without any mistake. They
    are those of the 'model' on the split and on 'training', of the
    'training_mean' (the same answer to every example) and, without a cross
    entropy, of 'silence' (for tokens: always hold). With no examples, only
    'examples'.
  """
  visible = visible_of(spec)
  examples = splits[split]
  if len(examples['piece']) == 0:
    return {'examples': 0}
  statistics = {
    k: v for k, v in state.get('shared', {}).items() if k == _STATISTICS
  }

  def written(rows):
    return model.apply({'params': params, **statistics}, rows)

  def code_and_back(rows):
    found = written(rows)
    return found[0] if isinstance(found, tuple) else found

  probability = np.clip(
    _mean(visible, splits['train'], batch), _EDGE, 1 - _EDGE
  )
  mean = jnp.log(probability / (1 - probability))
  nothing = jnp.full(visible.size, -jnp.inf)
  if visible.classes:
    nothing = nothing.reshape(-1, visible.classes).at[:, 0].set(jnp.inf).ravel()

  def constant(logits):
    return lambda rows: jnp.broadcast_to(logits, rows.shape)

  figures: dict[str, dict[str, float]] = {}
  for whose, predict, given in (
    ('model', code_and_back, examples),
    ('training', code_and_back, splits['train']),
    ('training_mean', constant(mean), examples),
    ('silence', constant(nothing), examples),
  ):
    found = _means(visible, predict, given, batch)
    if whose == 'silence':
      del found['cross_entropy']  # infinite
    for name, value in found.items():
      figures.setdefault(name, {})[whose] = value
  return {'examples': len(examples['piece']), **figures}


def _means(visible, predict: Callable, examples, batch) -> dict[str, float]:
  """{figure: mean over the examples} of one predictor."""

  @jax.jit
  def measure(some):
    rows = visible.read(some)
    logits = predict(rows)
    mistakes = visible.mistakes(logits, rows)
    figures = {
      'cross_entropy': binary_cross_entropy(logits, rows),
      'squared_error': squared_error(jax.nn.sigmoid(logits), rows),
      'mistakes': mistakes,
      'exact': (mistakes == 0).astype(jnp.float32),
    }
    if visible.classes:
      tokens = jnp.argmax(visible.steps(rows), -1)
      guessed = jnp.argmax(visible.steps(logits), -1)
      wrong = (tokens != guessed) & (tokens != 0)
      figures['missed_events'] = jnp.sum(wrong, -1).astype(jnp.float32)
      figures['events'] = jnp.sum(tokens != 0, -1).astype(jnp.float32)
    else:
      figures['events'] = jnp.sum(rows > 0.5, -1).astype(jnp.float32)
    return figures

  parts = [measure(some) for some in _batches(visible, examples, batch)]
  return {
    name: float(
      np.mean(np.concatenate([part[name] for part in parts]), dtype=np.float64)
    )
    for name in parts[0]
  }


def _mean(visible, examples, batch):
  """The mean row [D] of a set."""
  total = sum(
    np.sum(np.asarray(visible.read(some)), 0, dtype=np.float64)
    for some in _batches(visible, examples, batch)
  )
  return total / len(examples['piece'])


def _batches(visible, examples, batch):
  values = examples[visible.field]
  for start in range(0, len(values), batch):
    yield {visible.field: values[start : start + batch]}
