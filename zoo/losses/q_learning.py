"""RL-Tuner as published: a sequence model tuned by Q-learning.

The network's outputs become values of the symbols. With p a frozen copy of the
model before tuning, r the music-theory reward divided by c, and z the outputs:

  q    Q = z          y = log p + r + d max Q'
  psi  Psi = z        y = log p + r + d log sum exp Psi'
  g    G = z - log p  y = r + d log sum exp z'

with targets y from a target network that slowly follows, on melodies from a
replay buffer. Outputs of `g` contain log p, so that tuned models of all three
are sampled as before: from softmax(z).

Source: Jaques, Gu, Turner and Eck, arXiv 1611.02796, section 3; psi is of
Kappen et al. 2012, g of Fox et al. 2015.
"""

import functools
from typing import Any, Literal

import jax
from jax import lax
import jax.numpy as jnp

from zoo.contracts import Loss, Spec, UserError
from zoo.layers.autoregression import draw_uniforms
from zoo.layers.dropout import fold
from zoo.layers.music_theory import PUBLISHED
from zoo.losses.likelihood import init_model
from zoo.losses.policy import (
  check_rewards,
  inherited,
  log_probs,
  logits_of,
  roll_out,
  theory_of,
)
from zoo.questions import Autoregressive, asks

# Purposes of the random keys of an example.
_WRITE, _EXPLORE, _REPLAY = range(3)


@asks(Autoregressive, fields=('tokens',))
def q_learning(
  model: Any,
  spec: Spec,
  total_steps: int,
  *,
  algorithm: Literal['q', 'psi', 'g'] = 'q',
  scale: float = 10.0,
  rewards: tuple[str, ...] = PUBLISHED,
  discount: float = 0.5,
  exploration: Literal['boltzmann', 'greedy'] = 'boltzmann',
  epsilon: tuple[float, float] = (1.0, 0.1),
  explored: float = 0.5,
  memory: int = 48,
  replayed: int = 2,
  follow: float = 0.01,
) -> Loss:
  """Builds the loss; each example of a batch generates one melody per step.

  Args:
    model: an Autoregressive module of melody tokens.
    spec: of the encoder melody.
    total_steps: of the stage.
    algorithm: see above.
    scale: c, by which music-theory rewards are divided.
    rewards: names of zoo.layers.music_theory.REWARDS that are added up.
    discount: d; .5 in the authors' training script.
    exploration: how symbols that are not random are chosen: sampled from
      softmax(z), or the best.
    epsilon: initial and final share of random symbols.
    explored: share of the stage over which it falls linearly.
    memory: size of each example's replay buffer, in melodies.
    replayed: number of melodies drawn from the buffer at each step.
    follow: rate at which the target network follows at each step.

  Metrics, [B] each: loss, the mean squared error of the values; reward, the sum
    of the music-theory rewards of the generated melody, not divided by c.

  Raises:
    UserError: an unknown reward, or a number out of range.
  """
  check_rewards(scale, rewards)
  _check(discount, epsilon, explored, memory, replayed, follow)
  theory = theory_of(spec, rewards)
  errors = functools.partial(_errors, model, algorithm, discount)
  steps, classes = spec.sizes['steps'], spec.sizes['classes']

  def init(rng, batch, before):
    params = init_model(model, rng, batch)['params']
    first = inherited(params, before)
    shared = {'reference': first, 'target': first, 'step': jnp.int32(0)}
    return params, {'shared': shared, 'example': begin(batch)}

  def begin(batch):
    rows = len(batch['tokens'])
    return {'tokens': jnp.zeros((rows, memory, steps), jnp.int8)}

  def explore(params, keys, step):
    """Melodies [B, T], some symbols at random."""
    done = step / max(explored * total_steps, 1)
    share = epsilon[0] + (epsilon[1] - epsilon[0]) * jnp.minimum(done, 1)
    allowed = _at_random(fold(keys, _EXPLORE), share, classes)
    temperature = 1.0 if exploration == 'boltzmann' else 0.0
    keys = fold(keys, _WRITE)
    return roll_out(model, params, keys, steps, temperature, allowed)

  def loss(params, state, batch, keys, train):
    del batch
    shared, buffer = state['shared'], state['example']['tokens']
    step = shared['step']
    written = explore(lax.stop_gradient(params), keys, step)
    if train:
      replay = fold(keys, _REPLAY)
      buffer, seen = _replay(buffer, written, replay, step, replayed)
      target = _follow(shared['target'], params, follow)
      shared = {**shared, 'target': target, 'step': step + 1}
    else:
      seen = written[:, None]
    rows = seen.reshape(-1, steps)
    found = errors(params, state['shared'], rows, theory(rows) / scale)
    each = jnp.mean(jnp.square(found).reshape(len(seen), -1), 1)
    metrics = {'loss': each, 'reward': jnp.sum(theory(written), 1)}
    state = {'shared': shared, 'example': {'tokens': buffer}}
    return jnp.mean(each), (state, metrics)

  return Loss(init, begin, loss)


def _at_random(keys, share, classes):
  """`allowed` of `roll_out`: a share of steps allow a single random class."""

  def allowed(symbols, place):
    del symbols
    random = draw_uniforms(keys, place, 2)
    one = jnp.floor(random[:, 1:] * classes) == jnp.arange(classes)
    return one | (random[:, :1] >= share)

  return allowed


def _errors(model, algorithm, discount, params, shared, tokens, rewards):
  """Differences between the values of symbols and their targets.

  Args:
    model: an Autoregressive module.
    algorithm: see the top of this file.
    discount: d.
    params: of the network.
    shared: {'reference', 'target'} -> parameters of p and the target network.
    tokens: [N, T] melodies.
    rewards: [N, T] r, already divided by c.

  Returns:
    [N, T]; only the values have a gradient.
  """
  logs = log_probs(model, shared['reference'], tokens)
  outputs = logits_of(model, params, tokens)
  value = jnp.take_along_axis(outputs, tokens[..., None], -1)[..., 0]
  later = logits_of(model, shared['target'], tokens)[:, 1:]
  if algorithm == 'q':
    later = jnp.max(later, -1)
  else:
    later = jax.nn.logsumexp(later, -1)
  later = jnp.pad(later, ((0, 0), (0, 1)))  # The melody ends.
  target = rewards + discount * later
  if algorithm == 'g':
    return value - logs - lax.stop_gradient(target)
  return value - lax.stop_gradient(logs + target)


def _replay(buffer, written, keys, step, count):
  """Replaces the oldest melodies, and draws from all that are stored.

  Args:
    buffer: [B, M, T] int8, the stored melodies.
    written: [B, T] the melodies of this step.
    keys: [B] random keys.
    step: [] from 0.
    count: how many are drawn.

  Returns:
    The buffer, and the melodies drawn, [B, count, T] int32.
  """
  memory = buffer.shape[1]
  buffer = lax.dynamic_update_index_in_dim(
    buffer, written.astype(jnp.int8), step % memory, 1
  )
  filled = jnp.minimum(step + 1, memory)
  chosen = draw_uniforms(keys, 0, count) * filled
  chosen = chosen.astype(jnp.int32)[..., None]
  return buffer, jnp.take_along_axis(buffer, chosen, 1).astype(jnp.int32)


def _follow(copy, params, share):
  """The target network, moved toward the network by a share of the way."""
  return jax.tree.map(
    lambda old, new: old + share * (lax.stop_gradient(new) - old), copy, params
  )


def _check(discount, epsilon, explored, memory, replayed, follow):
  """Raises UserError if a number is out of range."""
  shares = (discount, *epsilon, explored, follow)
  if len(epsilon) != 2 or min(shares) < 0 or max(shares) > 1:
    raise UserError(
      'loss/discount, explored and follow must be shares, and loss/epsilon two '
      f'of them, from 0 to 1, not {discount}, {explored}, {follow} and '
      f'{list(epsilon)}.'
    )
  if memory < 1 or replayed < 1:
    raise UserError(
      f'loss/memory and loss/replayed must be at least 1, not {memory} and '
      f'{replayed}.'
    )
