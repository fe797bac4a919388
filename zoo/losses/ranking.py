"""Ranks the true next unit against all other units of the batch.

  loss = -log exp(s(u_1..u_t, u_t+1)) / sum_v exp(s(u_1..u_t, v))

over the units v of the batch, except others that equal the true one.

Source: the softmax of Huang et al. 2013 (DSSM), as in Bretan, Weinberg and Heck
2016, arXiv 1612.03789, but with negatives from the batch.
"""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Loss, Spec, UserError
from zoo.layers.dropout import fold
from zoo.questions import Ranker, asks
from zoo.training import parallel

_SHIFT = 2  # A purpose of an example's random keys; the model has 0 and 1.


@asks(Ranker)
def ranking(model: Any, spec: Spec, *, semitones: int = 0) -> Loss:
  """Builds the loss of a Ranker.

  In evaluation (train false) candidates are the units of the piece itself, so
  that metrics do not depend on the batches.

  Args:
    model: a Flax module such as UnitSelection.
    spec: of the encoder.
    semitones: maximum transposition, up or down, of the whole batch in
      training. (If pieces were transposed separately, their keys would reveal
      which units are theirs.) A piece that leaves the range is skipped.

  Metrics:
    loss; first, whether the true unit is ranked first, mean over the joins of
    a piece: [B].

  Raises:
    UserError: semitones below 0, or an encoder without pitches.
  """
  if semitones < 0:
    raise UserError(f'loss/semitones must be 0 or more, not {semitones}.')
  if semitones and 'pitches' not in spec.tables:
    raise UserError(
      f"loss/semitones moves pitches, and encoder '{spec.encoder}' has none: "
      'set it to 0.'
    )
  highest = spec.sizes['classes'] - 1
  lowest = int(np.argmax(np.asarray(spec.tables['pitches']) >= 0))

  def init(rng, batch, before):
    del before  # the loop copies matching leaves
    units, _ = model.units(batch)
    draw = jax.jit(functools.partial(model.init, method='all_parts'))
    return draw(rng, units[:1])['params'], {'shared': {}, 'example': {}}

  def begin(batch):
    del batch  # nothing is carried from step to step
    return {}

  def loss(params, state, batch, keys, train):
    units, mask = model.units(batch)
    if train and semitones:
      by = _interval(keys, semitones)
      moved = jnp.where(units >= lowest, units + by, units)
      legal = (moved <= highest) & ((units < lowest) | (moved >= lowest))
      mask = mask & jnp.all(legal, (1, 2), keepdims=True)[..., 0]
      units = jnp.where(legal, moved, 0)

    def call(method, *arguments):
      return model.apply({'params': params}, *arguments, method=method)

    drawn = keys if train else None
    codes = call('describe', units, drawn)
    queries, _ = call('expect', units, call('forget', len(units)), drawn)
    score = functools.partial(_score, functools.partial(call, 'compare'))
    joins = (queries[:, :-1], units[:, 1:], codes[:, 1:])
    if train:
      known = parallel.gather((units, codes, mask))
      known = jax.tree.map(lambda x: x.reshape(-1, *x.shape[2:]), known)
      right, best = jax.vmap(lambda one: score(one, known))(joins)
    else:
      right, best = jax.vmap(score)(joins, (units, codes, mask))
    counts = mask[:, 1:] & mask[:, :-1]
    number = jnp.maximum(jnp.sum(counts, 1), 1)
    nats = jnp.sum(jnp.where(counts, -right, 0), 1) / number
    first = jnp.sum(counts & best, 1) / number
    return jnp.mean(nats), (state, {'loss': nats, 'first': first})

  return Loss(init, begin, loss)


def _score(compare, joins, known):
  """log p [J] of true units among known ones, and whether they rank first.

  Args:
    compare: of the model.
    joins: queries [J, Z], the true units [J, T] and their codes [J, Z].
    known: units [M, T], codes [M, Z], mask [M].
  """
  queries, units, own = joins
  others, codes, mask = known
  equal = jnp.all(units[:, None] == others, -1)
  logits = jnp.where(equal | ~mask, -jnp.inf, compare(queries, codes))
  true = jax.vmap(lambda q, c: compare(q[None], c[None])[0, 0])(queries, own)
  most = jnp.max(logits, -1, initial=-jnp.inf)
  total = jnp.logaddexp(true, jax.nn.logsumexp(logits, -1))
  return true - total, true > most


def _interval(keys, semitones):
  """One interval for the batch, the same on all devices."""
  numbers = parallel.gather(jax.random.key_data(fold(keys, _SHIFT)))
  key = jax.random.wrap_key_data(numbers[0])
  return jax.random.randint(key, (), -semitones, semitones + 1)
