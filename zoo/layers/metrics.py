"""Metrics of predictions: pure functions, one number per example."""

from typing import Any

import jax
import jax.numpy as jnp


def log_prob_of(logits: jax.Array, classes: jax.Array) -> jax.Array:
  """log p of classes [...] given logits [..., K], in nats.

  The true logit is selected by comparison: its gradient is elementwise, while
  that of indexing would be a scatter.
  """
  true = classes[..., None] == jnp.arange(logits.shape[-1])
  picked = jnp.sum(jnp.where(true, logits, 0), -1)
  return picked - jax.nn.logsumexp(logits, -1)


def cross_entropy(logits: jax.Array, tokens: jax.Array) -> jax.Array:
  """-log p of tokens [..., T] given logits [..., T, K], summed over T, nats."""
  return -jnp.sum(log_prob_of(logits, tokens), -1)


def normal_divergence(mu: jax.Array, sigma: jax.Array) -> jax.Array:
  """KL(N(mu, sigma^2) || N(0, 1)) of [..., Z], summed over Z (nats)."""
  # 1/2 sum mu^2 + sigma^2 - 1 - log sigma^2
  terms = jnp.square(mu) + jnp.square(sigma) - 1 - 2 * jnp.log(sigma)
  return 0.5 * jnp.sum(terms, -1)


def accuracy(predicted: jax.Array, tokens: jax.Array) -> jax.Array:
  """Share of the steps [..., T] that are predicted right."""
  return jnp.mean(predicted == tokens, -1)


def exact_match(predicted: jax.Array, tokens: jax.Array) -> jax.Array:
  """1 if all steps [..., T] are right, else 0."""
  return jnp.all(predicted == tokens, -1).astype(jnp.float32)


def event_counts(
  predicted: jax.Array, tokens: jax.Array, hold: int = 0
) -> tuple[jax.Array, jax.Array, jax.Array]:
  """Counts of events, in a melody that consists mostly of holds.

  Args:
    predicted: [..., T].
    tokens: [..., T]; every token but `hold` is an event (an onset, or a
      note-off).
    hold: the token of 'no event'.

  Returns:
    events predicted right (same step, same token), true events, predicted
    events: [...] each.
  """
  happens = tokens != hold
  right = jnp.sum(happens & (predicted == tokens), -1)
  return right, jnp.sum(happens, -1), jnp.sum(predicted != hold, -1)


def ratio(part: Any, whole: Any) -> Any:
  """part / whole of counts; 0 / 0 is 0."""
  return part / jnp.maximum(whole, 1)


def onset_accuracy(
  predicted: jax.Array, tokens: jax.Array, hold: int = 0
) -> jax.Array:
  """Accuracy over the steps with a true token other than `hold`; 0 for none.

  It is 0 like precision and recall with no true positives: music without onsets
  never counts as a success.
  """
  right, happening, _ = event_counts(predicted, tokens, hold)
  return ratio(right, happening)


def confusion_matrix(predicted: Any, truth: Any, classes: int) -> jax.Array:
  """How often each class [K] is predicted as each other class.

  Args:
    predicted, truth: [N] integer classes.
    classes: K.

  Returns:
    [K, K] counts; the row is the truth, the column the prediction.
  """
  counts = jnp.zeros((classes, classes), jnp.int32)
  return counts.at[truth, predicted].add(1)


def precision_and_recall(confusion: jax.Array) -> tuple[jax.Array, jax.Array]:
  """TP / (TP + FP) and TP / (TP + FN) of each class, [K] each; 0/0 is 0."""
  right = jnp.diagonal(confusion)
  return ratio(right, confusion.sum(0)), ratio(right, confusion.sum(1))
