"""Samples of an Energy model: chains of examples, or music frame by frame."""

import functools
from typing import Any, Literal

import jax
import jax.numpy as jnp

from zoo.contracts import Mode, Sampler, Spec, UserError
from zoo.layers.dropout import fold
from zoo.layers.gibbs import chains, write
from zoo.layers.gibbs import gibbs as run
from zoo.layers.visible import visible_of
from zoo.questions import Energy, asks

# Purposes of the random keys of a sample; 0 is that of its frames.
_FIRST, _CHAIN = 1, 2


@asks(Energy)
def gibbs(
  model: Any,
  spec: Spec,
  *,
  frames: int = 64,
  sweeps: int = 25,
  begin: Literal['silence', 'last_frame'] = 'silence',
) -> Sampler:
  """Builds the sampler of an Energy model.

  Modes:
    sample: frames from the start of a piece; or, for whole examples, the
      probabilities of visible units at the end of a chain from random units.
    continue: continues a piece, the condition {'roll': [n, T, P], 'length':
      [n]} of consecutive windows. Primer and continuation are returned.

  Args:
    model: a Flax module such as Rbm or RnnRbm.
    spec: of the encoder.
    frames: number of frames to sample; not for whole examples.
    sweeps: of the Gibbs chain of each frame, or of each example.
    begin: the initial state of the chain of a frame.

  Raises:
    UserError: no frame or sweep.
  """
  if min(frames, sweeps) < 1:
    raise UserError(
      f'sample/frames and sample/sweeps must be at least 1, not {frames} and '
      f'{sweeps}.'
    )

  on = functools.partial(write, model, steps=frames, sweeps=sweeps, begin=begin)

  def sample(params, state, keys, condition):
    del state, condition
    if not model.framed:
      logits = _chain(model, params, keys, sweeps)
      return visible_of(spec).write(logits[:, 0])
    return _rolls(on(params, keys, jnp.zeros((0, model.visible))), frames)

  def go_on(params, state, keys, condition):
    del state
    roll = jnp.asarray(condition['roll'])
    roll = roll.reshape(-1, roll.shape[-1])
    count = jnp.sum(jnp.asarray(condition['length']))
    return _rolls(on(params, keys, roll, count=count), count + frames)

  return {
    'sample': Mode(sample, help='from the start of a piece'),
    'continue': Mode(
      go_on,
      inputs=(1, 1),
      check=functools.partial(_check, model),
      help='from the end of a piece',
    ),
  }


def _check(model, condition):
  del condition
  if not model.framed:
    raise UserError(
      '--mode=continue needs a model of frames: set model/rows=frames.'
    )


def _rolls(frames, length):
  """Fields to decode, from frames [B, T, P]."""
  lengths = jnp.full(len(frames), length, jnp.int32)
  return {'roll': frames.astype(jnp.int32), 'length': lengths}


def _chain(model, params, keys, sweeps):
  """Log odds [B, 1, D] at the end of chains from random units."""
  size = 1, model.visible
  fair = jax.vmap(lambda key: jax.random.bernoulli(key, 0.5, size))
  rows = fair(fold(keys, _FIRST)).astype(jnp.float32)
  given, begun = {'params': params}, model.begin(len(keys))
  past = jnp.zeros_like(rows)
  biases, _ = model.apply(given, past, begun, method='condition')
  rows = run(chains(model, params, biases), rows, fold(keys, _CHAIN), sweeps)
  return model.apply(given, rows, biases, method='reconstruct')
