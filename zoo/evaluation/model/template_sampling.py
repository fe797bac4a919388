"""Whether samples follow a template and remain likely under the model.

Source: Lattner, Grachten & Widmer 2016, arXiv 1612.04742, for the errors; the
band of free energies is ours.
"""

from collections.abc import Callable
import time
from typing import Any

import jax.numpy as jnp
import numpy as np

from zoo.contracts import UserError
from zoo.layers.guided_gibbs import biases_of
from zoo.layers.soft_constraints import NAMES
from zoo.questions import Energy, asks

_BAND = (5, 95)  # Percent of the held-out free energies.


@asks(Energy, methods=('long', 'grid'))
def template_sampling(
  model: Any,
  params: Any,
  splits: dict[str, dict[str, np.ndarray]],
  make: Callable[..., dict[str, np.ndarray]],
  *,
  templates: int = 20,
  count: int = 8,
) -> dict[str, Any]:
  """Samples from held-out templates, by the sampler's mode `template`.

  Args:
    model: a convolutional Energy module such as CRbm.
    params: its parameters.
    splits: {split: {field: [N, ...]}}.
    make: (mode, count, condition) -> the output of the run's sampler.
    templates: how many test pieces, evenly spread.
    count: samples per template.

  Returns:
    'templates', 'samples', 'seconds' (for the samples of one template, without
    compilation) and {metric: {column: number}}: for each constraint the mean
    error of 'guided' samples, of 'free' ones, and their 'ratio'; 'in_band', the
    share of 'guided' samples whose free energy lies between the 5th and the
    95th percentile of that of held-out pieces; 'free_energy', per step, of
    'held_out' pieces and 'guided' samples; 'cells', the share of a sample's
    notes that are also in its 'template', or in an 'unrelated' one. With no
    test pieces, only 'templates'.

  Raises:
    UserError: no template.
  """
  if templates < 1:
    raise UserError(
      f'evaluate/.../templates must be at least 1, not {templates}.'
    )
  test = {k: v for k, v in splits['test'].items() if k != 'piece'}
  _, first = np.unique(splits['test']['piece'], return_index=True)
  if not len(first):
    return {'templates': 0}
  spread = np.linspace(0, len(first) - 1, min(templates, len(first)))
  chosen = first[np.unique(spread.astype(int))]
  made, seconds = [], []
  for row in chosen:
    begun = time.process_time()
    given = {k: v[row : row + 1] for k, v in test.items()}
    made.append(make('template', count, given))
    seconds.append(time.process_time() - begun)
  rows = _rows(model, test)
  energies = {
    'held_out': _free_energy(model, params, rows),
    'guided': np.concatenate([one['free_energy'] for one in made]),
  }
  return {
    'templates': len(chosen),
    'samples': len(energies['guided']),
    'seconds': float(np.min(seconds)),
    **_errors(made),
    'free_energy': {k: float(np.mean(v)) for k, v in energies.items()},
    'in_band': {'guided': _in_band(**energies)},
    'cells': _copied(model, made, rows[chosen]),
  }


def _errors(made):
  """{constraint: {guided, free, ratio}}, means over all samples."""
  guided, free = (
    np.concatenate([one[name] for one in made]).mean(0)
    for name in ('errors', 'free_errors')
  )
  return {
    name: {
      'guided': float(guided[k]),
      'free': float(free[k]),
      'ratio': float(guided[k] / free[k]),
    }
    for k, name in enumerate(NAMES)
  }


def _in_band(held_out, guided):
  low, high = np.percentile(held_out, _BAND)
  return float(np.mean((guided >= low) & (guided <= high)))


def _copied(model, made, templates):
  """The shares of a sample's notes that are also notes of a template."""
  shares: dict[str, list[float]] = {'template': [], 'unrelated': []}
  notes = [_notes(model, one) for one in templates]
  for place, one in enumerate(made):
    other = notes[(place + 1) % len(notes)]
    for sample in _notes(model, _rows(model, one)):
      total = max(sample.sum(), 1)
      shares['template'].append((sample & notes[place]).sum() / total)
      shares['unrelated'].append((sample & other).sum() / total)
  return {k: float(np.mean(v)) for k, v in shares.items()}


def _rows(model, fields):
  """[N, D] of a set, or of generated fields."""
  return np.asarray(model.seen.read(fields))


def _notes(model, rows):
  """[..., T, P] bool, without the rests of a melody."""
  grid = np.asarray(model.grid(rows)) > 0
  return grid[..., 1:] if model.one_of else grid


def _free_energy(model, params, rows):
  """[N] free energy per step."""
  found = model.apply(
    {'params': params},
    jnp.asarray(rows)[:, None],
    biases_of(model, params, len(rows)),
    method='energy',
  )
  return np.asarray(found)[:, 0] / model.steps
