"""How much of a melody survives encoding and decoding."""

import math
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np

from zoo.layers import metrics
from zoo.models.music_vae import sample_normal


def reconstruction(
  model: Any,
  params: Any,
  splits: dict[str, dict[str, np.ndarray]],
  *,
  split: Literal['train', 'validation', 'test'] = 'test',
  hold: int = 0,
  batch: int = 512,
) -> dict[str, Any]:
  """Encodes every example and decodes it again.

  `free_running` decodes z = mu, each step reading its own likeliest token;
  `teacher_forced` reads the true ones. Every example counts once, and no
  figure depends on `batch`.

  Args:
    model: a Flax module such as MusicVae.
    params: its parameters.
    splits: {split: {'tokens': [N, T] integers}}.
    split: which of them.
    hold: the token of 'no event'; every other one is an event.
    batch: examples at once.

  Returns:
    'examples', and {figure: {whose: number}}: 'accuracy' (of all steps),
    'onset_accuracy' (of the steps whose true token is an event), 'onset_f1'
    (which counts false events too) and 'exact_match' (of whole examples) of
    'free_running', 'teacher_forced' and 'always_hold'; 'kl_bits' and
    'cross_entropy' (nats, z drawn from q) a sequence of the 'model'. With no
    examples, only 'examples'.
  """
  tokens = splits[split]['tokens']
  if len(tokens) == 0:
    return {'examples': 0}

  @jax.jit
  def measure(params, tokens, index):
    def call(method, *arguments):
      return model.apply({'params': params}, *arguments, method=method)

    tokens = tokens.astype(jnp.int32)
    keys = jax.vmap(jax.random.fold_in, (None, 0))(jax.random.key(0), index)
    mu, sigma = call('encode', tokens)
    given = call('shift', tokens)
    drawn = call('decode', sample_normal(keys, mu, sigma), given)
    predictions = {
      'free_running': call('generate', mu, keys, 0.0),
      'teacher_forced': jnp.argmax(call('decode', mu, given), -1),
      'always_hold': jnp.full_like(tokens, hold),
    }
    return {
      'kl_bits': metrics.normal_divergence(mu, sigma) / math.log(2),
      'cross_entropy': metrics.cross_entropy(drawn, tokens),
    }, {
      whose: (
        metrics.accuracy(predicted, tokens),
        metrics.exact_match(predicted, tokens),
        *metrics.event_counts(predicted, tokens, hold),
      )
      for whose, predicted in predictions.items()
    }

  count, batch = len(tokens), min(batch, len(tokens))
  found = []
  for start in range(0, count, batch):
    # Past the end the last example again, as padding that is cut off.
    rows = np.arange(start, start + batch)
    values = measure(params, tokens[np.minimum(rows, count - 1)], rows)
    found.append(jax.tree.map(lambda x, n=count - start: x[:n], values))
  likelihood, reconstructed = jax.tree.map(
    lambda *parts: np.sum(np.concatenate(parts), dtype=np.float64), *found
  )
  figures = {
    name: {'model': float(value / count)} for name, value in likelihood.items()
  }
  for whose, (steps, whole, hits, true, guessed) in reconstructed.items():
    for name, value in {
      'accuracy': steps / count,
      'onset_accuracy': hits / max(true, 1),
      'onset_f1': 2 * hits / max(true + guessed, 1),
      'exact_match': whole / count,
    }.items():
      figures.setdefault(name, {})[whose] = float(value)
  return {'examples': count, **figures}
