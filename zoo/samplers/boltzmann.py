"""Samples of machines: chains of pictures, or music frame by frame."""

from typing import Any, Literal

import jax
from jax import lax
import jax.numpy as jnp

from zoo.contracts import Sampler, Spec, UserError
from zoo.layers.boltzmann import (
  hidden_logits,
  probability,
  visible_logits,
)
from zoo.layers.dropout import fold
from zoo.layers.gibbs import block, gibbs
from zoo.layers.visible import visible_of
from zoo.samplers.drawing import check_model

# One purpose each for the random keys of a sample.
_FRAME, _FIRST, _CHAIN = range(3)


def boltzmann(
  model: Any,
  spec: Spec,
  *,
  frames: int = 64,
  sweeps: int = 25,
  begin: Literal['silence', 'last_frame'] = 'silence',
) -> Sampler:
  """Builds the sampler of a model that gives each frame its machine.

  Modes:
    sample: frames from the start of a piece; or, of whole examples, the
      probabilities of visible units where a chain from random units ends.
    continue: condition {'roll': [n, T, P], 'length': [n]}, a piece in windows
      end to end; goes on from its end. Primer and continuation are returned.

  Args:
    model: a Flax module such as Rbm or RnnRbm.
    spec: tells what is written.
    frames: to write; whole examples have none.
    sweeps: of the Gibbs chain of each frame, or of each example.
    begin: where the chain of a frame begins.

  Raises:
    UserError: no frame or sweep.
  """
  check_model('boltzmann', model, 'machine', 'visible')
  if min(frames, sweeps) < 1:
    raise UserError(
      f'sample/frames and sample/sweeps must be at least 1, not {frames} and '
      f'{sweeps}.'
    )

  def machine_of(params, past, carry):
    return model.apply({'params': params}, past, carry, method='machine')

  def write(params, keys, primer, length):
    """`length` frames of primer [T, P], then `frames` new ones, each sample."""
    silence = jnp.zeros((len(keys), 1, model.visible))

    def step(before, now):
      carry, last = before
      number, given = now
      machine, carry = machine_of(params, last, carry)
      first = silence if begin == 'silence' else last
      drawn = gibbs(
        block(machine), first, fold(fold(keys, _FRAME), number), sweeps
      )
      frame = jnp.where(number < length, given, drawn)
      return (carry, frame), frame[:, 0]

    total = len(primer) + frames
    given = jnp.pad(primer, ((0, frames), (0, 0))).astype(jnp.float32)
    _, roll = lax.scan(
      step,
      (model.begin(len(keys)), silence),
      (jnp.arange(total), given),
    )
    music = (jnp.arange(total) < length + frames)[None, :, None]
    return {
      'roll': jnp.where(music, jnp.swapaxes(roll, 0, 1), 0).astype(jnp.int32),
      'length': jnp.full(len(keys), length + frames, jnp.int32),
    }

  def sample(params, state, keys, condition):
    del state, condition
    if model.framed:
      return write(params, keys, jnp.zeros((0, model.visible)), 0)
    machine, _ = machine_of(params, None, ())
    fair = jax.vmap(
      lambda key: jax.random.bernoulli(key, 0.5, (model.visible,))
    )
    rows = fair(fold(keys, _FIRST)).astype(jnp.float32)
    rows = gibbs(block(machine), rows, fold(keys, _CHAIN), sweeps)
    hidden = probability(hidden_logits(machine, rows))
    return visible_of(spec).write(visible_logits(machine, hidden))

  def go_on(params, state, keys, condition):
    del state
    if not model.framed:
      raise UserError(
        '--mode=continue needs a model of frames: set model/rows=frames.'
      )
    roll = jnp.asarray(condition['roll'])
    length = jnp.sum(jnp.asarray(condition['length']))
    return write(params, keys, roll.reshape(-1, roll.shape[-1]), length)

  return {'sample': sample, 'continue': go_on}
