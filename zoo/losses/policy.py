"""A sequence model tuned by reward, with a KL to what it was before.

  maximise  E_pi[ sum_t r_t / c ] - KL(pi || p),

of melodies written by the model itself, pi, where p is the model as it stood
when tuning began, frozen. This is what RL-Tuner's Q-learning approximates
(Jaques et al., arXiv 1611.02796, section 3.2); here it is a policy gradient
(Williams 1992): r_t / c - (log pi - log p) is the reward of each step, and its
advantage is the sum from there on less the mean over the batch.
"""

from typing import Any

import jax
from jax import lax
import jax.numpy as jnp

from zoo.contracts import Autoregressive, Loss, Spec, Tree, UserError, asks
from zoo.layers import music_theory
from zoo.layers.autoregression import write
from zoo.layers.music_theory import REWARDS
from zoo.losses.likelihood import init_model
from zoo.training import parallel

# The published rewards but the autocorrelation over all symbols, which counts
# note-hold-note-hold as a fault and so breaks the metre.
OURS = tuple(name for name in REWARDS if name != 'autocorrelation')


@asks(Autoregressive, fields=('tokens',))
def policy(
  model: Any,
  spec: Spec,
  *,
  scale: float = 5.0,
  rewards: tuple[str, ...] = OURS,
) -> Loss:
  """Builds the loss; each example of a batch stands for one melody written.

  The model begins as the stage before left it, or as `start` has it.

  Args:
    model: an Autoregressive module of melody tokens.
    spec: of the encoder melody.
    scale: c, by which music-theory rewards are divided.
    rewards: names of zoo.layers.music_theory.REWARDS that are added up.

  Metrics, [B] each:
    loss, minus the sum of rewards of a melody less its divergence; reward, the
    sum of the music-theory rewards, before c; divergence, log pi - log p, whose
    mean is the KL in nats a melody.

  Raises:
    UserError: an unknown reward, or a scale of 0 or less.
  """
  check_rewards(scale, rewards)
  theory = theory_of(spec, rewards)
  steps = spec.sizes['steps']

  def init(rng, batch, before):
    params = init_model(model, rng, batch)['params']
    shared = {'reference': inherited(params, before)}
    return params, {'shared': shared, 'example': begin(batch)}

  def begin(batch):
    del batch
    return {}

  def loss(params, state, batch, keys, train):
    del batch, train
    frozen = lax.stop_gradient(params)
    tokens = roll_out(model, frozen, keys, steps)
    logs = log_probs(model, params, tokens)
    reference = state['shared']['reference']
    apart = lax.stop_gradient(logs - log_probs(model, reference, tokens))
    reward = theory(tokens)
    gain = reward / scale - apart
    advantage = jnp.cumsum(gain[:, ::-1], 1)[:, ::-1]
    advantage = advantage - parallel.mean(jnp.mean(advantage, 0))
    surrogate = -jnp.mean(jnp.sum(advantage * logs, 1))
    metrics = {
      'loss': -jnp.sum(gain, 1),
      'reward': jnp.sum(reward, 1),
      'divergence': jnp.sum(apart, 1),
    }
    return surrogate, (state, metrics)

  return Loss(init, begin, loss)


def roll_out(
  model: Any,
  params: Tree,
  keys: jax.Array,
  steps: int,
  temperature: float = 1.0,
  allowed: Any = None,
) -> jax.Array:
  """Tokens [B, T] that the model writes, a key each; has no gradient."""
  written = write(
    model,
    params,
    keys,
    jnp.zeros((len(keys), 0), jnp.int32),
    steps=steps,
    temperature=(temperature,),
    allowed=allowed,
  )
  return lax.stop_gradient(written.symbols)


def logits_of(model: Any, params: Tree, tokens: jax.Array) -> jax.Array:
  """[B, T, K] of tokens [B, T], by teacher forcing."""
  given, carry = model.given(tokens, {}), model.begin(len(tokens))
  return model.apply({'params': params}, tokens, given, carry)[0]


def log_probs(model: Any, params: Tree, tokens: jax.Array) -> jax.Array:
  """[B, T] log-probability of tokens, by teacher forcing."""
  outputs = logits_of(model, params, tokens)
  return model.log_prob(outputs, tokens)[model.streams[0]]


def theory_of(spec: Spec, names: tuple[str, ...]) -> Any:
  """(tokens [B, T]) -> [B, T] the sum of music-theory rewards."""

  def theory(tokens):
    symbols, tonic = music_theory.numbered(tokens, spec.tables['pitches'])
    return music_theory.total(symbols, tonic, names)

  return theory


def check_rewards(scale: float, rewards: tuple[str, ...]) -> None:
  """Raises UserError for unknown rewards, none, or a scale of 0 or less."""
  unknown = [name for name in rewards if name not in REWARDS]
  if unknown or not rewards:
    raise UserError(
      f'loss/rewards names {unknown[0] if unknown else "nothing"}: take some '
      f'of {", ".join(REWARDS)}.'
    )
  if scale <= 0:
    raise UserError(f'loss/scale must be above 0, not {scale}.')


def inherited(params: Tree, before: Tree) -> Tree:
  """`before` where it has the leaves of `params`, or else these."""
  shapes = [jax.tree.map(jnp.shape, tree) for tree in (params, before)]
  alike = jax.tree.structure(params) == jax.tree.structure(before)
  return before if alike and shapes[0] == shapes[1] else params
