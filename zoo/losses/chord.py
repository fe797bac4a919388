"""The root of the chord below each quarter of a melody."""

from typing import Any, Literal

import jax
import jax.numpy as jnp

from zoo.contracts import Loss, UserError
from zoo.layers.heads import HEADS


def chord(
  model: Any, *, head: Literal['softmax', 'value', 'absolute'] = 'softmax'
) -> Loss:
  """Builds the loss of `model`, which names the roots of chords.

  A batch holds `voices` [B, T, V] and `length` [B]; quarters in which the lower
  voices rest, or that begin at `length` or later, count for nothing. A window
  without any chord has a loss and an accuracy of 0, and counts as a window.

  Args:
    model: a Flax module such as ChordFromMelody.
    head: softmax, -log p of the true pitch class; value or absolute, the
      squared or absolute distance from its number, 0 for C to 11 for B.

  Metrics:
    loss, accuracy: [B].

  Raises:
    UserError: the model's output is not what the head reads.
  """
  if (head == 'softmax') != (model.outputs > 1):
    raise UserError(
      f"loss/head={head} does not read what the model gives: 'softmax' takes "
      "model/output='classes', the others take 'value'."
    )
  error = HEADS[head].error

  def init(rng, batch, before):
    del before
    examples = {'voices': jnp.zeros((1, *batch['voices'].shape[1:]), int)}
    params = jax.jit(model.init)(rng, examples)['params']
    return params, {'shared': {}, 'example': {}}

  def begin(batch):
    del batch
    return {}

  def loss(params, state, batch, keys, train):
    del keys, train  # nothing is drawn
    outputs = model.apply({'params': params}, batch)
    roots = model.roots(batch)
    sounds = roots >= 0
    truth = jnp.maximum(roots, 0)
    if head != 'softmax':
      truth = truth[..., None].astype(jnp.float32)
    count = jnp.maximum(jnp.sum(sounds, -1), 1)
    errors = jnp.sum(jnp.where(sounds, error(outputs, truth), 0), -1) / count
    right = jnp.sum(sounds & (model.decide(outputs) == roots), -1) / count
    return jnp.mean(errors), (state, {'loss': errors, 'accuracy': right})

  return Loss(init, begin, loss)
