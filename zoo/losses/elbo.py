"""The evidence lower bound of a latent-variable model, with its options.

  loss = -log p(x | z) + beta max(KL(q(z | x) || p(z)) - free, 0)
         + sparsity sum_j KL(target || rho_j)

for each example, then the mean over the batch; the KL is summed over all
dimensions of z, as in magenta/models/music_vae. A model without noise in its
code (scale None) has no KL: the loss is then that of a plain autoencoder,
optionally sparse or denoising. In evaluation z is sampled as in training, beta
has its final value, nothing is hidden, and there is no sparsity term.

Source: Kingma & Welling 2014; beta: Higgins et al. 2017; free bits: Kingma et
al. 2016; word dropout: Bowman et al. 2016, arXiv 1511.06349; sparse: Ng,
CS294A; denoising: Vincent et al. 2008.
"""

import functools
import math
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp

from zoo.contracts import Loss, Spec, UserError
from zoo.layers import batch_statistics as stack
from zoo.layers import comparison, metrics
from zoo.layers.dropout import fold
from zoo.layers.latent import NOISE, sample_normal
from zoo.layers.reconstruction import check_share, check_sparsity
from zoo.layers.reconstruction import sparsity as divergence_from
from zoo.questions import Latent, asks


class _Options(NamedTuple):
  """The options of `elbo`."""

  beta: float
  free_bits: float
  anneal_steps: int
  anneal_rate: float
  word_dropout: float
  scheduled_sampling: str
  sampling_rate: float
  corruption: float
  sparsity: float
  target: float


@asks(Latent)
def elbo(
  model: Any,
  spec: Spec,
  *,
  beta: float = 0.0,
  free_bits: float = 0.0,
  anneal_steps: int = 0,
  anneal_rate: float = 0.0,
  word_dropout: float = 0.0,
  scheduled_sampling: Literal['off', 'inverse_sigmoid'] = 'off',
  sampling_rate: float = 1000.0,
  corruption: float = 0.0,
  sparsity: float = 0.0,
  target: float = 0.05,
) -> Loss:
  """Builds the loss of a Latent model.

  Args:
    model: a Flax module such as MusicVae or StackedAutoencoder.
    spec: of the encoder.
    beta: final weight of the KL; 0 for the reconstruction only.
    free_bits: bits of KL per example that are not penalized.
    anneal_steps: number of steps over which beta rises linearly.
    anneal_rate: or beta rises as beta (1 - rate^step), with .99999 in the
      paper; 0 for no annealing.
    word_dropout: share of the decoder's inputs that is hidden in training.
    scheduled_sampling: whether the decoder's inputs are increasingly its own
      symbols, with probability 1 - k / (k + exp(step / k)) (Bengio et al.
      2015).
    sampling_rate: that k, in steps.
    corruption: share of the encoder's input that is hidden in training.
    sparsity: weight of the divergence of mean activations of all hidden layers.
    target: rho, the target mean activation.

  Metrics [B]:
    loss; reconstruction, -log p(x | z) in nats; mistakes, see
    zoo.layers.comparison; kl_bits, if the code has noise.

  Raises:
    UserError: options that exclude each other or do not fit the model, or a
      share out of range.
  """
  options = _Options(
    beta,
    free_bits,
    anneal_steps,
    anneal_rate,
    word_dropout,
    scheduled_sampling,
    sampling_rate,
    corruption,
    sparsity,
    target,
  )
  _check(model, options)

  def init(rng, batch, before):
    del before  # the loop copies matching leaves
    params, shared = stack.init(model, rng, batch)
    shared = {'step': jnp.int32(0), **shared}
    return params, {'shared': shared, 'example': {}}

  return Loss(init, stack.begin, functools.partial(_loss, model, spec, options))


def _check(model, options):
  """Raises UserError if the options do not fit each other."""
  check_share(word_dropout=options.word_dropout, corruption=options.corruption)
  if options.anneal_steps and options.anneal_rate:
    raise UserError(
      'loss/anneal_steps and loss/anneal_rate both anneal beta: set one to 0.'
    )
  if options.sparsity:
    check_sparsity(_unbounded(model), options.sparsity, options.target)


def _loss(model, spec, options, params, state, batch, keys, train):
  """`loss` of zoo.contracts.Loss."""

  def call(state, method, *arguments):
    return stack.call(model, params, state, train, method, *arguments)

  step = state['shared']['step']
  drawn = keys if train else None
  noise = options.corruption if train else 0.0
  (z, scale), state = call(state, 'encode', batch, drawn, noise)
  found, cost = {}, 0.0
  if scale is not None:
    divergence = metrics.normal_divergence(z, scale)
    z = sample_normal(fold(keys, NOISE), z, scale)
    costly = jnp.maximum(divergence - options.free_bits * math.log(2), 0)
    cost = _weight(options, step, train) * costly
    found['kl_bits'] = divergence / math.log(2)
  elif options.beta:
    raise UserError(
      'loss/beta weights a KL divergence, and the code of '
      f'{type(model).__name__} has no noise: set loss/beta=0.'
    )
  own = _own_share(options, step, train)
  words = options.word_dropout if train else 0.0
  outputs, state = call(state, 'decode', z, batch, drawn, own, words)
  given = stack.variables(params, state)
  answers = model.apply(given, outputs, batch, method='log_prob')
  nats = -sum(jnp.sum(x.reshape(len(x), -1), 1) for x in answers.values())
  total = nats + cost
  # It depends on the whole batch, so it is not used in evaluation.
  if options.sparsity and train:
    hidden = model.apply(given, batch, drawn, noise, method='activations')
    total = total + options.sparsity * divergence_from(hidden, options.target)
  if train:
    state = {**state, 'shared': state['shared'] | {'step': step + 1}}
  logits = model.apply(given, outputs, method='logits')
  found['mistakes'] = comparison.mistakes(spec, logits, batch)
  found = {'loss': total, 'reconstruction': nats, **found}
  return jnp.mean(total), (state, found)


def _weight(options, step, train):
  """Beta at a step."""
  beta = options.beta
  if train and options.anneal_steps:
    return beta * jnp.minimum(step / options.anneal_steps, 1.0)
  if train and options.anneal_rate:
    return beta * (1 - options.anneal_rate ** step.astype(jnp.float32))
  return beta


def _own_share(options, step, train):
  """Probability that the decoder reads its own symbols at a step."""
  if not train or options.scheduled_sampling == 'off':
    return 0.0
  k = options.sampling_rate
  # k / (k + e^(step / k)), as a sigmoid that does not overflow.
  return jax.nn.sigmoid(step / k - math.log(k))


def _unbounded(model):
  """Why a model has no activations from 0 to 1; '' if it has."""
  if not hasattr(model, 'activations'):
    return f'{type(model).__name__} has none: set loss/sparsity=0'
  return model.unbounded
