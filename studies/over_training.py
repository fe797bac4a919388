"""What an evaluator finds at every kept checkpoint of a run.

  python run.py --experiment=c_rnn_gan_folk --save_every=100 --keep=20
  python -m studies.over_training runs/c_rnn_gan_folk/seed0

Of an adversarial game one checkpoint is luck: this prints an evaluator's
metrics at each checkpoint, their mean over the last ones and, where the run
has several stages, the last checkpoint of each earlier stage: pre-training
alone. Averaged parameters are evaluated where the optimizer keeps them.

  over_training.json   {'steps', 'stages', 'metrics': {metric: {column: [...]}},
                       'last': {metric: mean}, 'stage_<n>': {metric: number}}
  over_training.png    the metrics as curves beside their baselines
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

import run as command_line
from studies.start import start
from zoo import assembly
from zoo import config as config_lib
from zoo.cli import report
from zoo.cli.run_directory import write_json
from zoo.contracts import UserError
from zoo.data import corpus as corpus_lib
from zoo.pictures import plots
from zoo.training import checkpoint, selection
from zoo.training.log import warn
from zoo.training.stages import template

LAST = 5
_MADE = 'generated'  # The column that changes over training.


def study(
  workdir: Path,
  evaluator: str = 'event_statistics',
  last: int = LAST,
  **options,
) -> dict[str, Any]:
  """Evaluates each kept checkpoint.

  Args:
    workdir: of a trained run.
    evaluator: one that the run could have in its `evaluate`.
    last: of how many checkpoints, at the end of the last stage, the mean is.
    **options: of the evaluator, in place of the experiment's.

  Returns:
    see the head of this file.

  Raises:
    UserError: no run, or fewer checkpoints of the last stage than `last`.
  """
  loaded = assembly.load(workdir)
  config = loaded.config
  corpus = _corpus(config)
  system = assembly.assemble(config, corpus.spec, corpus.splits['train'])
  batches = assembly.build_batches(config, corpus.splits['train'])

  def shapes(meta):
    train = corpus.splits['train']
    return template(system.stages, meta['stage'], train, batches)

  named = {one['name']: one for one in config['evaluate']}
  entry = {'name': evaluator, **named.get(evaluator, {}), **options}
  found, stages, steps = [], [], sorted(checkpoint.steps(workdir))
  for step in steps:
    restored: Any = checkpoint.restore(workdir, warn, shapes, step)
    one = selection.averaged(restored.snapshot)
    now = loaded._replace(params=one.params, state=one.state)
    made = report.make(now, [entry], corpus, workdir, lambda table: None)
    found.append(made['evaluate'][evaluator])
    stages.append(one.stage)
  end = len(system.stages) - 1
  final = [x for x, stage in zip(found, stages, strict=True) if stage == end]
  if len(final) < last:
    raise UserError(
      f'{workdir} has {len(final)} checkpoints of its last stage, and the mean '
      f'is of {last}: train with a smaller --save_every and a larger --keep.'
    )
  return _summary(found, final[-last:], steps, stages)


def _summary(found, final, steps, stages):
  metrics = {
    name: {who: [one[name][who] for one in found] for who in row}
    for name, row in found[0].items()
    if isinstance(row, dict)
  }
  ends = {
    f'stage_{stage}': {
      name: row[_MADE][len(stages) - 1 - stages[::-1].index(stage)]
      for name, row in metrics.items()
    }
    for stage in sorted({*stages} - {stages[-1]})
  }
  means = {
    name: float(np.mean([one[name][_MADE] for one in final]))
    for name in metrics
  }
  every = {'steps': steps, 'stages': stages, 'metrics': metrics}
  return {**every, 'last': means, **ends}


def table(found: Mapping[str, Any]) -> str:
  """A line a checkpoint, then the ends of stages, means and baselines."""
  names = list(found['metrics'])
  lines = ['step'.ljust(14) + ''.join(f'{name:>12}' for name in names)]

  def line(title, values):
    lines.append(f'{title:<14}' + ''.join(f'{x:>12.3f}' for x in values))

  for place, step in enumerate(found['steps']):
    line(str(step), [found['metrics'][name][_MADE][place] for name in names])
  for title in [key for key in found if key == 'last' or key[:6] == 'stage_']:
    line(title, [found[title][name] for name in names])
  for who in [who for who in found['metrics'][names[0]] if who != _MADE]:
    line(who, [found['metrics'][name][who][-1] for name in names])
  return '\n'.join(lines)


def draw(found: Mapping[str, Any], path: Path) -> None:
  """A panel a metric: its curve, and baselines as level lines."""
  steps, metrics = found['steps'], found['metrics']
  rows = -(-len(metrics) // 3)
  figure, grid = plots.panels(rows, 3, 3.4, 2.2, 0.5)
  cells = [axes for row in grid for axes in row]
  for axes, (name, columns) in zip(cells, metrics.items(), strict=False):
    axes.plot(steps, columns[_MADE], marker='o', markersize=2.8, lw=1.3)
    for number, who in enumerate(who for who in columns if who != _MADE):
      style = dict(ls=('--', ':', '-.')[number % 3], lw=0.9, color='0.45')
      axes.axhline(columns[who][-1], label=who, **style)
    plots.caption(axes, name, 8)
  for axes in cells[len(metrics) :]:
    axes.set_axis_off()
  cells[0].legend(fontsize=6, frameon=False)
  plots.save(figure, path)


def _corpus(config):
  parts = command_line.tables()
  dataset = config_lib.build(parts['dataset'], config['dataset'], 'dataset')
  encoder = config_lib.build(parts['encoder'], config['encoder'], 'encoder')
  fractions = config.get('split', corpus_lib.FRACTIONS)
  cache = corpus_lib.default_cache()
  return corpus_lib.prepare(dataset, encoder, cache=cache, fractions=fractions)[
    0
  ]


def main() -> None:
  """The command line."""
  parser = argparse.ArgumentParser(
    description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
  )
  parser.add_argument('run', type=Path, help='a run directory')
  parser.add_argument('--evaluator', default='event_statistics')
  parser.add_argument('--last', type=int, default=LAST)
  parser.add_argument('--count', type=int, help='samples of each checkpoint')
  given = parser.parse_args()
  command_line.prepare_process(False)
  options = {} if given.count is None else {'count': given.count}
  found = study(given.run, given.evaluator, given.last, **options)
  write_json(given.run / 'over_training.json', found)
  draw(found, given.run / 'over_training.png')
  print(table(found))


if __name__ == '__main__':
  start(main)
