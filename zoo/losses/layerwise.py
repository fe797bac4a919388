"""Greedy pre-training: one layer learns on what the layers below it write.

  x_k = stop(encode(x, upto=k));   layer k learns to write x_k again

One stage a layer, in optimizer groups {'layer_k/.*': ..., '.*': None}: the
layers below are cut off from the gradient here, and held still there. The
layer learns as an autoencoder, whatever error, sparsity or corruption.

Source: Bengio et al. 2007; denoising: Vincent et al. 2008. By restricted
Boltzmann machines (Hinton et al. 2006) it is what DeepHear did (Sun 2015).
"""

from typing import Any, Literal

import jax
import jax.numpy as jnp

from zoo.contracts import Loss, Spec, Tree, UserError
from zoo.layers.dropout import fold
from zoo.layers.visible import visible_of
from zoo.losses import stack
from zoo.losses.rows import (
  binary_cross_entropy,
  check_sparsity,
  corrupt,
  squared_error,
)
from zoo.losses.rows import sparsity as divergence_from
from zoo.training import parallel


def layerwise(
  model: Any,
  spec: Spec,
  *,
  layer: int,
  error: Literal['bce', 'mse'] = 'bce',
  sparsity: float = 0.0,
  target: float = 0.05,
  corruption: float = 0.0,
) -> Loss:
  """Builds the loss of one layer of `model`.

  Args:
    model: a Flax module such as StackedAutoencoder.
    spec: tells which field is read, see zoo.layers.visible.
    layer: its number, from 0.
    error: bce (encodings from 0 to 1, so sigmoids) or mse, both summed.
    sparsity: weight of the divergence of the layer's mean activations.
    target: rho, the mean activation wanted.
    corruption: share of the encoding that is hidden in training.

  Metrics:
    loss, error: [B].

  Raises:
    UserError: no such layer; bce or sparsity without sigmoids.
  """
  visible = visible_of(spec)
  check_layer(model, layer)
  check_sparsity(model.activation, sparsity, target)
  if error == 'bce' and layer and model.activation != 'sigmoid':
    raise UserError(
      "loss/error='bce' compares values from 0 to 1, which "
      f'model/activation={model.activation} does not give: take mse.'
    )

  def loss(params, state, batch, keys, train):
    rows = encode_below(model, params, state, visible.read(batch), layer)
    pool = parallel.mean if train else None
    given = corrupt(rows, fold(keys, 0), corruption) if train else rows
    (logits, code), state = stack.call(
      model, params, state, train, 'reconstruct', given, layer, pool
    )
    if error == 'bce':
      errors = binary_cross_entropy(logits, rows)
    else:
      written = model.activate(logits) if layer else jax.nn.sigmoid(logits)
      errors = squared_error(written, rows)
    total = errors
    if sparsity:
      total = errors + sparsity * divergence_from([code], target)
    return jnp.mean(total), (state, {'loss': total, 'error': errors})

  return Loss(stack.init_of(model, visible), stack.begin, loss)


def encode_below(
  model: Any, params: Tree, state: Tree, rows: jax.Array, layer: int
) -> jax.Array:
  """What layer `layer` reads [B, H], from rows [B, D]; no gradient passes."""
  below, _ = stack.call(model, params, state, False, 'encode', rows, layer)
  return jax.lax.stop_gradient(below)


def check_layer(model: Any, layer: int) -> None:
  """Raises UserError unless the model has such a layer."""
  if not 0 <= layer < len(model.widths):
    raise UserError(
      f'loss/layer must be 0 to {len(model.widths) - 1}, not {layer}: '
      f'model/widths has {len(model.widths)}.'
    )
