"""How sparse a code is, and how well it reconstructs."""

from typing import Any, Literal

import jax
import numpy as np

from zoo.evaluation.model.linear_codes import principal
from zoo.layers.batch_statistics import variables
from zoo.layers.visible import visible_of
from zoo.questions import Latent, asks

_DEAD = 1e-2  # A unit that is never more active than this is dead.


@asks(Latent, methods=('activations', 'sparse'))
def sparse_code(
  model: Any,
  params: Any,
  state: Any,
  splits: dict[str, dict[str, np.ndarray]],
  spec: Any,
  *,
  split: Literal['train', 'validation', 'test'] = 'test',
  batch: int = 256,
) -> dict[str, Any]:
  """Activity of the code, and its error compared with a linear code.

  Args:
    model: a sparse autoencoder.
    params, state: of the trained model.
    splits: {split: {field: [N, ...]}}.
    spec: of the encoder.
    split: the one that is reconstructed.
    batch: examples at once.

  Returns:
    'units' (Z), 'active' (the mean number of units that are not 0, rounded up;
    if no unit is ever 0, the mean activation times Z), and {metric: {column:
    number}}: 'active_share' {least, mean, most} over the examples; 'activation'
    {mean}; 'dead' {share} of the units, over the whole split; 'squared_error'
    per example of the 'model' and of 'active' principal 'components' of the
    training set.
  """
  visible = visible_of(spec, spec.main_field)
  values = splits[split][visible.field]
  given = variables(params, state)

  @jax.jit
  def look(given, some):
    z, _ = model.apply(given, some, method='encode')
    code = model.apply(given, z, method='sparse').reshape(len(z), -1)
    outputs = model.apply(given, z, method='decode')
    rows = visible.read(some)
    wrong = jax.nn.sigmoid(outputs).reshape(rows.shape) - rows
    return code, (wrong**2).sum(-1), rows

  found = []
  for start in range(0, len(values), batch):
    some = {visible.field: values[start : start + batch]}
    found.append(jax.tree.map(np.asarray, look(given, some)))
  code, wrong, rows = (np.concatenate(x) for x in zip(*found, strict=True))
  on = (code != 0).mean(1)
  units = code.shape[1]
  active = on.mean() if on.mean() < 1 else code.mean()
  count = int(np.ceil(round(float(active) * units, 3)))
  mean, axes = principal(visible, splits['train'][visible.field], batch, count)
  linear = rows - mean
  if axes is not None:
    linear = linear - (linear @ np.asarray(axes).T) @ np.asarray(axes)
  return {
    'units': units,
    'active': count,
    'active_share': {
      'least': float(on.min()),
      'mean': float(on.mean()),
      'most': float(on.max()),
    },
    'activation': {'mean': float(code.mean())},
    'dead': {'share': float((np.abs(code).max(0) <= _DEAD).mean())},
    'squared_error': {
      'model': float(wrong.mean()),
      'components': float((linear**2).sum(1).mean()),
    },
  }
