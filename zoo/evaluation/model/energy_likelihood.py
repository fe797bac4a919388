"""Log likelihood of Energy models, whose normalizer Z must be estimated."""

import functools
import math
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Tree, UserError
from zoo.evaluation.model import trivial_rolls, trivial_tokens
from zoo.evaluation.model.trivial_rolls import Rolls
from zoo.layers import annealed_importance
from zoo.layers.boltzmann import before_each
from zoo.questions import Energy, asks

_MORE = 4  # The check takes this many times as many temperatures.
_PIECES = 16  # The batch size of conditioning.
_SETTLE = 100  # Gibbs sweeps at the top before the reverse chains start.

# Purposes of the random keys of a row.
_UP, _DOWN = range(2)


class Scored(NamedTuple):
  """The rows to be scored, without padding.

  Attributes:
    rows: [F, D], of all examples, in order.
    biases: of the machine of each row, leaves [F, ...].
    energies: [F], free energies.
    owner: [F], the first row with the same machine. An RBM has one machine for
      all rows; an RNN-RBM shares one among the first frames of all pieces.
  """

  rows: np.ndarray
  biases: Tree
  energies: np.ndarray
  owner: np.ndarray


@asks(Energy, fields=('roll', 'pitch'))
def energy_likelihood(
  model: Any,
  params: Any,
  splits: dict[str, dict[str, np.ndarray]],
  *,
  split: Literal['train', 'validation', 'test'] = 'test',
  chains: int = 16,
  temperatures: int = 500,
  checked: int = 512,
  check: bool = True,
  batch: int = 64,
) -> dict[str, Any]:
  """Mean nats per row over all rows, by annealed importance sampling.

  A row is a frame of a piece, or a whole example; if that is a grid of steps,
  results are in nats per step. Chains begin at a model without couplings. Too
  few temperatures overestimate the likelihood, so `checked` rows, evenly
  spread, are estimated again with four times as many, and by reverse chains.

  Args:
    model: an Energy module such as Rbm or RnnRbm.
    params: its parameters.
    splits: {split: {field: [N, ...]}}.
    split: the one that is scored.
    chains: per machine.
    temperatures: per chain.
    checked: how many rows are estimated again.
    check: whether any are: it takes five times as long as the rest.
    batch: machines at once; it does not affect the results.

  Returns:
    'frames', how many rows, and {metric: {column: number}}: 'log_likelihood' of
    the 'model' and of baselines, see trivial_rolls; 'accuracy', TP / (TP + FP +
    FN), of the 'model' (each chain's sample of a row, given the rows before it)
    and, for frames, of 'repeat' (the previous frame); 'checked_log_likelihood'
    with temperatures 'once' and 'four_times', and in 'reverse'; for grids of
    steps, in place of the accuracy, the 'free_energy' per step of pieces
    'held_out' and of the same with their steps 'shuffled'. With no rows, only
    'frames'.

  Raises:
    UserError: no chains, temperatures or checked rows, or values that are not
      0 or 1.
  """
  for name, number in (
    ('chains', chains),
    ('temperatures', temperatures),
    ('checked', checked),
  ):
    if number < 1:
      raise UserError(f'evaluate/.../{name} must be at least 1, not {number}.')
  music = {k: _music(model, v) for k, v in splits.items()}
  test, count = music[split], len(music[split].frames)
  if not count:
    return {'frames': 0}
  scored = _condition(model, params, splits[split])
  run = functools.partial(_score, model, params, scored, chains, batch)
  likelihood, drawn = run(temperatures, np.arange(count))
  found = {
    'frames': count,
    'log_likelihood': {
      'model': likelihood,
      **_baselines(model, music['train'], music['validation'], test),
    },
  }
  if hasattr(model, 'grid'):
    found['free_energy'] = _free_energies(model, params, scored)
  else:
    found['accuracy'] = _accuracies(model, drawn, test)
  if check:
    few = np.unique(np.linspace(0, count - 1, min(checked, count)).astype(int))
    found['checked_log_likelihood'] = {
      'once': run(temperatures, few)[0],
      'four_times': run(_MORE * temperatures, few)[0],
      'reverse': run(temperatures, few, back=True)[0],
    }
  return found


def _accuracies(model, drawn, test):
  """Accuracies of each chain's sample of a row, and of the previous frame."""
  guess = np.moveaxis(drawn, 1, 0)
  accuracies = {'model': trivial_rolls.accuracy(guess, test.frames)}
  if model.framed:
    accuracies['repeat'] = trivial_rolls.accuracy(test.before, test.frames)
  return accuracies


def _free_energies(model, params, scored):
  """Mean free energies per step of pieces, and of their steps shuffled."""
  grid = np.asarray(model.grid(scored.rows))
  order = np.random.default_rng(0).permuted(
    np.tile(np.arange(grid.shape[1]), (len(grid), 1)), axis=1
  )
  mixed = np.take_along_axis(grid, order[..., None], 1).reshape(len(grid), -1)
  lifted = jax.tree.map(lambda leaf: leaf[:, None], scored.biases)
  other = model.apply(
    {'params': params}, mixed[:, None], lifted, method='energy'
  )
  return {
    'held_out': float(np.mean(scored.energies)) / model.steps,
    'shuffled': float(np.mean(other)) / model.steps,
  }


def _music(model, arrays):
  """The rows that are not padding, as frames of a roll."""
  rows, mask = map(np.asarray, model.read(_fields(arrays)))
  if np.any((rows != 0) & (rows != 1)):
    raise UserError(
      'energy_likelihood scores rows of zeros and ones, and this encoder has '
      'other values: leave it out of evaluate.'
    )
  start = np.zeros(mask.shape, bool)
  start[:, :1] = True
  return Rolls(rows[mask] > 0, start[mask])


def _baselines(model, train, validation, test):
  """Log likelihoods of models that only count."""
  if hasattr(model, 'grid'):
    grids = [
      np.asarray(model.grid(one.frames)) for one in (train, validation, test)
    ]
    if model.one_of:
      known, _, asked = (np.argmax(one, -1) for one in grids)
      counted = trivial_tokens.counted(known, asked, model.one_of, 1)
      return {
        'unigram': -counted['unigram'][0],
        'bigram': -counted['markov'][0],
      }
    return trivial_rolls.log_likelihoods(*map(_steps, grids))
  if model.framed:
    return trivial_rolls.log_likelihoods(train, validation, test)
  share = trivial_rolls.note_shares(train)
  scores = np.where(test.frames, np.log(share), np.log1p(-share)).sum(-1)
  return {
    'random': -test.frames.shape[1] * math.log(2),
    'note_unigram': float(np.mean(scores)),
  }


def _steps(grid):
  """Grids [N, T, P] as the frames of a set of N pieces."""
  start = np.zeros(grid.shape[:2], bool)
  start[:, :1] = True
  return Rolls(grid.reshape(-1, grid.shape[-1]), start.ravel())


def _fields(arrays):
  return {k: v for k, v in arrays.items() if k != 'piece'}


def _condition(model, params, arrays):
  """All rows that are not padding, each with its machine."""

  @jax.jit
  def walk(params, batch):
    rows, mask = model.read(batch)
    begun = model.begin(len(rows))
    given = {'params': params}
    biases, _ = model.apply(given, before_each(rows), begun, method='condition')
    energies = model.apply(given, rows, biases, method='energy')
    return (rows, biases, energies), mask

  fields = _fields(arrays)
  size, found = len(next(iter(fields.values()))), []
  for start in range(0, size, _PIECES):
    few = np.arange(start, min(start + _PIECES, size))
    padded = np.resize(few, min(_PIECES, size))  # One shape, one compilation.
    parts, mask = walk(params, {k: v[padded] for k, v in fields.items()})
    kept = np.asarray(mask) & (np.arange(len(padded)) < len(few))[:, None]
    found.append([np.asarray(x)[kept] for x in jax.tree.leaves(parts)])
  shape = jax.tree.structure(parts)
  rows, biases, energies = shape.unflatten(
    [np.concatenate(x) for x in zip(*found, strict=True)]
  )
  leaves = [leaf.reshape(len(rows), -1) for leaf in jax.tree.leaves(biases)]
  _, first, place = np.unique(
    np.concatenate(leaves, 1), axis=0, return_index=True, return_inverse=True
  )
  return Scored(rows, biases, energies, first[place.reshape(-1)])


def _score(
  model, params, scored, chains, batch, temperatures, places, back=False
):
  """Mean log likelihood of rows, and the samples [n, C, D] of their chains."""

  @jax.jit
  def measure(params, biases, index):
    keys = jax.vmap(jax.random.fold_in, (None, 0))(jax.random.key(0), index)
    up, down = (
      jax.vmap(jax.random.fold_in, (0, None))(keys, purpose)
      for purpose in (_UP, _DOWN)
    )
    found = annealed_importance.estimate(
      model, params, biases, up, chains=chains, temperatures=temperatures
    )
    log_z = found.log_z
    if back:
      log_z = annealed_importance.reverse(
        model,
        params,
        biases,
        found.rows,
        down,
        temperatures=temperatures,
        settle=_SETTLE,
      )
    return log_z, found.rows.astype(jnp.uint8)

  index, which = np.unique(scored.owner[places], return_inverse=True)
  at_once = min(batch, len(index))
  found = []
  for start in range(0, len(index), at_once):
    # The last batch is padded with the last machine and cut off afterwards.
    few = np.minimum(np.arange(start, start + at_once), len(index) - 1)
    few = index[few]
    some = jax.tree.map(lambda leaf, few=few: leaf[few], scored.biases)
    found.append(jax.tree.map(np.asarray, measure(params, some, few)))
  log_z, drawn = (
    np.concatenate(x)[: len(index)] for x in zip(*found, strict=True)
  )
  scores = -scored.energies[places] - log_z[which]
  mean = float(np.mean(scores, dtype=np.float64))
  return mean / getattr(model, 'steps', 1), drawn[which]
