"""Implicit maximum likelihood: every example should have a sample close to it.

  loss = mean over data x of d(x, G(z*)),  z* = argmin over a pool of d(x, G(z))

A pool of samples is generated; each data example selects the nearest, which is
pulled closer to it. Every example pulls, so no mode of the data is dropped.
Samples that no example selects are not constrained. It uses only the generator
of an Adversary.

Source: Li & Malik 2018, arXiv 1809.09087.
"""

from collections.abc import Callable, Sequence
import functools
from typing import Any, Literal, NamedTuple

import jax
from jax import lax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import HOLD, Loss, Spec, UserError
from zoo.layers.dropout import fold
from zoo.questions import Adversary, asks
from zoo.training import parallel

# Purposes of the random keys of an example.
_LATENT, _GENERATE = range(2)

# Added to probabilities of melodies: an example that differs a lot hardly
# pulls, so that a sample resembles some of those that select it instead of
# their average. After 450 steps of imle_celtic with pool 4, coverage is .59 for
# .001, .804 for .05 and .70 for .1; without the logarithm it stays at .07.
_SLACK = 0.05


class Space(NamedTuple):
  """The space in which distances are measured.

  Attributes:
    view: examples [n, ...] -> points [n, ...].
    distances: (points [n, ...], points [m, ...]) -> [n, m].
    pull: (points [n, ...], points [n, ...]) -> [n], the loss that pulls each
      of the second to the first.
  """

  view: Callable[[Any], jax.Array]
  distances: Callable[[jax.Array, jax.Array], jax.Array]
  pull: Callable[[jax.Array, jax.Array], jax.Array]


@asks(Adversary)
def nearest(
  model: Any,
  spec: Spec,
  *,
  pool: int = 8,
  space: Literal['examples', 'sounding'] = 'examples',
) -> Loss:
  """Builds the loss of an Adversary's generator.

  In evaluation (train false) an example selects only among the samples of its
  own keys, so that metrics do not depend on the batches.

  Args:
    model: a Flax module such as Gan, without conditions; only its generator
      gets parameters.
    spec: of the encoder.
    pool: samples for each example of a batch; an example selects among those
      of the whole batch, on all devices.
    space: of the distance. `examples`: Euclidean; a sample that is pulled in
      several directions moves to one example, not between them as with squared
      distances. `sounding`: for melodies, as in mode_collapse, the number of
      steps at which the active pitch differs plus those at which the event
      differs (a hold, a note-off, an onset); for a generator's classes the
      expected number, with independent steps. The selected sample is pulled by
      about -log of the probability of no difference.

  Metrics:
    loss; distance, of the selected sample: [B].

  Raises:
    UserError: no pool, or `sounding` with an encoder that has no melody.
  """
  if getattr(model, 'conditions', ()):
    raise UserError(
      'loss/name nearest generates samples without conditions, which the model '
      f'needs ({", ".join(model.conditions)}): take the loss adversarial.'
    )
  if pool < 1:
    raise UserError(f'loss/pool must be at least 1, not {pool}.')
  if space == 'sounding' and 'pitches' not in spec.tables:
    raise UserError(
      "loss/space='sounding' reads melody tokens, which the encoder "
      f"'{spec.encoder}' does not have: set loss/space to 'examples'."
    )
  where = EXAMPLES if space == 'examples' else melodies(spec.tables['pitches'])

  def init(rng, batch, before):
    del batch, before  # the loop copies matching leaves
    keys = jax.random.split(rng, 1)
    draw = jax.jit(functools.partial(model.init, method='generate'))
    params = draw(rng, model.prior(keys), {}, keys)['params']
    return params, {'shared': {}, 'example': {}}

  def begin(batch):
    del batch  # nothing is carried from step to step
    return {}

  loss = functools.partial(_loss, model, where, pool)
  return Loss(init, begin, loss)


def _loss(model, where, pool, params, state, batch, keys, train):
  """`loss` of a Loss."""

  def generate(params, z, noise):
    made = model.apply({'params': params}, z, {}, noise, method='generate')
    return where.view(made)

  data = where.view(model.real(batch))
  z = model.prior(_each(fold(keys, _LATENT), pool))
  noise = _each(fold(keys, _GENERATE), pool)
  points = generate(lax.stop_gradient(params), z, noise)
  if train:
    # One pool for the batch, for any number of devices.
    numbers = jax.random.key_data(noise)
    z, numbers, points = parallel.gather((z, numbers, points))
    noise = jax.random.wrap_key_data(numbers)
    chosen = jnp.argmin(where.distances(data, points), -1)
  else:
    own = points.reshape(len(data), pool, *points.shape[1:])
    found = jax.vmap(where.distances)(data[:, None], own)[:, 0]
    chosen = jnp.argmin(found, -1) + pool * jnp.arange(len(data))
  closer = generate(params, z[chosen], noise[chosen])
  each = where.pull(data, closer)
  distance = jax.vmap(where.distances)(data[:, None], closer[:, None])
  metrics = {'loss': each, 'distance': distance[:, 0, 0]}
  return jnp.mean(each), (state, metrics)


def _distances(first, second):
  """|x - y| of all pairs."""
  first = first.reshape(len(first), -1)
  second = second.reshape(len(second), -1)
  sums = [jnp.sum(jnp.square(each), -1) for each in (first, second)]
  squares = sums[0][:, None] + sums[1] - 2 * first @ second.T
  return jnp.sqrt(jnp.maximum(squares, 0))


def _pull(first, second):
  """|x - y| of each pair."""
  gaps = jnp.square(first - second).reshape(len(first), -1)
  # The gradient of the square root is infinite at 0.
  return jnp.sqrt(jnp.maximum(jnp.sum(gaps, -1), 1e-12))


EXAMPLES = Space(lambda examples: examples, _distances, _pull)


def melodies(pitches: Sequence[int]) -> Space:
  """The space `sounding` of classes [n, T, K]; see `nearest`.

  Points [n, T, S + 3] are the probabilities of the S active pitches, including
  silence, and of a hold, a note-off and an onset.

  Args:
    pitches: MIDI pitch of each class, -1 for symbols; class 0 holds.
  """
  midi = np.asarray(pitches)
  states = np.unique(np.append(midi, -1))
  active = np.asarray(midi[:, None] == states, np.float32)
  active[HOLD] = 0
  happens = np.where(midi < 0, 1, 2)
  happens[HOLD] = 0
  events = np.eye(3, dtype=np.float32)[happens]
  silence = np.float32(states == -1)

  def view(examples):
    hold = examples[..., HOLD, None]

    def step(before, now):
      written, hold = now
      state = written + hold * before
      return state, state

    begin = jnp.broadcast_to(silence, (len(examples), len(states)))
    over_time = jax.tree.map(
      lambda x: jnp.swapaxes(x, 0, 1), (examples @ active, hold)
    )
    _, found = lax.scan(step, begin, over_time)
    return jnp.concatenate([jnp.swapaxes(found, 0, 1), examples @ events], -1)

  def distances(first, second):
    same = first.reshape(len(first), -1) @ second.reshape(len(second), -1).T
    return 2 * first.shape[1] - same

  def pull(first, second):
    agreed = (first * second)[..., : len(states)], (first * second)[..., -3:]
    shares = [(jnp.sum(x, -1) + _SLACK) / (1 + _SLACK) for x in agreed]
    return -jnp.sum(jnp.log(shares[0]) + jnp.log(shares[1]), -1)

  return Space(view, distances, pull)


def _each(keys, count):
  """`count` keys of each of the keys [B]: [B * count]."""
  return jax.vmap(lambda key: jax.random.split(key, count))(keys).reshape(-1)
