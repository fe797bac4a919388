"""Pieces written note by note: dT, then T given dT, then P given both."""

from typing import Any

import jax
from jax import lax
import jax.numpy as jnp

from zoo.contracts import Sampler, Spec, UserError
from zoo.models.bachprop import STREAMS
from zoo.samplers.drawing import check_model


def notes(
  model: Any,
  spec: Spec,
  *,
  longest: int = 1000,
  temperature: float | tuple[float, ...] = 1.0,
  primer: int = 64,
) -> Sampler:
  """Builds the sampler of a model that foretells notes.

  Modes:
    sample: from the tag that pieces begin with, until the model ends.
    continue: condition {'notes': [k, 3]}, a user's piece; goes on from its
      end. Primer and continuation are returned.

  What is returned is {'notes': [n, T, 3]}, tags from the end of each piece on.
  The number of pieces is that of the keys: thousands are one call.

  Args:
    model: a Flax module such as BachProp.
    spec: of the encoder notes.
    longest: T, notes after which a piece is cut off.
    temperature: of all three, or of dT, T and P; 0 takes the likeliest.
    primer: the most notes of the user's piece, its last, that are read; with
      model/sounding bars are counted from the first of them.

  Raises:
    UserError: no notes, nothing to write, or no temperatures.
  """
  check_model('notes', model, 'read', 'foretell')
  if 'notes' not in spec.fields:
    raise UserError(
      f"sample/notes writes notes, and the encoder '{spec.encoder}' has none: "
      'take another sampler.'
    )
  if longest < 1 or primer < 1:
    raise UserError(
      f'sample/longest and sample/primer must be at least 1, not {longest} and '
      f'{primer}.'
    )
  heats = (
    tuple(temperature)
    if isinstance(temperature, tuple | list)
    else (temperature,) * len(STREAMS)
  )
  if len(heats) != len(STREAMS) or min(heats) < 0:
    raise UserError(
      'sample/temperature must be a number from 0 up or three of them, not '
      f'{temperature}.'
    )
  ends = jnp.asarray(model.classes, jnp.int32) - 1

  def next_notes(params, note, carry, chances):
    """One note [n, 3] after each `note`, by chances [n, 3] in [0, 1)."""
    variables = {'params': params}
    states, carry = model.apply(variables, note[:, None], carry, method='read')
    drawn = jnp.broadcast_to(ends, note.shape)
    for stream, heat in enumerate(heats):
      logits = model.apply(
        variables, stream, states, drawn[:, None], method='foretell'
      )[:, 0]
      if stream:  # That a piece ends, dT alone decides.
        logits = logits.at[:, -1].set(-jnp.inf)
      value = pick(logits, chances[:, stream], heat)
      drawn = drawn.at[:, stream].set(value)
    return jnp.where(drawn[:, :1] == ends[0], ends, drawn), carry

  def write(params, keys, note, carry):
    """Goes on from `note` [n, 3] until every piece has ended: [n, T, 3]."""
    made = jnp.broadcast_to(ends, (len(keys), longest, len(STREAMS)))

    def left(now):
      step, _, _, _, ended = now
      return (step < longest) & ~jnp.all(ended)

    def one(now):
      step, made, note, carry, ended = now
      chances = jax.vmap(_chances, (0, None))(keys, step)
      drawn, carry = next_notes(params, note, carry, chances)
      drawn = jnp.where(ended[:, None], ends, drawn)
      made = lax.dynamic_update_slice_in_dim(made, drawn[:, None], step, 1)
      return step + 1, made, drawn, carry, ended | (drawn[:, 0] == ends[0])

    first = (jnp.int32(0), made, note, carry, jnp.zeros(len(keys), bool))
    return lax.while_loop(left, one, first)[1]

  def sample(params, state, keys, condition):
    del state, condition
    note = jnp.broadcast_to(ends, (len(keys), len(STREAMS)))
    return {'notes': write(params, keys, note, model.begin(len(keys)))}

  def go_on(params, state, keys, condition):
    del state
    given = jnp.asarray(condition['notes'], jnp.int32)[-primer:]
    seen = jnp.concatenate([ends[None], given])[None]
    _, carry = model.apply(
      {'params': params}, seen[:, :-1], model.begin(1), method='read'
    )
    note, carry = jax.tree.map(
      lambda x: jnp.broadcast_to(x, (len(keys), *x.shape[1:])),
      (seen[:, -1], carry),
    )
    made = write(params, keys, note, carry)
    given = jnp.broadcast_to(given, (len(keys), *given.shape))
    return {'notes': jnp.concatenate([given, made], 1)}

  return {'sample': sample, 'continue': go_on}


def pick(logits: jax.Array, chance: jax.Array, heat: float) -> jax.Array:
  """A class for each row of logits [n, K], by the inverse of its distribution.

  Args:
    logits: of which -inf is never drawn.
    chance: [n], uniform in [0, 1).
    heat: temperature; 0 takes the likeliest.
  """
  if not heat:
    return jnp.argmax(logits, -1).astype(jnp.int32)
  upto = jnp.cumsum(jax.nn.softmax(logits / heat), -1)
  place = jnp.sum(upto <= chance[:, None] * upto[:, -1:], -1)
  return jnp.minimum(place, logits.shape[-1] - 1).astype(jnp.int32)


def _chances(key, step):
  return jax.random.uniform(jax.random.fold_in(key, step), (len(STREAMS),))
