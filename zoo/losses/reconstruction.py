"""A whole autoencoder learns to write again what it reads.

  loss = error(decode(encode(x)), x) + sparsity sum_j KL(target || rho_j)

Sparse: Ng, CS294A; denoising: Vincent et al. 2008, who hide a share of the
input and ask for all of it.
"""

from typing import Any

import jax.numpy as jnp

from zoo.contracts import Loss, Spec
from zoo.layers import batch_statistics as stack
from zoo.layers.dropout import fold
from zoo.layers.reconstruction import (
  Error,
  check_share,
  check_sparsity,
  corrupt,
  error_of,
)
from zoo.layers.reconstruction import sparsity as divergence_from
from zoo.layers.visible import visible_of
from zoo.training import parallel

# One purpose each for the random keys of an example.
_HIDE, _DROP = range(2)


def reconstruction(
  model: Any,
  spec: Spec,
  *,
  error: Error = 'bce',
  sparsity: float = 0.0,
  target: float = 0.05,
  corruption: float = 0.0,
) -> Loss:
  """Builds the loss of `model`, which encodes and decodes.

  Args:
    model: a Flax module such as StackedAutoencoder.
    spec: tells which field is read, see zoo.layers.visible.
    error: bce, mse (summed over the row) or cce (a softmax a step).
    sparsity: weight of the divergence of mean activations, all layers; in
      training alone.
    target: rho, the mean activation wanted.
    corruption: share of the input that is hidden in training.

  Metrics:
    loss, error, mistakes (see Visible.mistakes): [B].

  Raises:
    UserError: cce where there are no tokens, or sparsity of what is no sigmoid
      or a sum of them; a share out of range.
  """
  visible = visible_of(spec)
  check_share(corruption=corruption)
  residual = any(map(model.adds, range(len(model.widths))))
  check_sparsity(model.activation, sparsity, target, residual)
  init = stack.init_of(model, visible)

  def loss(params, state, batch, keys, train):
    rows = visible.read(batch)
    given = corrupt(rows, fold(keys, _HIDE), corruption) if train else rows
    drop = fold(keys, _DROP) if train else None
    pool = parallel.mean if train else None
    encodings, state = stack.call(
      model, params, state, train, 'encodings', given, drop, pool
    )
    logits, _ = stack.call(model, params, state, False, 'decode', encodings[-1])
    errors = error_of(error, visible, logits, rows)
    total = errors
    # Of a whole batch: with it a validation set would depend on how it is cut.
    if sparsity and train:
      total = errors + sparsity * divergence_from(encodings[1:], target)
    return jnp.mean(total), (
      state,
      {
        'loss': total,
        'error': errors,
        'mistakes': visible.mistakes(logits, rows),
      },
    )

  return Loss(init, stack.begin, loss)
