"""Does greedy pre-training help, and where in function space does it end?

  python -m studies.pretraining --path=FOLDER_OF_MNIST
  python -m studies.pretraining --task=keys

Trains depth 1 to 4 x five seeds x {none, autoencoder, rbm}, the cells of
experiments/pretraining.py, and at full depth later methods: rectifiers,
dropout, batch normalisation, residual layers. All seeds of a cell train at
once. Finished cells are kept in the folder, so the same command resumes.

  results.json      mean and spread of the test error at the epoch with the best
                    validation error
  table.txt         the same as a table
  trajectories-*.png  the outputs of each network on the same examples, epoch by
                    epoch, embedded in a plane by t-SNE and by ISOMAP

Tasks: see studies.labelled. `digits` (MNIST's 10,000 test images: 7,000 for
training, 1,000 for early stopping, 2,000 for testing) and `keys` (of folk
tunes). The baselines are the most common label and naive Bayes.

Measured on MNIST's 10,000 test images, with 6,000 for training, 1,000 for early
stopping and 3,000 for testing, fine-tuning by gradient descent at .1 without
momentum, width 200, --tuning=12 --pretraining=6, all cells in 4 minutes on a
shared two-core CPU; test error in per cent, mean and spread of five seeds:

  depth            1               2               3               4
  none         9.67 +- 0.33    9.57 +- 0.49    9.49 +- 1.06    9.47 +- 0.29
  autoencoder  9.16 +- 0.46    8.95 +- 0.37    9.25 +- 0.43    9.63 +- 0.45
  rbm          8.57 +- 0.24    9.07 +- 0.30    9.99 +- 0.70   10.82 +- 0.30

Twelve such epochs were too few to converge (most errors still fell), and so the
gain is mostly speed: after one epoch the error at depth 4 is 58 % from random
initialisation, 19 and 22 % with pre-training. At depth 1 and 2 pre-training
also ends .5 to 1.1 points lower; at depth 4 it does not, and RBMs end higher:
the growing gain that Erhan et al. report is not reproduced. Their other finding
is: the three initialisations end in separate regions of function space
(docs/pretraining_trajectories.png).

With momentum, as now, 7,000 training and 2,000 test images, width 100,
--tuning=12 --pretraining=6, all cells in 7.4 minutes of one core beside other
work (most common label 88.80, naive Bayes 17.15):

  depth            1               2               3               4
  none         7.46 +- 0.56    6.52 +- 0.26    6.50 +- 0.64    6.56 +- 0.43
  autoencoder  7.00 +- 1.11    6.88 +- 0.39    6.49 +- 0.10    6.10 +- 0.28
  rbm          6.80 +- 0.26    6.93 +- 0.40    7.18 +- 0.32    7.35 +- 0.40
  at depth 4: rectifiers 5.35 +- 0.64, and dropout 6.54 +- 0.35, and batch norm
  4.22 +- 0.23, and residual 5.04 +- 0.51

With momentum most of the gain disappears: only autoencoders at depth 4 end
lower, by about one spread; after one epoch the error at depth 4 is 20 % from
random initialisation, 17 and 20 % with pre-training. Rectifiers, batch
normalisation and residual layers help more than either.

The keys of folk tunes, in the same way, in 6 minutes (most common label 61.85,
naive Bayes 20.85):

  none        21.00 +- 0.49   20.78 +- 0.08   21.54 +- 0.80   21.42 +- 0.53
  autoencoder 20.71 +- 0.63   21.08 +- 0.48   21.52 +- 1.05   21.79 +- 0.53
  rbm         20.46 +- 0.70   21.48 +- 0.81   21.64 +- 0.60   23.53 +- 0.74
  at depth 4: rectifiers 21.60 +- 0.31, and dropout 21.56 +- 0.74, and batch
  norm 22.56 +- 0.54, and residual 22.34 +- 0.54

Naive Bayes is as good as any network here: none is better by more than one
spread, and neither depth nor pre-training helps.

Source: Erhan et al., JMLR 11 (2010) 625-660.
"""

import argparse
from collections.abc import Mapping
import functools
import json
from pathlib import Path
import time
from typing import Any

from flax.traverse_util import flatten_dict, unflatten_dict
import jax
import numpy as np

from experiments.pretraining import PRETRAINING, cell
from studies.labelled import TASKS, Task, commonest, naive_bayes
from studies.start import start
from zoo import assembly
from zoo.cli.run_directory import write_json
from zoo.data.batches import windows
from zoo.layers import batch_statistics
from zoo.layers.visible import visible_of
from zoo.training import seeds as seeds_lib

DEPTHS = (1, 2, 3, 4)
LATER = {
  'rectifiers': {'activation': 'relu'},
  'and dropout': {'activation': 'relu', 'dropout': 0.2},
  'and batch norm': {'activation': 'relu', 'batch_norm': True},
  'and residual': {'activation': 'relu', 'residual': True},
}
TRIVIAL = ('commonest label', 'naive Bayes')
BATCH = 50
SHOWN = 256  # Test examples; a network's outputs on them are a point to plot.


def study(task: Task, workdir: Path, options: argparse.Namespace) -> None:
  """Trains every cell that `workdir` lacks, and writes the results."""
  cells: dict[str, Any] = {}
  batches = windows(BATCH, len(task.splits['train']['label']))
  epoch = len(task.splits['train']['label']) // BATCH
  train = functools.partial(
    seeds_lib.run,
    arrays=task.splits['train'],
    batches=batches,
    seeds=range(options.seeds),
    chunk=epoch,
  )
  make = functools.partial(
    cell,
    width=options.width,
    pretraining_steps=options.pretraining * epoch,
    tuning_steps=options.tuning * epoch,
  )
  for pretrain in PRETRAINING:
    layers = None
    for depth in DEPTHS:
      path = workdir / f'{pretrain}-{depth}.npz'
      if not path.exists() and pretrain != 'none' and layers is None:
        kept = workdir / f'layers-{pretrain}.npz'
        layers = _layers(kept, task, make(DEPTHS[-1], pretrain), train)
      cells[path.stem] = _cell(path, task, make(depth, pretrain), train, layers)
  for name, model in LATER.items():
    config = make(DEPTHS[-1], 'none')
    config['model'] |= model
    path = workdir / f'{name}-{DEPTHS[-1]}.npz'
    cells[path.stem] = _cell(path, task, config, train, None)
  results = {name: summary(found) for name, found in cells.items()}
  results |= trivial(task)
  write_json(workdir / 'results.json', results)
  (workdir / 'table.txt').write_text(table(results))
  print(table(results))
  for depth in (1, DEPTHS[-1]):
    draw(cells, depth, workdir / f'trajectories-{depth}.png')


def trivial(task: Task) -> dict[str, dict[str, float]]:
  """{baseline: {'test': error}} of TRIVIAL."""
  visible = visible_of(task.spec)
  known, asked = (
    (np.asarray(visible.read(split)), split['label'])
    for split in (task.splits['train'], task.splits['test'])
  )
  errors = commonest(known[1], asked[1]), naive_bayes(known, asked)
  return {
    name: {'test': error} for name, error in zip(TRIVIAL, errors, strict=True)
  }


def summary(found: Mapping[str, np.ndarray]) -> dict[str, Any]:
  """A cell's errors [S, E] at the epoch with the best validation error."""
  best = found['validation'].argmin(1)
  seed = np.arange(len(best))
  test = found['test'][seed, best]
  return {
    'test': float(test.mean()),
    'spread': float(test.std(ddof=1)) if len(test) > 1 else 0.0,
    'seeds': test.tolist(),
    'last': float(found['test'][:, -1].mean()),
    'first': float(found['test'][:, 1].mean()),
    'epoch': best.tolist(),
    'seconds': float(found['seconds']),
  }


def table(results: Mapping[str, Mapping[str, Any]]) -> str:
  """Test error in per cent by depth, mean and spread over the seeds."""
  heads = ''.join(f'{depth:>15}' for depth in DEPTHS)
  lines = [f'{"test error, %; depth":<24}{heads}']
  for name in (*PRETRAINING, *LATER):
    cells = ''
    for depth in DEPTHS:
      one = results.get(f'{name}-{depth}')
      result = one and f'{100 * one["test"]:.2f} +- {100 * one["spread"]:.2f}'
      cells += f'{result or "":>15}'
    lines.append(f'{name:<24}{cells}')
  for name in TRIVIAL:
    lines.append(f'{name}: {100 * results[name]["test"]:.2f}')
  return '\n'.join(lines) + '\n'


def draw(cells: Mapping[str, Any], depth: int, path: Path) -> None:
  """The outputs of each network, a point per epoch, by t-SNE and ISOMAP."""
  from matplotlib.figure import Figure
  from sklearn.manifold import TSNE, Isomap

  found = [cells[f'{name}-{depth}']['answers'] for name in PRETRAINING]
  seeds, epochs, _ = found[0].shape
  points = np.concatenate(found).reshape(-1, found[0].shape[-1])
  points = points.astype(np.float32)
  figure = Figure(figsize=(11, 5), dpi=120, layout='constrained')
  for place, (name, method) in enumerate(
    {
      't-SNE': TSNE(perplexity=20, random_state=0, init='pca'),
      'ISOMAP': Isomap(n_neighbors=15),
    }.items()
  ):
    axes = figure.add_subplot(1, 2, place + 1)
    plane = method.fit_transform(points).reshape(-1, seeds, epochs, 2)
    for group, colour, label in zip(
      plane, ('#8a8f98', '#2f5d8c', '#c8713c'), PRETRAINING, strict=True
    ):
      for walk in group:
        axes.plot(*walk.T, color=colour, linewidth=0.6, alpha=0.6)
        sizes = np.linspace(4, 40, epochs)
        axes.scatter(*walk.T, s=sizes, color=colour, alpha=0.7, linewidth=0)
      axes.plot([], [], 'o', color=colour, label=label)
    axes.set_title(f'{name}, depth {depth}; larger is later', fontsize=10)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.legend(fontsize=8)
  figure.savefig(path, metadata={'Software': None})


def _layers(path, task, config, train):
  """The layers [S, ...] of the deepest network, pre-trained."""
  if not path.exists():
    system = assembly.assemble(config, task.spec)
    *_, last = train(system.stages[:-1])
    _save(path, flatten_dict(last.params, sep='/'))
  with np.load(path, allow_pickle=False) as arrays:
    return unflatten_dict(dict(arrays), sep='/')


def _cell(path, task, config, train, layers):
  """{'validation', 'test'} [S, E] errors, 'answers' [S, E, SHOWN * labels]."""
  if not path.exists():
    started = time.monotonic()
    system = assembly.assemble(config, task.spec)
    found: dict[str, list] = {'validation': [], 'test': [], 'answers': []}
    answer = _answers(system.model, task)
    for moment in train(system.stages[-1:], before=layers):
      logits = {
        split: answer(moment.params, moment.state, split)
        for split in ('validation', 'test')
      }
      for split, value in logits.items():
        labels = task.splits[split]['label']
        found[split].append(np.mean(value.argmax(-1) != labels, -1))
      shown = np.asarray(jax.nn.softmax(logits['test'][:, :SHOWN]))
      found['answers'].append(shown.reshape(len(shown), -1))
    arrays = {name: np.stack(value, 1) for name, value in found.items()}
    arrays['answers'] = arrays['answers'].astype(np.float16)
    arrays['seconds'] = np.float64(time.monotonic() - started)
    _save(path, arrays)
    print(path.stem, json.dumps(summary(arrays)), flush=True)
  with np.load(path, allow_pickle=False) as arrays:
    return dict(arrays)


def _save(path, arrays):
  partial = path.with_suffix('.partial')
  with partial.open('wb') as file:
    np.savez_compressed(file, **arrays)
  partial.replace(path)


def _answers(model, task):
  """(params, state, split) -> logits [S, N, labels]."""
  steps = {name: model.read(split) for name, split in task.splits.items()}

  @jax.jit
  @functools.partial(jax.vmap, in_axes=(0, 0, None))
  def logits(params, state, seen):
    given = batch_statistics.variables(params, state)
    outputs, _ = model.apply(given, seen.symbols, seen.given)
    return outputs[:, 0]

  return lambda params, state, split: np.asarray(
    logits(params, state, steps[split])
  )


def main() -> None:
  """Reads the command line and runs the study."""
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument('--task', choices=sorted(TASKS), default='digits')
  parser.add_argument('--path', default='', help='idx files of MNIST')
  parser.add_argument('--workdir', default='')
  parser.add_argument('--seeds', type=int, default=5)
  parser.add_argument('--width', type=int, default=200)
  parser.add_argument('--pretraining', type=int, default=10, help='epochs')
  parser.add_argument('--tuning', type=int, default=20, help='epochs')
  options = parser.parse_args()
  workdir = Path(options.workdir or f'runs/pretraining_{options.task}')
  workdir.mkdir(parents=True, exist_ok=True)
  study(TASKS[options.task](options.path), workdir, options)


if __name__ == '__main__':
  start(main)
