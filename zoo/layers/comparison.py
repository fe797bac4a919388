"""Compares reconstructed fields with the originals, by kind.

  class        steps of tokens: all of them, and those that begin something
  bit          notes of rolls: precision and recall, since most cells are silent
  grey, share  pixels and shares from 0 to 1: whether both are above or below a
               half, and squared errors

Fields without an axis, such as a length or a label, are not compared.
"""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Spec, Tree
from zoo.layers import metrics
from zoo.layers.reconstruction import binary_cross_entropy
from zoo.layers.visible import Visible, visible_of

Counts = dict[str, Any]

TRIVIAL = {
  'class': 'always_hold',
  'bit': 'silence',
  'grey': 'zeros',
  'share': 'zeros',
}
# The threshold between low and high values.
_HALF = {'bit': 0, 'grey': 127, 'share': 0.5}


def compared(spec: Spec, fields: Mapping[str, Any]) -> dict[str, Visible]:
  """The fields that are compared, and how they are read.

  Args:
    spec: of the encoder.
    fields: the outputs of a model, by name.
  """
  return {
    name: visible_of(spec, name)
    for name in fields
    if name in spec.fields and spec.fields[name].shape
  }


def counts(visible: Visible, made: Any, truth: Any) -> Counts:
  """Counts of right and wrong values in each example: [B] each.

  Args:
    visible: the field.
    made, truth: its values, [B, ...].

  Returns:
    wrong and right: steps, cells or pixels; events: true onsets, notes or
    pixels above a half; written: those of `made`; hits: those of both; whole: 1
    if nothing is wrong.
  """
  made, truth = (jnp.asarray(x).reshape(len(x), -1) for x in (made, truth))
  if visible.kind == 'class':
    made, truth = made.astype(jnp.int32), truth.astype(jnp.int32)
  else:
    half = _HALF[visible.kind]
    made, truth = (jnp.asarray(x > half, jnp.int32) for x in (made, truth))
  hits, events, written = metrics.event_counts(made, truth)
  right = jnp.sum(made == truth, -1)
  return {
    'wrong': truth.shape[-1] - right,
    'right': right,
    'hits': hits,
    'events': events,
    'written': written,
    'whole': metrics.exact_match(made, truth),
  }


def figures(visible: Visible, total: Counts, examples: int) -> dict[str, float]:
  """Metrics from counts that are summed over examples; 0 / 0 is 0."""
  right, wrong, hits = (float(total[k]) for k in ('right', 'wrong', 'hits'))
  recall = hits / max(total['events'], 1)
  f1 = 2 * hits / max(total['events'] + total['written'], 1)
  found = {'mistakes': wrong / examples}
  if visible.kind == 'class':
    found |= {
      'accuracy': right / max(right + wrong, 1),
      'onset_accuracy': recall,
      'onset_f1': f1,
    }
  elif visible.kind == 'bit':
    precision = hits / max(total['written'], 1)
    found |= {'precision': precision, 'recall': recall, 'f1': f1}
  return found | {
    'exact_match': float(total['whole']) / examples,
    'events': float(total['events']) / examples,
  }


def errors(visible: Visible, logits: jax.Array, rows: jax.Array) -> Counts:
  """Cross-entropy in nats, and squared error except for classes: [B] each.

  Args:
    visible: the field.
    logits, rows: [B, D].
  """
  if visible.kind == 'class':
    tokens = jnp.argmax(visible.steps(rows), -1)
    entropy = metrics.cross_entropy(visible.steps(logits), tokens)
    return {'cross_entropy': entropy}
  away = jnp.square(jax.nn.sigmoid(logits) - rows)
  return {
    'cross_entropy': binary_cross_entropy(logits, rows),
    'squared_error': jnp.sum(away, -1),
  }


def likeliest(visible: Visible, logits: jax.Array) -> jax.Array:
  """The most likely values [B, ...] of a field, given logits [B, ...]."""
  return visible.write(logits.reshape(len(logits), -1))[visible.field]


def mistakes(spec: Spec, logits: Mapping[str, Any], batch: Tree) -> jax.Array:
  """Steps, cells or pixels with a wrong most likely value, all fields: [B].

  Args:
    spec: of the encoder.
    logits: {field: [B, ...]} from a Latent model.
    batch: {field: [B, ...]}.
  """
  wrong = [
    counts(visible, likeliest(visible, logits[name]), batch[name])['wrong']
    for name, visible in compared(spec, logits).items()
  ]
  return sum(wrong, jnp.int32(0)).astype(jnp.float32)


def in_words(
  spec: Spec, made: Mapping[str, Any], truth: Mapping[str, Any]
) -> list[str]:
  """A sentence for each reconstructed field: how much of it is the same.

  Args:
    spec: of the encoder.
    made, truth: {field: [n, ...]}.
  """
  found = []
  given = {name: values for name, values in made.items() if name in truth}
  for name, visible in compared(spec, given).items():
    each = counts(visible, made[name], truth[name])
    total = {k: np.asarray(v, np.float64).sum() for k, v in each.items()}
    share = figures(visible, total, len(made[name]))
    events = int(total['events'])
    if visible.kind == 'class':
      steps = int(total['right'] + total['wrong'])
      found.append(
        f'{share["accuracy"]:.1%} of the {steps} steps came back the same, and '
        f'{share["onset_accuracy"]:.1%} of the {events} onsets.'
      )
    elif visible.kind == 'bit':
      found.append(
        f'{share["recall"]:.1%} of the {events} notes (counted at each step) '
        f'came back, and {share["precision"]:.1%} of the '
        f'{int(total["written"])} that were written are right.'
      )
    else:
      whole, what = (255, 'pixels') if visible.kind == 'grey' else (1, 'values')
      error = np.mean(np.square((made[name] * 1.0 - truth[name]) / whole))
      found.append(f'The mean squared error of the {what} is {error:.4f}.')
  return found
