"""The command line of the comparison."""

import argparse
from collections.abc import Callable, Mapping
import json
from pathlib import Path
from typing import Any

import numpy as np

import run as command_line
from studies import compare
from studies.compare import judge as judge_lib
from studies.compare import tables, train
from studies.compare.systems import FAMILIES, Family, System
from studies.start import start
from zoo.cli.run_directory import write_json
from zoo.contracts import UserError
from zoo.data.cache import Damaged, read_arrays, write_arrays

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENT = ROOT / 'docs' / 'comparison.md'
TRAINED = ' (trained)'


def measure(
  name: str,
  system: System,
  trained: train.Trained,
  found: judge_lib.Reference,
  family: Family,
) -> tuple[dict[str, Any], np.ndarray]:
  """The row of a system, and its windows [n, T, ...]."""
  row: dict[str, Any] = {'experiment': system.experiment, **trained.figures}
  row['share'] = row['steps'] / row['own_steps']
  row['parameters'] = train.parameters(trained.loaded)
  row |= train.nats(trained)
  if system.given and 'space' in row:
    row['space'] += f' given {system.given}'
  pieces, seconds = train.generate(trained, system.pieces)
  windows = judge_lib.windows(found, pieces, family.field)
  quarters = sum(piece.length for piece in pieces)
  row['pieces'], row['windows'] = len(pieces), len(windows)
  if quarters:
    row['bar_milliseconds'] = 4000 * seconds / quarters
  print(f'{name}: {_line(row)}', flush=True)
  return row, windows


def _line(row: Mapping[str, Any]) -> str:
  return ', '.join(
    f'{key} {value:.4g}' if isinstance(value, float) else f'{key} {value}'
    for key, value in row.items()
    if key != 'experiment'
  )


def row_folder(workdir: Path, label: str, budget: float) -> Path:
  """Where a row is kept; rows of different budgets are kept side by side."""
  if label.endswith(TRAINED):
    return workdir / label.removesuffix(TRAINED) / 'trained'
  return workdir / label / f'{budget:g}_seconds'


def keep(folder: Path, row: Mapping[str, Any], windows: np.ndarray) -> None:
  """Saves a row and its windows; the row last, so that it implies both."""
  folder.mkdir(parents=True, exist_ok=True)
  write_arrays(folder / 'windows.npz', {'windows': windows}, {})
  write_json(folder / 'row.json', dict(row))


def kept(folder: Path) -> tuple[dict[str, Any], np.ndarray] | None:
  """A row and windows that `keep` saved; None if there are none."""
  try:
    row = json.loads((folder / 'row.json').read_text('utf-8'))
    arrays, _ = read_arrays(folder / 'windows.npz')
  except (FileNotFoundError, ValueError, Damaged):
    return None
  return row, arrays['windows']


def study(
  family_name: str,
  workdir: Path,
  *,
  budget: float,
  only: str = '',
  runs: Path | None = None,
  training: bool = True,
  say: Callable[[str], None] = print,
) -> dict[str, dict[str, Any]]:
  """Trains, samples and judges all systems; resumes.

  Args:
    family_name: of FAMILIES.
    workdir: where rows are kept.
    budget: seconds of processor time to train each.
    only: 'a,b': only these systems; '' for all.
    runs: directory of trained runs that are added as rows.
    training: whether systems without a row are trained.
    say: takes lines for the user.

  Returns:
    {row: {metric: value}}.
  """
  family = FAMILIES[family_name]
  found = judge_lib.reference(family)
  rows: dict[str, dict[str, Any]] = {}
  windows: dict[str, np.ndarray] = {}
  chosen = tables.only([*family.systems], only)
  for name in family.systems:
    for label, get in _ways(
      name,
      family,
      budget,
      runs if name in chosen else None,
      training and name in chosen,
      say,
    ):
      folder = row_folder(workdir / family_name, label, budget)
      had = kept(folder)
      if had is None and get is not None:
        say(f'{label} ...')
        trained = get()
        if trained is None:
          continue
        had = measure(label, family.systems[name], trained, found, family)
        keep(folder, *had)
      if had is not None:
        rows[label], windows[label] = had
  rows |= judge_lib.counted(family)
  figures = judge_lib.judge(family, found, windows, workdir / family_name)
  return {
    name: {**rows.get(name, {}), **figures.get(name, {})}
    for name in dict.fromkeys([*figures, *rows])
  }


def _ways(name, family, budget, runs, training, say):
  """Yields (label, () -> Trained or None); None if nothing is to be trained."""
  system = family.systems[name]
  yield (
    name,
    (lambda: train.train(system, budget, say)) if training else None,
  )
  if runs is None:
    yield f'{name}{TRAINED}', None
    return
  for folder in (
    runs / system.experiment,
    runs / system.experiment / 'seed0',
  ):
    if (folder / 'checkpoints').exists():
      yield f'{name}{TRAINED}', lambda f=folder: _take(f, system, family, say)


def _take(folder, system, family, say):
  try:
    return train.take(folder, system, family.dataset['name'], say)
  except UserError as error:
    say(f'  skipped: {error}')
    return None


def main() -> None:
  """Reads the command line, compares, and writes tables and pictures."""
  parser = argparse.ArgumentParser(description=compare.__doc__.splitlines()[0])
  parser.add_argument('--family', choices=[*FAMILIES], default='melody')
  parser.add_argument('--budget', type=float, default=60.0, metavar='SECONDS')
  parser.add_argument('--only', default='', metavar='NAME,NAME')
  parser.add_argument('--runs', default='', metavar='DIR')
  parser.add_argument('--workdir', default='runs/compare')
  parser.add_argument('--tables', action='store_true', help='trains nothing')
  options = parser.parse_args()
  if not 0 < options.budget < 1e6:
    raise UserError(
      f'--budget is {options.budget:g}: give seconds of training, such as 60.'
    )
  runs = Path(options.runs) if options.runs else None
  if runs is not None and not runs.is_dir():
    raise UserError(
      f'--runs={options.runs} is not a directory: give one with trained runs.'
    )
  command_line.prepare_process(False)
  workdir = Path(options.workdir)
  rows = study(
    options.family,
    workdir,
    budget=options.budget,
    only=options.only,
    runs=runs,
    training=not options.tables,
  )
  table = tables.markdown(rows)
  print(table)
  folder = DOCUMENT.with_suffix('')
  tables.write_csv(rows, folder / f'{options.family}.csv')
  tables.draw(
    rows, FAMILIES[options.family].title, folder / f'{options.family}.png'
  )
  tables.put_table(DOCUMENT, options.family, table)


if __name__ == '__main__':
  start(main)
