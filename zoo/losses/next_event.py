"""Pre-training of a recurrent generator: the next event, given the true ones.

  squares     loss = 1 / L sum over t < L of |G(x_{<t}, z)_t - x_t|^2
  likelihood  loss = 1 / L sum over t < L of -log p(x_t | x_{<t}, z)

The length L grows from `first` to all steps. Only the generator of an Adversary
gets parameters; adversarial training follows in another stage.

Source: Mogren 2016, arXiv 1611.09904, section 3.
"""

import functools
from typing import Any, Literal

import jax
import jax.numpy as jnp

from zoo.contracts import Loss, UserError
from zoo.layers import batch_statistics as stack
from zoo.layers.dropout import fold
from zoo.questions import Adversary, asks


@asks(Adversary, methods=('predict',))
def next_event(
  model: Any,
  total_steps: int,
  *,
  by: Literal['squares', 'likelihood'] = 'squares',
  first: int = 8,
  growing: float = 0.5,
) -> Loss:
  """Builds the loss of a generator that predicts its own next step.

  Args:
    model: a Flax module such as CRnnGan.
    total_steps: of the stage.
    by: see above; the likelihood asks for the model's `log_prob`.
    first: L at the first step of training.
    growing: share of the stage over which L grows; evaluation uses all steps.

  Metrics:
    loss: [B].

  Raises:
    UserError: `first` below 1, a share outside 0..1, or a model without a
      likelihood.
  """
  if by == 'likelihood' and not hasattr(model, 'log_prob'):
    raise UserError(
      f'loss/by is likelihood, and {type(model).__name__} has none: set it to '
      'squares.'
    )
  if first < 1 or not 0 <= growing <= 1:
    raise UserError(
      'loss/first must be at least 1 and loss/growing a share from 0 to 1, not '
      f'{first} and {growing}.'
    )

  def init(rng, batch, before):
    del before  # the loop copies matching leaves
    keys = jax.random.split(rng, 1)
    one = jax.tree.map(lambda leaf: leaf[:1], batch)
    draw = jax.jit(functools.partial(model.init, method='predict'))
    params = draw(rng, model.real(one), model.prior(keys))['params']
    return params, {'shared': {'step': jnp.int32(0)}, 'example': {}}

  def loss(params, state, batch, keys, train):
    real = model.real(batch)
    z = model.prior(fold(keys, 0))
    method = 'predict' if by == 'squares' else 'log_prob'
    found = model.apply({'params': params}, real, z, method=method)
    each = -found
    if by == 'squares':
      each = jnp.sum(jnp.square(found - real), -1)
    if not train:
      value = jnp.mean(each, 1)
      return jnp.mean(value), (state, {'loss': value})
    step = state['shared']['step']
    asked = length(step, each.shape[1], first, growing * total_steps)
    value = jnp.sum(each * (jnp.arange(each.shape[1]) < asked), 1) / asked
    state = {**state, 'shared': {'step': step + 1}}
    return jnp.mean(value), (state, {'loss': value})

  return Loss(init, stack.begin, loss)


def length(step: Any, steps: int, first: int, growing: float) -> jax.Array:
  """L, how many of the `steps` are predicted at a training step."""
  share = jnp.minimum(step / max(growing, 1), 1.0)
  found = jnp.floor(first + share * (steps - first))
  return jnp.clip(found, 1, steps).astype(jnp.int32)
