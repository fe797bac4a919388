"""The evidence lower bound of a variational autoencoder, with its knobs.

  loss = sum_t -log p(x_t | x_<t, z) + beta max(KL(q(z|x) || p(z)) - free, 0)

for each sequence, then the mean over the batch; the KL is summed over all of
z, as magenta/models/music_vae does.

Source: Kingma & Welling 2014; beta: Higgins et al. 2017; free bits: Kingma et
al. 2016; word dropout: Bowman et al. 2016, arXiv 1511.06349.
"""

import math
from typing import Any, Literal

import jax
import jax.numpy as jnp

from zoo.contracts import Loss, UserError
from zoo.layers import metrics
from zoo.layers.dropout import fold
from zoo.layers.reconstruction import check_share
from zoo.models.music_vae import sample_normal

# One purpose each for the random keys of an example.
_LATENT, _HIDE, _REHEARSE, _READ, _WRITE = range(5)


def elbo(
  model: Any,
  *,
  beta: float,
  free_bits: float = 0.0,
  anneal_steps: int = 0,
  anneal_rate: float = 0.0,
  word_dropout: float = 0.0,
  scheduled_sampling: Literal['off', 'inverse_sigmoid'] = 'off',
  sampling_rate: float = 1000.0,
) -> Loss:
  """Builds the loss of `model`, which encodes, shifts, decodes and rehearses.

  A batch holds `tokens` [B, T]. In evaluation (train false) z is drawn from
  its key as in training, beta is the final one, and nothing is hidden.

  Args:
    model: a Flax module such as MusicVae.
    beta: final weight of the KL.
    free_bits: bits of KL a sequence that cost nothing.
    anneal_steps: beta rises linearly over so many steps.
    anneal_rate: or as beta (1 - rate^step); .99999 in the paper. 0 is off.
    word_dropout: share of the decoder's inputs that is hidden in training.
    scheduled_sampling: the decoder's inputs are more and more its own tokens,
      with probability 1 - k / (k + exp(step / k)) (Bengio et al. 2015).
    sampling_rate: that k, in steps.

  Metrics:
    loss, cross_entropy (nats), kl_bits, accuracy (of the likeliest token, the
    tokens before it given): [B].

  Raises:
    UserError: two ways of annealing at once, or a share out of range.
  """
  check_share(word_dropout=word_dropout)
  if anneal_steps and anneal_rate:
    raise UserError(
      'loss/anneal_steps and loss/anneal_rate both anneal beta: set one to 0.'
    )

  def init(rng, batch, before):
    del before  # the loop copies what fits
    params = jax.jit(model.init)(rng, batch['tokens'][:1])['params']
    return params, {'shared': {'step': jnp.int32(0)}, 'example': {}}

  def begin(batch):
    del batch  # nothing is carried from step to step
    return {}

  def weight(step):
    if anneal_steps:
      return beta * jnp.minimum(step / anneal_steps, 1.0)
    if anneal_rate:
      return beta * (1 - anneal_rate ** step.astype(jnp.float32))
    return beta

  def loss(params, state, batch, keys, train):
    def call(method, *arguments):
      return model.apply({'params': params}, *arguments, method=method)

    tokens = batch['tokens'].astype(jnp.int32)
    step = state['shared']['step']
    mu, sigma = call('encode', tokens, fold(keys, _READ) if train else None)
    z = sample_normal(fold(keys, _LATENT), mu, sigma)
    if train and scheduled_sampling != 'off':
      # k / (k + e^(step / k)), as a sigmoid that does not overflow.
      own = jax.nn.sigmoid(step / sampling_rate - math.log(sampling_rate))
      inputs = call('rehearse', z, tokens, fold(keys, _REHEARSE), own)
    else:
      inputs = call('shift', tokens)
    if train and word_dropout:
      inputs = _hide(inputs, fold(keys, _HIDE), word_dropout, model.classes)
    logits = call('decode', z, inputs, fold(keys, _WRITE) if train else None)
    cross_entropy = metrics.cross_entropy(logits, tokens)
    divergence = metrics.normal_divergence(mu, sigma)
    costly = jnp.maximum(divergence - free_bits * math.log(2), 0)
    total = cross_entropy + (weight(step) if train else beta) * costly
    if train:
      state = {**state, 'shared': {'step': step + 1}}
    return jnp.mean(total), (
      state,
      {
        'loss': total,
        'cross_entropy': cross_entropy,
        'kl_bits': divergence / math.log(2),
        'accuracy': metrics.accuracy(jnp.argmax(logits, -1), tokens),
      },
    )

  return Loss(init, begin, loss)


def _hide(inputs, keys, rate, none):
  """Word dropout: a share of the inputs [B, T] becomes `none`."""

  def hidden(key):
    return jax.random.bernoulli(key, rate, inputs.shape[1:])

  return jnp.where(jax.vmap(hidden)(keys), none, inputs)
