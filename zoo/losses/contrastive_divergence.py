"""Contrastive divergence: the free energy of data minus that of Gibbs chains.

  loss = F(v) - F(v~),   v~ the state of a Gibbs chain after k sweeps

The chain has no gradient, so the gradient is the update rule of CD-k: for W,
<p(h|v) v> of the data minus that of the chain, and likewise for the biases;
through the biases it reaches the recurrent network of an RNN-RBM.

Source: Hinton 2002; persistent chains: Tieleman, ICML 2008; with recurrent
biases: Boulanger-Lewandowski, Bengio, Vincent, ICML 2012, arXiv 1206.6392.
"""

import functools
from typing import Any, NamedTuple

import jax
from jax import lax
import jax.numpy as jnp

from zoo.contracts import Loss, UserError
from zoo.layers import annealed_importance
from zoo.layers.boltzmann import before_each
from zoo.layers.dropout import fold
from zoo.layers.gibbs import chains as chains_of
from zoo.layers.gibbs import gibbs
from zoo.layers.reconstruction import check_sparsity
from zoo.layers.reconstruction import sparsity as divergence_from
from zoo.losses.likelihood import cut, draw_start
from zoo.questions import Energy, asks

# Purposes of the random keys of an example.
_CROP, _DROP, _CHAIN, _ANNEAL = range(4)


class Rules(NamedTuple):
  """Options of `contrastive_divergence`."""

  sweeps: int
  last_sweeps: int
  persistent: bool
  crop: int
  frames: int
  chains: int
  temperatures: int
  sparsity: float
  target: float


@asks(Energy)
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
  sparsity: float = 0.0,
  target: float = 0.05,
) -> Loss:
  """Builds the loss of an Energy model.

  Training uses a stretch of each piece, and the carry before its first frame is
  that of a new piece. Evaluation (train false) uses a few frames of each whole
  piece, and estimates their log Z by annealed importance sampling.

  Args:
    model: a Flax module such as Rbm or RnnRbm.
    total_steps: of the stage.
    sweeps: k of CD-k.
    last_sweeps: final k, to which it grows linearly; 0 for a constant k.
    persistent: whether chains continue from the previous step instead of
      starting at the data.
    crop: frames of the stretch; 0 for whole pieces.
    frames: number of frames of each piece, evenly spaced, for evaluation.
    chains: of annealed importance sampling, for each frame.
    temperatures: of annealed importance sampling; 0 for none.
    sparsity: weight of the divergence of the mean activation of hidden units
      from the target, summed over the units (Ng's sparsity penalty).
    target: the target mean activation.

  Metrics:
    loss (mean difference of free energy per frame), reconstruction (cross-
    entropy after one mean-field sweep, nats per frame); in evaluation
    annealed_nats (-log p by annealed importance sampling, nats per frame): [B].

  Raises:
    UserError: no sweep, or persistent chains of a model with a different
      machine for each frame.
  """
  rules = Rules(
    sweeps,
    last_sweeps,
    persistent,
    crop,
    frames,
    chains,
    temperatures,
    sparsity,
    target,
  )

  def begin(batch):
    if not persistent:
      return {}
    rows, _ = model.read(batch)
    return {'chain': rows[:, : crop or None]}

  def init(rng, batch, before):
    del before  # the loop copies matching leaves
    # Enough to infer the shapes, for any batch.
    params = jax.jit(model.init)(rng, jnp.zeros((1, 1, model.visible)))
    params = model.fit_biases(params['params'], *model.read(batch))
    return params, {'shared': {'step': jnp.int32(0)}, 'example': begin(batch)}

  _check(model, rules)
  return Loss(init, begin, functools.partial(_loss, model, total_steps, rules))


def _check(model, rules):
  if rules.sweeps < 1 or rules.last_sweeps < 0:
    raise UserError(
      f'loss/sweeps must be at least 1 and loss/last_sweeps 0 or more, not '
      f'{rules.sweeps} and {rules.last_sweeps}.'
    )
  check_sparsity('', rules.sparsity, rules.target)
  if rules.persistent and not model.constant:
    raise UserError(
      'loss/persistent continues chains from step to step, and the machine of '
      f'{type(model).__name__} is different at each frame: set '
      'loss/persistent=false, or take model/name=rbm.'
    )


def _loss(model, total_steps, rules, params, state, batch, keys, train):
  """`loss` of a Loss."""

  def call(params, method, *arguments):
    return model.apply({'params': params}, *arguments, method=method)

  past, rows, mask = _stretch(model, rules, batch, keys, train)
  noise = fold(keys, _DROP) if train else None
  begun = model.begin(len(rows))
  biases, _ = call(params, 'condition', past, begun, noise)
  if not train:
    biases, rows, mask = _spread(biases, rows, mask, rules.frames)
  step = state['shared']['step']
  fixed, held = lax.stop_gradient((params, biases))
  chain = gibbs(
    chains_of(model, fixed, held),
    state['example']['chain'] if rules.persistent and train else rows,
    fold(keys, _CHAIN),
    _schedule(rules, step, total_steps) if train else rules.sweeps,
  )
  energies = call(params, 'energy', rows, biases)
  each = _mean(energies - call(params, 'energy', chain, biases), mask)
  logits = call(fixed, 'reconstruct', rows, held)
  errors = call(fixed, 'cross_entropy', logits, rows)
  metrics = {'loss': each, 'reconstruction': _mean(errors, mask)}
  total = jnp.mean(each)
  if rules.sparsity and train:
    active = call(params, 'activations', rows, biases)
    active = active.reshape(-1, active.shape[-1])
    total += rules.sparsity * divergence_from([active], rules.target)
  if train:
    example = {'chain': chain} if rules.persistent else {}
    state = {'shared': {'step': step + 1}, 'example': example}
  elif rules.temperatures:
    log_z = _log_z(model, rules, fixed, held, fold(keys, _ANNEAL))
    metrics['annealed_nats'] = _mean(energies + log_z, mask)
  return total, (state, metrics)


def _stretch(model, rules, batch, keys, train):
  """Previous rows, rows and mask of all frames, or of a random stretch."""
  rows, mask = model.read(batch)
  seen = before_each(rows), rows, mask
  if not (train and 0 < rules.crop < rows.shape[1]):
    return seen
  starts = jax.vmap(draw_start, (0, 0, None))(
    fold(keys, _CROP), jnp.sum(mask, -1), rules.crop
  )
  return jax.tree.map(lambda x: cut(x, starts, rules.crop), seen)


def _schedule(rules, step, total_steps):
  """k of CD-k at a step."""
  first, last = rules.sweeps, rules.last_sweeps
  if last in (0, first):
    return first
  share = step / max(total_steps - 1, 1)
  return jnp.round(first + share * (last - first)).astype(jnp.int32)


def _log_z(model, rules, params, biases, keys):
  """log Z [B, n] of the machines of n frames of each piece."""
  shape = jax.tree.leaves(biases)[0].shape[:2]
  each = jax.vmap(lambda key: jax.random.split(key, shape[1]))(keys)
  found = annealed_importance.estimate(
    model,
    params,
    jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[2:]), biases),
    each.reshape(-1),
    chains=rules.chains,
    temperatures=rules.temperatures,
  )
  return found.log_z.reshape(shape)


def _spread(biases, rows, mask, count):
  """Biases, rows and mask of `count` evenly spaced frames of each piece."""
  length = jnp.sum(mask, -1, keepdims=True)
  count = min(count, rows.shape[1])
  places = ((jnp.arange(count) + 0.5) / count * length).astype(jnp.int32)

  def pick(values):
    return jax.vmap(lambda value, place: value[place])(values, places)

  return *jax.tree.map(pick, (biases, rows)), jnp.ones(places.shape, bool)


def _mean(values, mask):
  """The mean of [B, T] over the frames of the mask: [B]."""
  total = jnp.sum(jnp.where(mask, values, 0), -1)
  return total / jnp.maximum(jnp.sum(mask, -1), 1)
