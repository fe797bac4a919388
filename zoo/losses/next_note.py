"""The likelihood of the next note: dT, then T, then P."""

from typing import Any

import jax
import jax.numpy as jnp

from zoo.contracts import Loss, UserError
from zoo.layers import metrics
from zoo.models.bachprop import STREAMS


def next_note(
  model: Any, *, weights: tuple[float, ...] = (0.1, 0.3, 0.6)
) -> Loss:
  """Builds the loss of a model that foretells notes one by one.

    loss = mean over notes of
      w1 -log p(dT') + w2 -log p(T' | dT') + w3 -log p(P' | dT', T')

  A batch holds `notes` [B, 1 + T, 3], the first the one before those that are
  foretold. What the model carries goes on from batch to batch, cut off from
  the gradient (truncated back-propagation through time), until `start` [B]
  says that the streams begin anew; the model itself forgets where a piece
  begins. With `there` [B, 1 + T], only true rows count.

  Args:
    model: a Flax module such as BachProp.
    weights: of the cross-entropies of dT, T and P (the talk's).

  Metrics: loss; after, length, pitch: nats a note, and accuracy_... of each;
    nats: the sum of the three; end: nats a row of tags, 0 where the example
    has none: [B]. The notes' figures leave the tags out.

  Raises:
    UserError: not three weights.
  """
  if len(weights) != len(STREAMS) or min(weights) < 0 or not sum(weights):
    raise UserError(
      f'loss/weights must be three numbers from 0 up, not {list(weights)}.'
    )
  weight = jnp.asarray(weights)

  def init(rng, batch, before):
    del before
    count = len(batch['notes'])
    note = jnp.zeros((1, 1, len(STREAMS)), jnp.int32)
    variables = jax.jit(model.init)(rng, note, note, model.begin(1))
    state = {'shared': {}, 'example': model.begin(count)}
    return variables['params'], state

  def begin(batch):
    return model.begin(len(batch['notes']))

  def loss(params, state, batch, keys, train):
    notes, start = batch['notes'], batch['start']
    carry = jax.tree.map(
      lambda fresh, old: jnp.where(_like(start, old), fresh, old),
      model.begin(len(notes)),
      state['example'],
    )
    nats, right, carry = score(
      model, params, notes, carry, keys if train else None
    )
    there = batch.get('there', jnp.ones(notes.shape[:2], bool))[:, 1:]
    ends = jnp.asarray(model.classes) - 1
    tag = jnp.all(notes[:, 1:] == ends, -1)
    each = _mean(nats, there)
    found = {'loss': each @ weight}
    each, hits = _mean(nats, there & ~tag), _mean(right, there & ~tag)
    for place, name in enumerate(STREAMS):
      found[name] = each[:, place]
      found[f'accuracy_{name}'] = hits[:, place]
    found['nats'] = jnp.sum(each, -1)
    found['end'] = jnp.sum(_mean(nats, there & tag), -1)
    state = {**state, 'example': jax.lax.stop_gradient(carry)}
    return jnp.mean(found['loss']), (state, found)

  return Loss(init, begin, loss)


def score(
  model: Any, params: Any, notes: jax.Array, carry: Any, keys: Any = None
) -> tuple[jax.Array, jax.Array, Any]:
  """How well each note but the first is foretold by those before it.

  Args:
    model: a Flax module such as BachProp.
    params: its parameters.
    notes: [B, 1 + T, 3].
    carry: of the model, before the first.
    keys: [B] random keys for dropout, or None.

  Returns:
    nats [B, T, 3] of dT, T and P; whether the likeliest class is right, of
    the same shape; the carry.
  """
  past, following = notes[:, :-1], notes[:, 1:]
  logits, carry = model.apply({'params': params}, past, following, carry, keys)
  nats, right = [], []
  for place, one in enumerate(logits):
    true = following[..., place]
    # A sum over one step: the cross-entropy of each.
    nats.append(metrics.cross_entropy(one[..., None, :], true[..., None]))
    right.append(jnp.argmax(one, -1) == true)
  return jnp.stack(nats, -1), jnp.stack(right, -1), carry


def _mean(values, there):
  """The mean of values [B, T, 3] over the rows that are there; 0 of none."""
  total = jnp.sum(jnp.where(there[..., None], values, 0), 1)
  return total / jnp.maximum(jnp.sum(there, 1), 1)[:, None]


def _like(flags, array):
  """flags [B], with as many axes as the array."""
  return flags.reshape(-1, *[1] * (array.ndim - 1))
