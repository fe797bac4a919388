"""Log likelihood of piano rolls by machines whose Z has to be estimated."""

from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import UserError
from zoo.evaluation.model.trivial_rolls import (
  accuracy,
  log_likelihoods,
  rolls_of,
)
from zoo.layers import annealed_importance
from zoo.layers.boltzmann import Machine, before_each, free_energy

_MORE = 4  # Times as many temperatures, to see whether the figure moves.
_PIECES = 16  # Walked through at once.
_SETTLE = 100  # Sweeps before walking back.

# One purpose each for the random keys of a frame.
_UP, _DOWN = range(2)


def boltzmann_likelihood(
  model: Any,
  params: Any,
  splits: dict[str, dict[str, np.ndarray]],
  *,
  split: Literal['train', 'validation', 'test'] = 'test',
  chains: int = 16,
  temperatures: int = 500,
  checked: int = 512,
  batch: int = 64,
) -> dict[str, Any]:
  """Nats a frame over all frames, by annealed importance sampling.

  Chains begin at each frame's own biases, as if there were no weights. Too
  few temperatures flatter a model; so `checked` frames, evenly spread, are
  estimated again with four times as many, and from the other side.

  Args:
    model: a Flax module such as Rbm (of frames) or RnnRbm.
    params: its parameters.
    splits: {split: {'roll': [N, T, P], 'length': [N]}}.
    split: which of them.
    chains: of each machine.
    temperatures: of each chain.
    checked: frames that are estimated again.
    batch: machines at once; no figure depends on it.

  Returns:
    'frames', and {figure: {whose: number}}: 'log_likelihood' of the 'model'
    and of trivial ones, see trivial_rolls; 'accuracy', TP / (TP + FP + FN), of
    the 'model' (each chain's sample of a frame, those before it given) and of
    'repeat' (the frame before); 'checked_log_likelihood' with temperatures
    'once' and 'four_times', and in 'reverse'. With no frames, only 'frames'.

  Raises:
    UserError: no chains, temperatures or checked frames.
  """
  for name, number in (
    ('chains', chains),
    ('temperatures', temperatures),
    ('checked', checked),
  ):
    if number < 1:
      raise UserError(f'evaluate/.../{name} must be at least 1, not {number}.')
  test = rolls_of(splits[split])
  count = len(test.frames)
  if not count:
    return {'frames': 0}
  rows, visible, hidden = _machines(model, params, splits[split])
  # Frames with equal biases have one machine, the first one's: an RBM only one
  # for all, an RNN-RBM one where pieces begin.
  _, first, place = np.unique(
    np.concatenate([visible, hidden], 1),
    axis=0,
    return_index=True,
    return_inverse=True,
  )
  owner = first[place.reshape(-1)]

  def run(temperatures, frames, back=False):
    @jax.jit
    def measure(kernel, visible, hidden, index):
      machine = Machine(kernel, visible, hidden)
      keys = jax.vmap(jax.random.fold_in, (None, 0))(jax.random.key(0), index)
      up, down = (
        jax.vmap(jax.random.fold_in, (0, None))(keys, purpose)
        for purpose in (_UP, _DOWN)
      )
      found = annealed_importance.estimate(
        machine, visible, up, chains=chains, temperatures=temperatures
      )
      log_z = found.log_z
      if back:
        log_z = annealed_importance.reverse(
          machine,
          visible,
          found.rows,
          down,
          temperatures=temperatures,
          settle=_SETTLE,
        )
      return log_z, found.rows.astype(jnp.uint8)

    index, which = np.unique(owner[frames], return_inverse=True)
    at_once = min(batch, len(index))
    found = []
    for start in range(0, len(index), at_once):
      # Past the end the last one again, as padding that is cut off.
      few = np.minimum(np.arange(start, start + at_once), len(index) - 1)
      few = index[few]
      some = measure(params['kernel'], visible[few], hidden[few], few)
      found.append(jax.tree.map(np.asarray, some))
    log_z, drawn = (
      np.concatenate(x)[: len(index)] for x in zip(*found, strict=True)
    )
    machine = Machine(params['kernel'], visible[frames], hidden[frames])
    scores = -np.asarray(free_energy(machine, rows[frames])) - log_z[which]
    return float(np.mean(scores, dtype=np.float64)), drawn[which]

  likelihood, drawn = run(temperatures, np.arange(count))
  few = np.unique(np.linspace(0, count - 1, min(checked, count)).astype(int))
  others = {k: rolls_of(splits[k]) for k in ('train', 'validation')}
  return {
    'frames': count,
    'log_likelihood': {
      'model': likelihood,
      **log_likelihoods(**others, test=test),
    },
    'accuracy': {
      'model': accuracy(np.moveaxis(drawn, 1, 0), test.frames),
      'repeat': accuracy(test.before, test.frames),
    },
    'checked_log_likelihood': {
      'once': run(temperatures, few)[0],
      'four_times': run(_MORE * temperatures, few)[0],
      'reverse': run(temperatures, few, back=True)[0],
    },
  }


def _machines(model, params, arrays):
  """Rows, b [F, D] and c [F, H] of all frames, in the order of rolls_of."""

  @jax.jit
  def walk(params, roll, length):
    rows, mask = model.read({'roll': roll, 'length': length})
    machine, _ = model.apply(
      {'params': params},
      before_each(rows),
      model.begin(len(rows)),
      method='machine',
    )
    shape = rows.shape[:2]
    biases = [jnp.broadcast_to(x, (*shape, x.shape[-1])) for x in machine[1:]]
    return rows, *biases, mask

  roll, length = arrays['roll'], arrays['length']
  found = []
  for start in range(0, len(roll), _PIECES):
    few = np.minimum(np.arange(start, start + _PIECES), len(roll) - 1)
    made = walk(params, roll[few], length[few])
    *parts, mask = (np.asarray(x)[: len(roll) - start] for x in made)
    found.append([part[mask] for part in parts])
  return tuple(np.concatenate(parts) for parts in zip(*found, strict=True))
