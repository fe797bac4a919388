"""The voices that a model writes to a given one, step by step."""

from typing import Any, Literal

import jax
import jax.numpy as jnp

from zoo.contracts import Loss
from zoo.layers.heads import HEADS


def counterpoint(
  model: Any, *, head: Literal['softmax', 'sigmoid'] = 'softmax'
) -> Loss:
  """Builds the loss of `model`, which writes all voices but the first.

    loss = mean over steps of the sum over voices of the head's error

  A batch holds `voices` [B, T, V] and `length` [B]; steps from `length` on
  count for nothing.

  Args:
    model: a Flax module such as Counterpoint.
    head: softmax, -log p of the true class; sigmoid, binary cross-entropy of
      every class, as MiniBach has it.

  Metrics:
    loss, accuracy of the likeliest class, onset_accuracy over the notes (and
    rests) that begin: [B].
  """
  error = HEADS[head].error

  def init(rng, batch, before):
    del before
    examples = jax.tree.map(lambda x: jnp.zeros((1, *x.shape[1:]), int), batch)
    params = jax.jit(model.init)(rng, examples)['params']
    return params, {'shared': {}, 'example': {}}

  def begin(batch):
    del batch
    return {}

  def loss(params, state, batch, keys, train):
    logits = model.apply({'params': params}, batch, keys if train else None)
    written = batch['voices'][..., 1:]
    steps = jnp.arange(written.shape[1])
    music = (steps < batch['length'][:, None])[..., None]
    errors = jnp.sum(jnp.where(music, error(logits, written), 0), (1, 2))
    errors /= jnp.maximum(batch['length'], 1)
    right = jnp.argmax(logits, -1) == written

    def share(where):
      return jnp.sum(right & where, (1, 2)) / jnp.maximum(
        jnp.sum(where, (1, 2)), 1
      )

    everywhere = jnp.broadcast_to(music, written.shape)
    return jnp.mean(errors), (
      state,
      {
        'loss': errors,
        'accuracy': share(everywhere),
        'onset_accuracy': share(everywhere & (written != 0)),
      },
    )

  return Loss(init, begin, loss)
