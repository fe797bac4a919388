"""The exact likelihood of piano rolls, frame by frame."""

from typing import Any

import jax
from jax import lax
import jax.numpy as jnp

from zoo.contracts import Loss
from zoo.layers.dropout import fold
from zoo.layers.nade import log_likelihood, mixed_log_likelihood

# Whole pieces are scored so many frames at a time, as far as there are any:
# padding to the longest piece costs neither time nor memory.
_AT_ONCE = 64

# One purpose each for the random keys of an example.
_CROP, _DROP = range(2)


def likelihood(model: Any, *, crop: int = 0) -> Loss:
  """Builds the loss of `model`, which reads the past and scores frames.

    loss = mean over the frames of -log p(x_t | x_<t)

  A batch holds `roll` [B, T, P] and `length` [B]; frames from `length` on
  count for nothing. Training sees a stretch of each piece: what the model
  reads of the past comes from the whole piece, and its recurrent state starts
  anew. Evaluation (train false) goes through whole pieces. A model that takes
  the pitches of a frame in several orders learns each of them (Uria et al.
  2014), and is evaluated by the mean of their probabilities.

  Args:
    model: a Flax module such as RnnNade.
    crop: frames of the stretch; 0 for whole pieces.

  Metrics:
    loss (nats a frame), nats and frames of the piece or stretch: [B]. Over a
    set, mean nats / mean frames is the mean over all its frames.
  """

  def init(rng, batch, before):
    del before
    roll = jnp.zeros((1, 2, batch['roll'].shape[-1]), jnp.int32)
    variables = jax.jit(_init_through, static_argnums=0)(model, rng, roll)
    return variables['params'], {'shared': {}, 'example': {}}

  def begin(batch):
    del batch
    return {}

  def loss(params, state, batch, keys, train):
    frames, lengths = batch['roll'].astype(jnp.int32), batch['length']
    past = read(model, frames)
    if train:
      if 0 < crop < frames.shape[1]:
        starts = jax.vmap(draw_start, (0, 0, None))(
          fold(keys, _CROP), lengths, crop
        )
        past, frames = jax.tree.map(
          lambda x: cut(x, starts, crop), (past, frames)
        )
        lengths = jnp.minimum(lengths - starts, crop)
      logits, _ = model.apply(
        {'params': params}, past, frames, fold(keys, _DROP)
      )
      by_order = log_likelihood(logits, frames[..., None, :])
      nats = -_summed(jnp.mean(by_order, -1), lengths)
    else:
      nats = -_score(model, params, past, frames, lengths)
    each = nats / jnp.maximum(lengths, 1)
    counts = lengths.astype(jnp.float32)
    metrics = {'loss': each, 'nats': nats, 'frames': counts}
    return jnp.mean(each), (state, metrics)

  return Loss(init, begin, loss)


def read(model: Any, frames: jax.Array) -> Any:
  """What `model` may know before each of the frames [B, T, P]."""
  return model.apply({}, frames, method='read')


def draw_start(key: Any, length: jax.Array, crop: int) -> jax.Array:
  """Where a stretch of `crop` frames begins, [] int32.

  Uniform, but the ends of the piece, which few stretches would reach, begin
  and end one as often as half a stretch's frames do.
  """
  first = jax.random.randint(key, (), -(crop // 2), length - crop // 2)
  return jnp.clip(first, 0, jnp.maximum(length - crop, 0))


def cut(values: jax.Array, starts: jax.Array, crop: int) -> jax.Array:
  """The stretch [B, crop, ...] of values [B, T, ...] from starts [B] on."""

  def one(value, start):
    return lax.dynamic_slice_in_dim(value, start, crop)

  return jax.vmap(one)(values, starts)


def _summed(scores, lengths):
  """The sum [B] of the scores [B, T] of frames before `lengths` [B]."""
  there = jnp.arange(scores.shape[1]) < lengths[:, None]
  return jnp.sum(jnp.where(there, scores, 0), -1)


def _score(model, params, past, frames, lengths):
  """log p [B] of whole pieces."""
  missing = -frames.shape[1] % _AT_ONCE
  seen = jax.tree.map(
    lambda x: jnp.pad(x, [(0, 0), (0, missing)] + [(0, 0)] * (x.ndim - 2)),
    (past, frames),
  )

  def left(before):
    return before[0] < jnp.max(lengths)

  def score(before):
    start, carry, total = before
    past, frames = jax.tree.map(
      lambda x: lax.dynamic_slice_in_dim(x, start, _AT_ONCE, 1), seen
    )
    logits, carry = model.apply({'params': params}, past, frames, None, carry)
    scores = mixed_log_likelihood(logits, frames)
    total += _summed(scores, lengths - start)
    return start + _AT_ONCE, carry, total

  first = model.begin(len(frames))
  nought = jnp.zeros(len(frames))
  return lax.while_loop(left, score, (jnp.int32(0), first, nought))[2]


def _init_through(model, rng, roll):
  return model.init(rng, read(model, roll), roll)
