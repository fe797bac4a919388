"""Melodies under constraints: notes that a user sets, or keeps from a melody.

It takes one pass over the constraints and one over the melody, for any number
of constraints (Hadjeres and Nielsen, arXiv 1709.06404).
"""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from zoo.contracts import Mode, Sampler, Spec, UserError
from zoo.layers.autoregression import write
from zoo.questions import Autoregressive, asks
from zoo.samplers import constraints as texts
from zoo.samplers import set_notes
from zoo.samplers.autoregressive import check_temperatures


@asks(Autoregressive, fields=('tokens',), methods=('prepare',))
def constrained(
  model: Any,
  spec: Spec,
  *,
  steps: int = 0,
  temperature: float = 1.0,
  constraints: str = '',
  keep: str = '',
  bars: str | int | tuple[int, ...] = '',
  hard: bool = True,
) -> Sampler:
  """Builds the sampler of a model that reads constraints.

  Modes:
    sample: melodies from the beginning, under `constraints`.
    constrained: keeps the notes of a user's melody that `keep` and `bars` name,
      and generates the rest, also under `constraints`.

  Args:
    model: an Autoregressive module that reads `constraints`.
    spec: of the encoder.
    steps: of a sample; 0 for the length of the encoder's windows.
    temperature: 0 takes the most likely token.
    constraints: such as 1:1=D4,3:1=D5,4:2.3=hold, bar:beat.step from 1; or
      @FILE, a text file with such constraints.
    keep: notes of the input to keep, such as 1:1,3:1,last. (constrained)
    bars: the only bars that change, such as 2-3. (constrained)
    hard: whether constrained steps are set; otherwise the network only receives
      the constraints.

  Raises:
    UserError: a number out of range, or a constraint that cannot be met.
  """
  if steps < 0:
    raise UserError(f'sample/steps must be at least 0, not {steps}.')
  steps = steps or spec.sizes['steps']
  classes = spec.sizes['classes']
  temperatures = check_temperatures(temperature, model.streams)
  grid = set_notes.Grid(
    spec.sizes['steps_per_bar'],
    spec.sizes['steps_per_beat'],
    spec.tables['pitches'],
  )
  wanted = set_notes.read_constraints(constraints, grid)
  places = set_notes.read_places(keep, grid)
  changed = texts.read_bars(bars)

  written = functools.partial(_written, model, classes, temperatures, hard)

  def sample(params, state, keys, condition):
    del state, condition
    asked = np.full(steps, classes)
    for step, token in wanted.items():
      asked[step] = token
    return written(params, keys, jnp.asarray(asked))

  def fill_in(params, state, keys, condition):
    del state
    tokens = jnp.asarray(condition['tokens'], jnp.int32).reshape(-1)
    kept, _ = set_notes.kept_steps(tokens, places, changed, grid)
    asked = jnp.where(kept, tokens, classes)
    for step, token in wanted.items():
      asked = asked.at[step].set(token)
    return written(params, keys, asked)

  return {
    'sample': Mode(
      sample,
      help='melodies under sample/constraints',
      check=lambda condition: _check_within(wanted, steps, grid),
    ),
    'constrained': Mode(
      fill_in,
      inputs=(1, 1),
      help='keeps the notes of yours in sample/keep, and generates the rest',
      check=functools.partial(_check_kept, wanted, places, changed, grid),
      whole=True,
    ),
  }


def one_class(asked: jax.Array, classes: int) -> jax.Array:
  """[B, K] bool: only the class `asked` [B], or all classes if it is K."""
  asked = asked[:, None]
  return (asked == classes) | (asked == jnp.arange(classes))


def _written(model, classes, temperatures, hard, params, keys, asked):
  """Generates {'tokens': [B, T]} under constraints [T]; `hard` sets them."""
  rows = jnp.broadcast_to(asked, (len(keys), *asked.shape))

  def allowed(symbols, step):
    del symbols
    return one_class(rows[:, step], classes)

  made = write(
    model,
    params,
    keys,
    jnp.zeros((len(keys), 0), jnp.int32),
    steps=len(asked),
    temperature=temperatures,
    batch={'constraints': rows},
    allowed=allowed if hard else None,
  )
  return {'tokens': made.symbols}


def _check_kept(wanted, places, changed, grid, condition):
  """Raises UserError if the input and the constraints do not fit."""
  if 'tokens' not in condition:
    raise UserError('The input has no tokens: give a melody.')
  if not (places or changed or wanted):
    raise UserError(
      'Nothing of the input is kept: say what to keep, as in '
      '--set sample/keep=1:1,3:1,last, or --set sample/bars=2-3 for the '
      'bars to generate.'
    )
  tokens = np.asarray(condition['tokens']).reshape(-1)
  kept = set_notes.check_kept(tokens, places, changed, grid)
  _check_within(wanted, len(tokens), grid)
  for step, token in wanted.items():
    if kept[step] and tokens[step] != token:
      raise UserError(
        'sample/constraints sets another note than the input has at '
        f'{set_notes.place_of(step, grid)}, which sample/keep or sample/bars '
        'keeps: leave one of them out.'
      )


def _check_within(wanted, steps, grid):
  """Raises UserError if a constraint is after the last step."""
  for step in wanted:
    if step >= steps:
      raise UserError(
        f'sample/constraints names {set_notes.place_of(step, grid)}, and the '
        f'melody has {-(-steps // grid.steps_per_bar)} bars: take an earlier '
        'place, or set sample/steps.'
      )
