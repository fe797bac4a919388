"""A softmax layer on the code of a stack learns labels."""

from typing import Any

import jax.numpy as jnp

from zoo.contracts import Loss, Spec
from zoo.layers import batch_statistics as stack
from zoo.layers import metrics
from zoo.layers.visible import visible_of
from zoo.training import parallel


def classification(model: Any, spec: Spec) -> Loss:
  """Builds the loss of `model`, which classifies: -log p(label | x).

  A batch holds the field that `spec` tells and `label` [B].

  Args:
    model: a Flax module such as StackedAutoencoder, with classifier=True.
    spec: see zoo.layers.visible.

  Metrics:
    loss (nats), accuracy: [B].
  """
  visible = visible_of(spec)
  init = stack.init_of(model)

  def loss(params, state, batch, keys, train):
    drop, pool = (keys, parallel.mean) if train else (None, None)
    rows = visible.read(batch)
    logits, state = stack.call(
      model, params, state, train, 'classify', rows, drop, pool
    )
    labels = batch['label'].astype(jnp.int32)[:, None]
    errors = metrics.cross_entropy(logits[:, None], labels)
    likeliest = jnp.argmax(logits, -1)[:, None]
    return jnp.mean(errors), (
      state,
      {'loss': errors, 'accuracy': metrics.accuracy(likeliest, labels)},
    )

  return Loss(init, stack.begin, loss)
