"""Samples from a convolutional machine, free or with the form of a template.

A template gives three soft constraints (zoo.layers.soft_constraints): the
self-similarity of its bars, its keys, and the positions of onsets in the bar.
The notes come from the machine.

Source: Lattner, Grachten & Widmer 2016, arXiv 1612.04742.
"""

import functools
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Drawing, Mode, Sampler, Spec, UserError
from zoo.layers import soft_constraints
from zoo.layers.dropout import fold
from zoo.layers.guided_gibbs import Guide, annealed, biases_of, guided
from zoo.layers.soft_constraints import NAMES, Grid
from zoo.questions import Energy, asks

MOST_STEPS = 1024  # Maximum length of a template: similarity is quadratic.
_POINTS = 200  # Maximum number of points of a curve.
_SHOWN = 5  # Samples whose matrices are drawn beside the template's.
_BARS = 2  # Bars of a window for tonality.
_SCALE = 3.0  # The initial error of each constraint is scaled to 1 / 3.

# Purposes of the random keys of a sample.
_FREE, _GUIDED = range(2)


class Rules(NamedTuple):
  """Options of the mode `template`."""

  anneal: int
  sweeps: int
  weights: tuple[float, float, float]
  guide: Guide


@asks(Energy, methods=('long', 'grid', 'hidden_units', 'visible_logits'))
def template(
  model: Any,
  spec: Spec,
  *,
  steps: int = 0,
  anneal: int = 300,
  sweeps: int = 150,
  guide: Literal['gradient', 'alternation'] = 'gradient',
  similarity: float = 2.0,
  tonality: float = 0.15,
  metre: float = 1.0,
  strength: float = 1000.0,
  share: float = 0.1,
  iterations: int = 700,
) -> Sampler:
  """Builds the sampler of a convolutional Energy model.

  Args:
    model: a Flax module such as CRbm.
    spec: of the encoder.
    steps: of a free sample; 0 for the length in training.
    anneal: number of sweeps over which the coupling of the units rises from 0.
    sweeps: number of sweeps at full coupling after that.
    guide: the constraints' gradient within each sweep, or, as published,
      alternating gradient descent and sweeps.
    similarity, tonality, metre: weights of the three constraints.
    strength: of the gradient relative to the machine.
    share: of the steps that each guided sweep samples again.
    iterations: number of guided sweeps, or of alternations.

  Raises:
    UserError: a number out of range.
  """
  for name, value, least in (
    ('steps', steps, 0),
    ('anneal', anneal, 0),
    ('sweeps', sweeps, 0),
    ('iterations', iterations, 1),
    ('strength', strength, 0),
    ('similarity', similarity, 0),
    ('tonality', tonality, 0),
    ('metre', metre, 0),
  ):
    if value < least:
      raise UserError(f'sample/{name} must be at least {least}, not {value}.')
  if not 0 < share <= 1:
    raise UserError(f'sample/share must be above 0 and at most 1, not {share}.')
  rules = Rules(
    anneal,
    sweeps,
    (similarity, tonality, metre),
    Guide(strength, share, iterations, guide == 'alternation'),
  )

  def sample(params, state, keys, condition):
    del state, condition
    long = model.long(steps or model.steps)
    rows = annealed(long, params, fold(keys, _FREE), anneal, sweeps)
    return long.seen.write(2 * rows[:, 0] - 1)

  return {
    'sample': Mode(sample, help='without constraints'),
    'template': Mode(
      functools.partial(_like, model, grid_of(model, spec), rules),
      inputs=(1, 1),
      help='with the form, the keys and the metre of a piece',
      check=functools.partial(_check, model),
      report=_report,
      drawings=_drawings,
      whole=True,
    ),
  }


def grid_of(model: Any, spec: Spec) -> Grid:
  """The steps and columns of the model's grids.

  A melody's first class, the rest, is not a pitch.
  """
  pitches = spec.tables.get('pitches') or range(model.pitches)
  bar = spec.sizes.get('steps_per_bar', 8)
  return Grid(tuple(one for one in pitches if one >= 0), bar, bar, _BARS * bar)


def roll_of(model: Any, grid: jax.Array) -> jax.Array:
  """Grids [..., T, P] without the column of rests."""
  return grid[..., 1:] if model.one_of else grid


def rows_of(model: Any, condition: Any) -> jax.Array:
  """A piece in consecutive windows, {field: [n, T, ...]}, as one row [D]."""
  field = model.seen.field
  return model.seen.read({field: jnp.asarray(condition[field])}).reshape(-1)


def _like(model, where, rules, params, state, keys, condition):
  """Samples [n] with the form of the condition's piece."""
  del state
  row = rows_of(model, condition)
  wanted = soft_constraints.traits(roll_of(model, model.grid(row)), where)
  long = model.long(len(row) // model.pitches)
  rows = annealed(long, params, fold(keys, _FREE), rules.anneal, rules.sweeps)

  def parts(grid):
    found = soft_constraints.traits(roll_of(long, grid), where)
    return soft_constraints.errors(found, wanted)

  first = jnp.maximum(parts(long.grid(rows[:, 0])), 1e-6)
  weights = jnp.asarray(rules.weights) / (_SCALE * first)

  def error(grid):
    each = parts(grid)
    return jnp.sum(weights * each, -1), each

  rows, curves = guided(
    long, params, rows, fold(keys, _GUIDED), error, rules.guide
  )
  last = parts(long.grid(rows[:, 0]))
  found = soft_constraints.similarity(
    roll_of(long, long.grid(rows[:, 0])), where.window
  )
  free = long.apply(
    {'params': params},
    rows,
    biases_of(long, params, len(keys)),
    method='energy',
  )
  every = -(-len(curves) // _POINTS)
  return {
    **long.seen.write(2 * rows[:, 0] - 1),
    'similarity': found,
    'wanted': jnp.broadcast_to(wanted.similarity, found.shape),
    'curves': jnp.swapaxes(curves[::every], 0, 1),
    'errors': last,
    'free_errors': first,
    'free_energy': free[:, 0] / long.steps,
  }


def _check(model, condition):
  """Raises UserError if the piece is too long."""
  steps = len(np.asarray(condition[model.seen.field])) * model.steps
  if steps > MOST_STEPS:
    raise UserError(
      f'--mode=template compares every step with every other, and the piece '
      f'has {steps} of them: give one of at most {MOST_STEPS}.'
    )


def _report(given, made):
  """The remaining share of each error, in words."""
  del given
  left = np.mean(made['errors'], 0) / np.mean(made['free_errors'], 0)
  ratios = ', '.join(
    f'{name} {part:.2f}' for name, part in zip(NAMES, left, strict=True)
  )
  return [f'Errors as a share of those without constraints: {ratios}.']


def _drawings(given, made):
  """The matrices of template and samples, and the errors over the sweeps."""
  del given
  matrices = {'template': made['wanted'][0]}
  for i, one in enumerate(made['similarity'][:_SHOWN]):
    matrices[f'sample {i:03d}'] = one
  curves = {
    name: {f'sample {i:03d}': one[:, k] for i, one in enumerate(made['curves'])}
    for k, name in enumerate(NAMES)
  }
  return [
    Drawing('self-similarity', 'matrices', matrices, 'step'),
    Drawing('constraints', 'curves', curves, 'share of the sweeps'),
  ]
