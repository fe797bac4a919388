"""Adversarial training of generator and discriminator, with one scalar loss.

  loss = D(x, stop(G(z))) + G(stop(D), G(z))

The discriminator's term has no gradient with respect to the generator, and vice
versa, so that the gradient of the sum is each player's own. The optimizer
decides which player is updated when: `turns` and `of` give k steps of the
discriminator to one of the generator; by default both are updated at once.

With l the score (a logit) and t the target of real examples:

  saturating       D: -t log s(l(x)) - (1-t) log s(-l(x)) - log s(-l(G(z)))
                   G: log s(-l(G(z)))
  non_saturating   D: the same         G: -log s(l(G(z)))
  wasserstein      D: l(G(z)) - l(x)   G: -l(G(z))

Source: Goodfellow et al. 2014, arXiv 1406.2661 (algorithm 1, and the remark on
saturation); label smoothing and feature matching: Salimans et al. 2016, arXiv
1606.03498; gradient penalty: Gulrajani et al. 2017, arXiv 1704.00028; R1:
Mescheder et al. 2018, arXiv 1801.04406.
"""

import functools
from typing import Any, Literal, NamedTuple

import jax
from jax import lax
import jax.numpy as jnp

from zoo.contracts import Loss, Tree, UserError
from zoo.layers import batch_statistics as stack
from zoo.layers.dropout import fold
from zoo.questions import Adversary, asks
from zoo.training import parallel

# Purposes of the random keys of an example.
_LATENT, _GENERATE, _BETWEEN, _REAL, _FAKE = range(5)


class Rules(NamedTuple):
  """Options of `adversarial`."""

  kind: str
  real_target: float
  feature_matching: float
  mean_matching: float
  instance_noise: float
  penalty: str
  penalty_weight: float


@asks(Adversary)
def adversarial(
  model: Any,
  *,
  kind: Literal[
    'saturating', 'non_saturating', 'wasserstein'
  ] = 'non_saturating',
  real_target: float = 1.0,
  feature_matching: float = 0.0,
  mean_matching: float = 0.0,
  instance_noise: float = 0.0,
  penalty: Literal['none', 'between', 'real'] = 'none',
  penalty_weight: float = 10.0,
) -> Loss:
  """Builds the loss of an Adversary.

  In evaluation (train false) fake examples are generated as in training, and
  features are not matched.

  Args:
    model: a Flax module such as Gan.
    kind: see above.
    real_target: t; 0.9 is one-sided label smoothing.
    feature_matching: weight of the squared distance between the mean features
      of real and fake examples of the whole batch, for the generator.
    mean_matching: the same for the examples themselves, such as MidiNet's mean
      bar.
    instance_noise: standard deviation of Gaussian noise that is added to real
      and fake examples before discrimination, to hide that real ones are
      discrete (Sonderby et al. 2017, arXiv 1610.04490).
    penalty: on the discriminator's gradient. `between`: its norm should be 1
      between real and fake examples (WGAN-GP); `real`: it should be 0 at real
      examples (R1).
    penalty_weight: lambda of WGAN-GP; gamma / 2 of R1.

  Metrics:
    loss, discriminator, generator (each player's own term), real_score,
    fake_score, penalty (unweighted): [B]. `loss` does not measure progress: the
    two terms oppose each other.

  Raises:
    UserError: a target for wasserstein scores, which are not probabilities.
  """
  if kind == 'wasserstein' and real_target != 1.0:
    raise UserError(
      'loss/real_target smooths a probability, and wasserstein scores are '
      'not: leave it at 1.0, or take another loss/kind.'
    )
  rules = Rules(
    kind,
    real_target,
    feature_matching,
    mean_matching,
    instance_noise,
    penalty,
    penalty_weight,
  )
  loss = functools.partial(_loss, model, rules)
  return Loss(functools.partial(first, model), stack.begin, loss)


def first(model: Any, rng: Any, batch: Tree, before: Tree) -> tuple[Tree, Tree]:
  """`init` of a Loss: the parameters of an Adversary, and batch statistics."""
  del before  # the loop copies matching leaves
  one = jax.tree.map(lambda leaf: leaf[:1], batch)
  variables = jax.jit(model.init)(rng, one, jax.random.split(rng, 1))
  return stack.split(variables)


def _loss(model, rules, params, state, batch, keys, train):
  """`loss` of a Loss."""

  def call(params, method, *arguments):
    nonlocal state
    found, state = stack.call(model, params, state, train, method, *arguments)
    return found

  def score(params, examples):
    """Scores and features, without updating batch statistics again."""
    arguments = (train, 'discriminate', examples, batch)
    return stack.call(model, params, state, *arguments)[0]

  z, noise = model.prior(fold(keys, _LATENT)), fold(keys, _GENERATE)
  fake = call(params, 'generate', z, batch, noise)
  real = model.real(batch)
  if rules.instance_noise:
    real = _noisy(fold(keys, _REAL), real, rules.instance_noise)
    fake = _noisy(fold(keys, _FAKE), fake, rules.instance_noise)
  held = lax.stop_gradient(fake)
  real_score, real_features = call(params, 'discriminate', real, batch)
  fake_score, _ = call(params, 'discriminate', held, batch)
  # The same scores, with a gradient for the generator only.
  fooled, fake_features = score(lax.stop_gradient(params), fake)
  discriminator, generator = _game(
    rules.kind, real_score, fake_score, fooled, rules.real_target
  )
  steepness = jnp.zeros_like(real_score)
  if rules.penalty != 'none':
    where, norm = real, 0.0
    if rules.penalty == 'between':
      where, norm = _between(fold(keys, _BETWEEN), real, held), 1.0
    steepness = _steepness(lambda x: score(params, x)[0], where, norm)
    discriminator += rules.penalty_weight * steepness
  # These depend on the whole batch, so they are not used in evaluation.
  if train:
    for weight, made, target in (
      (rules.feature_matching, fake_features, real_features),
      (rules.mean_matching, fake, real),
    ):
      if weight:
        gap = parallel.mean(jnp.mean(made - lax.stop_gradient(target), 0))
        generator += weight * jnp.sum(jnp.square(gap))
  total = discriminator + generator
  return jnp.mean(total), (
    state,
    {
      'loss': total,
      'discriminator': discriminator,
      'generator': generator,
      'real_score': real_score,
      'fake_score': fake_score,
      'penalty': steepness,
    },
  )


def _game(kind, real, fake, fooled, target):
  """Losses of discriminator and generator, [B] each."""
  if kind == 'wasserstein':
    return fake - real, -fooled
  # -log s(l) = softplus(-l)
  discriminator = (
    target * jax.nn.softplus(-real)
    + (1 - target) * jax.nn.softplus(real)
    + jax.nn.softplus(fake)
  )
  if kind == 'saturating':
    return discriminator, -jax.nn.softplus(fooled)
  return discriminator, jax.nn.softplus(-fooled)


def _noisy(keys, examples, deviation):
  noise = jax.vmap(lambda key: jax.random.normal(key, examples.shape[1:]))
  return examples + deviation * noise(keys)


def _between(keys, real, fake):
  """A random point between each real example and a fake one."""
  share = jax.vmap(jax.random.uniform)(keys)
  share = share.reshape(-1, *[1] * (real.ndim - 1))
  return real + share * (fake - real)


def _steepness(score, examples, norm):
  """(|gradient of the score| - norm)^2 at each of the examples, [B]."""
  slope = jax.grad(lambda x: jnp.sum(score(x)))(examples)
  squared = jnp.sum(jnp.square(slope), range(1, slope.ndim))
  if not norm:
    return squared
  # The gradient of the square root is infinite at 0.
  return jnp.square(jnp.sqrt(jnp.maximum(squared, 1e-12)) - norm)
