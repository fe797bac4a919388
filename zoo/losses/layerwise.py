"""Greedy pre-training: one layer is trained on the outputs of those below it.

  x_k = stop(encode(x, upto=k));   layer k learns a model of x_k

Each layer has its own stage, with optimizer groups {'layer_k/.*': ...,
'.*': None}: the layers below get no gradient here, and are frozen there. The
layer is trained as an autoencoder of x_k, or as a restricted Boltzmann machine,
by contrastive divergence,

  F(x) = -c x - sum_j log(1 + exp(b_j + (x W)_j)),   loss = F(x_k) - F(chain)

with a chain of a few sweeps of Gibbs sampling that starts at x_k.

Source: Bengio et al. 2007; denoising: Vincent et al. 2008; Boltzmann machines:
Hinton, Osindero & Teh 2006, and DeepHear (Sun 2015).
"""

from typing import Any, Literal, Protocol

import jax
import jax.numpy as jnp

from zoo.contracts import Loss, Tree, UserError
from zoo.layers import batch_statistics as stack
from zoo.layers.boltzmann import (
  Machine,
  free_energy,
  hidden_logits,
  probability,
  visible_logits,
)
from zoo.layers.dropout import fold
from zoo.layers.gibbs import block, gibbs
from zoo.layers.reconstruction import (
  binary_cross_entropy,
  check_share,
  check_sparsity,
  corrupt,
  squared_error,
)
from zoo.layers.reconstruction import sparsity as divergence_from
from zoo.questions import asks


class Layered(Protocol):
  """The interface of a stack of layers, in addition to zoo.questions.

  The parameters of layer k are the sub-tree `layer_k`: `kernel` [D, H], `bias`
  [H], `visible_bias` [D], and others that an autoencoder may need.

  Attributes:
    depth: the number of layers.
    activation: of each layer, by name.
    batch_norm: whether layers have batch normalization.
  """

  depth: int
  activation: str
  batch_norm: bool

  def adds(self, number: int) -> bool:
    """Whether a layer adds its input to its output."""

  def below(self, batch: Tree, layer: int) -> Any:
    """The input of a layer, [B, D]."""

  def reconstruct(self, encoding: Any, layer: int) -> tuple[Any, Any]:
    """Logits [B, D] of a layer's reconstructed input, and its code [B, H]."""

  def activate(self, logits: Any) -> Any:
    """The activation of the layers."""


@asks(methods=('encodings',))
def layerwise(
  model: Layered,
  *,
  layer: int,
  learner: Literal['autoencoder', 'rbm'] = 'autoencoder',
  error: Literal['bce', 'mse'] = 'bce',
  sparsity: float = 0.0,
  target: float = 0.05,
  corruption: float = 0.0,
  sweeps: int = 1,
) -> Loss:
  """Builds the loss of one layer of `model`.

  Args:
    model: a Flax module such as StackedAutoencoder.
    layer: its number, from 0.
    learner: autoencoder, or rbm, which uses only kernel, bias and visible_bias;
      the next four options are for the autoencoder.
    error: bce (for encodings from 0 to 1, so sigmoids) or mse, both summed.
    sparsity: weight of the divergence of the layer's mean activations, in
      training only.
    target: rho, the target mean activation.
    corruption: share of the encoding that is hidden in training.
    sweeps: k of CD-k, for the Boltzmann machine.

  Metrics:
    loss, error: [B]; the error of a Boltzmann machine is the cross-entropy
    after one mean-field sweep.

  Raises:
    UserError: the model is not a stack of layers, or has no such layer; bce,
      sparsity or rbm without sigmoids, or bce or rbm with residual sums;
      batch_norm; a share out of range.
  """
  check_layer(model, layer)
  check_share(corruption=corruption)
  _check_values(model, layer, learner, error, sparsity, target)
  init = stack.init_of(model)
  if learner == 'rbm':
    return Loss(init, stack.begin, _boltzmann(model, layer, sweeps))

  def loss(params, state, batch, keys, train):
    rows = encode_below(model, params, state, batch, layer)
    given = corrupt(rows, fold(keys, 0), corruption) if train else rows
    (logits, code), state = stack.call(
      model, params, state, train, 'reconstruct', given, layer
    )
    if error == 'bce':
      errors = binary_cross_entropy(logits, rows)
    else:
      written = model.activate(logits) if layer else jax.nn.sigmoid(logits)
      errors = squared_error(written, rows)
    total = errors
    # It depends on the whole batch, so it is not used in evaluation.
    if sparsity and train:
      total = errors + sparsity * divergence_from([code], target)
    return jnp.mean(total), (state, {'loss': total, 'error': errors})

  return Loss(init, stack.begin, loss)


def _boltzmann(model, layer, sweeps):
  """`loss` of a layer as a restricted Boltzmann machine."""
  if model.activation != 'sigmoid' or sweeps < 1:
    raise UserError(
      "loss/learner='rbm' needs model/activation=sigmoid and at least one of "
      'loss/sweeps.'
    )

  def loss(params, state, batch, keys, train):
    del train  # The same in evaluation.
    rows = encode_below(model, params, state, batch, layer)
    energy, metrics = contrastive_divergence(
      params[f'layer_{layer}'], rows, keys, sweeps
    )
    return jnp.mean(energy), (state, {'loss': energy, **metrics})

  return loss


def encode_below(
  model: Any, params: Tree, state: Tree, batch: Tree, layer: int
) -> jax.Array:
  """The input of layer `layer`, [B, H], without a gradient."""
  below, _ = stack.call(model, params, state, False, 'below', batch, layer)
  return jax.lax.stop_gradient(below)


def check_layer(model: Any, layer: int) -> None:
  """Raises UserError unless the model is a stack with such a layer."""
  if not hasattr(model, 'below'):
    raise UserError(
      f"loss 'layerwise' trains stacks of layers, which {type(model).__name__} "
      'is not: take model/name=stacked_autoencoder.'
    )
  if not 0 <= layer < model.depth:
    raise UserError(
      f'loss/layer must be 0 to {model.depth - 1}, not {layer}: model/widths '
      f'has {model.depth}.'
    )


def _check_values(model, layer, learner, error, sparsity, target):
  """Raises UserError if the values that are compared may leave 0..1."""
  # The layer's own code has no residual sum, unlike its output.
  unbounded = ''
  if model.activation != 'sigmoid':
    unbounded = f'model/activation={model.activation} gives other values'
  check_sparsity(unbounded, sparsity, target)
  if model.batch_norm:
    raise UserError(
      "loss 'layerwise' does not support model/batch_norm: the statistics of a "
      'layer are not passed on to the stage of the next.'
    )
  bounded = learner == 'rbm' or error == 'bce'
  if bounded and layer and model.adds(layer - 1):
    raise UserError(
      "loss/error='bce' and loss/learner='rbm' compare values from 0 to 1, "
      f'and with model/residual layer {layer} reads sums of them: take mse and '
      'the autoencoder.'
    )
  if error == 'bce' and layer and model.activation != 'sigmoid':
    raise UserError(
      "loss/error='bce' compares values from 0 to 1, which "
      f'model/activation={model.activation} does not give: take mse.'
    )


def contrastive_divergence(
  layer: Tree, rows: jax.Array, keys: jax.Array, sweeps: int
) -> tuple[jax.Array, dict[str, jax.Array]]:
  """F(rows) - F(chain) of one layer; its gradient is the update of CD-k.

  Args:
    layer: {'kernel' [D, H], 'bias' [H], 'visible_bias' [D]}.
    rows: [B, D] of 0..1.
    keys: [B] random keys.
    sweeps: k, each sampling the hidden units and then the visible ones.

  Returns:
    The difference of free energies [B], and {'error': [B]}.
  """
  machine = Machine(layer['kernel'], layer['visible_bias'], layer['bias'])
  chain = gibbs(block(machine), rows, keys, sweeps)
  chain = jax.lax.stop_gradient(chain)
  hidden = probability(hidden_logits(machine, rows))
  again = jax.lax.stop_gradient(visible_logits(machine, hidden))
  difference = free_energy(machine, rows) - free_energy(machine, chain)
  return difference, {'error': binary_cross_entropy(again, rows)}
