"""Heads: the activation, error and decision of an output layer.

  task                                  activation  error  decision
  value (a pitch, a duration)           identity    MSE, or MAE
  binary (yes or no)                    sigmoid     BCE    above 1/2
  one of K (a note)                     softmax     CCE    argmax or sampling
  some of K (a chord)                   sigmoid     BCE    above a threshold,
                                                           up to a maximum
  one of K, many times (voices, steps)  softmax per CCE,   argmax or sampling
                                        group; or   or     per group
                                        sigmoid     BCE
  a distribution over K                 softmax     KL     argmax or sampling

With sigmoids, one of K is sampled in proportion to the probabilities p, not to
the odds p / (1 - p) that a softmax of the logits would use.

Source: Briot's course and Briot, Hadjeres and Pachet, arXiv 1709.01620. One
of its slides has H(h, y) = -sum h log y; here it is the usual -sum y log h,
for a prediction h and a truth y.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from zoo.layers import metrics
from zoo.layers.reconstruction import binary_cross_entropy, squared_error


class Head(NamedTuple):
  """One way to read an output layer.

  The truth is [...] classes for softmax and sigmoid, else [..., K] values or
  probabilities; so are the uniforms and the result of `draw`.

  Attributes:
    activation: logits -> predictions.
    error: (logits [..., K], truth) -> [...], minimized in training.
    log_prob: (logits, truth) -> [...] nats. Probabilities of classes sum to
      one: for separate sigmoids it is p_k / sum p, whose logarithm is at least
      -error. A squared error corresponds to a Gaussian of variance 1/2, and an
      absolute error to a Laplace distribution of scale 1, without constants.
    draw: (logits, uniforms in [0, 1), temperature) -> symbols; temperature 0
      takes the most likely, and needs no uniforms.
  """

  activation: Callable[[jax.Array], jax.Array]
  error: Callable[[jax.Array, jax.Array], jax.Array]
  log_prob: Callable[[jax.Array, jax.Array], jax.Array]
  draw: Callable[..., jax.Array]


def absolute_error(predicted: jax.Array, rows: jax.Array) -> jax.Array:
  """sum |y - x| over each row: [...]."""
  return jnp.sum(jnp.abs(predicted - rows), -1)


def divergence(truth: jax.Array, logs: jax.Array) -> jax.Array:
  """KL(y || h) = sum y log(y / h) of distributions [..., K]: [...] nats.

  0 log 0 is 0. It is the cross-entropy minus the entropy of the truth, so for
  a one-hot truth both are -log h of the true class.

  Args:
    truth: y.
    logs: log h, which is finite even if h itself underflows.
  """
  positive = truth > 0
  known = jnp.log(jnp.where(positive, truth, 1))
  return jnp.sum(truth * (known - jnp.where(positive, logs, 0)), -1)


def draw_class(
  logits: jax.Array, uniforms: jax.Array | None = None, temperature: float = 0
) -> jax.Array:
  """The most likely class, or one sampled from softmax(logits / temperature).

  Args:
    logits: [..., K]; -inf is never sampled.
    uniforms: [...] in [0, 1), one per class sampled, for the inverse of the
      cumulative distribution.
    temperature: 0 takes the most likely class.

  Returns:
    [...] int32.
  """
  if temperature == 0:
    return jnp.argmax(logits, -1).astype(jnp.int32)
  assert uniforms is not None
  weights = jnp.exp((logits - logits.max(-1, keepdims=True)) / temperature)
  # The cumulative distribution, as a product: XLA's cumsum is slow on a CPU.
  below = np.triu(np.ones((logits.shape[-1],) * 2, np.float32))
  mass = jnp.matmul(weights, below, precision='highest')
  found = jnp.sum(mass <= uniforms[..., None] * mass[..., -1:], -1)
  return jnp.minimum(found, logits.shape[-1] - 1).astype(jnp.int32)


def above_threshold(
  logits: jax.Array, threshold: float = 0.5, most: int | None = None
) -> jax.Array:
  """[..., K] bool: above the threshold, and among the `most` most likely."""
  chosen = jax.nn.sigmoid(logits) > threshold
  if most is None:
    return chosen
  rank = jnp.argsort(jnp.argsort(-logits, -1), -1)
  return chosen & (rank < most)


def _same(values):
  return values


def _nearest(logits, uniforms=None, temperature=0.0):
  del uniforms, temperature  # a value is deterministic
  return jnp.round(logits)


def _yes(logits, uniforms=None, temperature=0.0):
  if temperature == 0:
    return above_threshold(logits)
  return uniforms < jax.nn.sigmoid(logits / temperature)


def _category(logits, classes):
  return metrics.cross_entropy(logits[..., None, :], classes[..., None])


def _each_class(logits, classes):
  """BCE of every class, the true one against 1 and the others against 0."""
  truth = jax.nn.one_hot(classes, logits.shape[-1])
  return binary_cross_entropy(logits, truth)


def _share_of_all(logits, classes):
  """log p_k / sum p for probabilities that need not sum to one."""
  return -_category(jax.nn.log_sigmoid(logits), classes)


def _draw_share(logits, uniforms=None, temperature=0.0):
  return draw_class(jax.nn.log_sigmoid(logits), uniforms, temperature)


def _distribution(logits, truth):
  return divergence(truth, jax.nn.log_softmax(logits))


def _minus(error):
  return lambda logits, truth: -error(logits, truth)


def _head(activation, error, draw, log_prob=None):
  return Head(activation, error, log_prob or _minus(error), draw)


HEADS: dict[str, Head] = {
  'value': _head(_same, squared_error, _nearest),
  'absolute': _head(_same, absolute_error, _nearest),
  'binary': _head(jax.nn.sigmoid, binary_cross_entropy, _yes),
  'softmax': _head(jax.nn.softmax, _category, draw_class),
  'sigmoid': _head(jax.nn.sigmoid, _each_class, _draw_share, _share_of_all),
  'multilabel': _head(jax.nn.sigmoid, binary_cross_entropy, _yes),
  'distribution': _head(jax.nn.softmax, _distribution, draw_class),
}
