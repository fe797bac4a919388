"""Contrastive divergence: the free energy of music against that of chains.

  loss = F(v) - F(v~),   v~ where a Gibbs chain stands after k sweeps

The chain is held constant, so the gradient is the rule written by hand,
<p(h|v) v> of the data less that of the chain, for W, and likewise for the
biases; through them it reaches the recurrent network of an RNN-RBM.

Source: Hinton 2002; persistent chains: Tieleman, ICML 2008; with recurrent
biases: Boulanger-Lewandowski, Bengio, Vincent, ICML 2012, arXiv 1206.6392.
"""

from typing import Any

import jax
from jax import lax
import jax.numpy as jnp

from zoo.contracts import Loss, UserError
from zoo.layers import annealed_importance
from zoo.layers.boltzmann import (
  Machine,
  before_each,
  free_energy,
  hidden_logits,
  probability,
  softplus,
  visible_logits,
)
from zoo.layers.dropout import fold
from zoo.layers.gibbs import block, gibbs
from zoo.losses.likelihood import cut, draw_start

# One purpose each for the random keys of an example.
_CROP, _DROP, _CHAIN, _ANNEAL = range(4)


def contrastive_divergence(
  model: Any,
  total_steps: int,
  *,
  sweeps: int = 1,
  last_sweeps: int = 0,
  persistent: bool = False,
  crop: int = 0,
  frames: int = 4,
  chains: int = 4,
  temperatures: int = 100,
) -> Loss:
  """Builds the loss of `model`, which gives each row of a batch its machine.

  Training sees a stretch of each piece, and its recurrent state starts anew.
  Evaluation (train false) goes through whole pieces, looks at a few frames of
  each, and estimates their log Z as annealed_importance does.

  Args:
    model: a Flax module such as Rbm or RnnRbm.
    total_steps: of the stage.
    sweeps: k of CD-k.
    last_sweeps: k grows linearly to this at the end; 0 for constant k.
    persistent: chains go on from where they stood at the step before, in
      place of beginning at the music.
    crop: frames of the stretch; 0 for whole pieces.
    frames: of each piece, evenly spread, which evaluation looks at.
    chains: of that estimate, for each frame.
    temperatures: of that estimate; 0 for none.

  Metrics:
    loss (mean difference of free energy a frame), reconstruction (cross-
    entropy after one sweep by probabilities, nats a frame); in evaluation
    annealed_nats (-log p by annealed importance, nats a frame): [B].

  Raises:
    UserError: no sweep at all.
  """
  if sweeps < 1 or last_sweeps < 0:
    raise UserError(
      f'loss/sweeps must be at least 1 and loss/last_sweeps 0 or more, not '
      f'{sweeps} and {last_sweeps}.'
    )

  def init(rng, batch, before):
    del before  # the loop copies what fits
    rows, mask = model.read(batch)
    # Enough to learn the shapes from, whatever the batch.
    example = jnp.zeros((1, 1, model.visible))
    params = jax.jit(model.init)(rng, example)['params']
    # log p / (1 - p) of each unit in the first batch (Hinton 2010, 8.1).
    count = jnp.sum(mask) + 1
    share = (jnp.sum(jnp.where(mask[..., None], rows, 0), (0, 1)) + 0.5) / count
    params = {**params, 'visible_bias': jnp.log(share) - jnp.log1p(-share)}
    return params, {'shared': {'step': jnp.int32(0)}, 'example': begin(batch)}

  def begin(batch):
    if not persistent:
      return {}
    rows, _ = model.read(batch)
    return {'chain': rows[:, : crop or None]}

  def schedule(step):
    if last_sweeps in (0, sweeps):
      return sweeps
    share = step / max(total_steps - 1, 1)
    return jnp.round(sweeps + share * (last_sweeps - sweeps)).astype(jnp.int32)

  def loss(params, state, batch, keys, train):
    rows, mask = model.read(batch)
    seen = before_each(rows), rows, mask
    if train and 0 < crop < rows.shape[1]:
      length = jnp.sum(mask, -1)
      starts = jax.vmap(draw_start, (0, 0, None))(
        fold(keys, _CROP), length, crop
      )
      seen = jax.tree.map(lambda x: cut(x, starts, crop), seen)
    past, rows, mask = seen
    machine, _ = model.apply(
      {'params': params},
      past,
      model.begin(len(rows)),
      fold(keys, _DROP) if train else None,
      method='machine',
    )
    if not train:
      machine, rows, mask = _spread(machine, rows, mask, frames)
    step = state['shared']['step']
    held = lax.stop_gradient(machine)
    chain = gibbs(
      block(held),
      state['example']['chain'] if persistent and train else rows,
      fold(keys, _CHAIN),
      schedule(step) if train else sweeps,
    )
    gap = free_energy(machine, rows) - free_energy(machine, chain)
    errors = reconstruction(held, rows)
    each = _mean(gap, mask)
    metrics = {'loss': each, 'reconstruction': _mean(errors, mask)}
    if train:
      example = {'chain': chain} if persistent else {}
      state = {'shared': {'step': step + 1}, 'example': example}
    elif temperatures:
      log_z = annealed(held, fold(keys, _ANNEAL), rows.shape[:2])
      metrics['annealed_nats'] = _mean(free_energy(held, rows) + log_z, mask)
    return jnp.mean(each), (state, metrics)

  def annealed(machine, keys, shape):
    """log Z of the machines of a few frames of each piece, [B, n]."""
    count = shape[1]
    flat = [jnp.broadcast_to(x, (*shape, x.shape[-1])) for x in machine[1:]]
    flat = [x.reshape(-1, x.shape[-1]) for x in flat]
    each = jax.vmap(lambda key: jax.random.split(key, count))(keys)
    found = annealed_importance.estimate(
      Machine(machine.kernel, *flat),
      flat[0],
      each.reshape(-1),
      chains=chains,
      temperatures=temperatures,
    )
    return found.log_z.reshape(shape)

  return Loss(init, begin, loss)


def reconstruction(machine: Machine, rows: jax.Array) -> jax.Array:
  """Cross-entropy of rows [..., D] and their mean-field sweep: [...] nats."""
  on = probability(hidden_logits(machine, rows))
  logits = visible_logits(machine, on)
  return jnp.sum(softplus(logits) - rows * logits, -1)


def _spread(machine, rows, mask, count):
  """Machines, rows and mask of `count` frames of each piece, evenly spread."""
  length = jnp.sum(mask, -1, keepdims=True)
  count = min(count, rows.shape[1])
  places = ((jnp.arange(count) + 0.5) / count * length).astype(jnp.int32)

  def pick(values):
    if values.ndim == 1:
      return values  # one machine for all
    return jnp.take_along_axis(values, places[..., None], 1)

  machine = Machine(machine.kernel, *map(pick, machine[1:]))
  return machine, pick(rows), jnp.ones(places.shape, bool)


def _mean(values, mask):
  """The mean of [B, T] over the frames that are music: [B]."""
  total = jnp.sum(jnp.where(mask, values, 0), -1)
  return total / jnp.maximum(jnp.sum(mask, -1), 1)
