"""The next token from all before it: teacher forcing and cross-entropy."""

from typing import Any

import jax
import jax.numpy as jnp

from zoo.contracts import Loss
from zoo.layers import metrics


def next_token(model: Any) -> Loss:
  """Builds the loss of `model`, which reads tokens and scores the next.

    loss = mean over the steps of -log p(x_t | x_<t)

  A batch holds `tokens` [B, T].

  Args:
    model: a Flax module such as MelodyRnn.

  Metrics:
    loss (nats a step), accuracy of the likeliest token, onset_accuracy over
    the tokens that are no hold: [B].
  """

  def init(rng, batch, before):
    del before
    tokens = jnp.zeros((1, batch['tokens'].shape[1]), jnp.int32)
    params = jax.jit(model.init)(rng, tokens)['params']
    return params, {'shared': {}, 'example': {}}

  def begin(batch):
    del batch
    return {}

  def loss(params, state, batch, keys, train):
    tokens = batch['tokens'].astype(jnp.int32)
    logits = model.apply({'params': params}, tokens, keys if train else None)
    errors = metrics.cross_entropy(logits, tokens) / tokens.shape[1]
    likeliest = jnp.argmax(logits, -1)
    return jnp.mean(errors), (
      state,
      {
        'loss': errors,
        'accuracy': metrics.accuracy(likeliest, tokens),
        'onset_accuracy': metrics.onset_accuracy(likeliest, tokens),
      },
    )

  return Loss(init, begin, loss)
