"""A table of several experiments on notes, with several seeds of each.

  python -m studies.note_ladder bachprop_feedforward bachprop_rnn \
      bachprop_lstm bachprop_gru --seeds 0 1 2 --save=ladder.json

Trains the seeds one after the other, each for the steps of its experiment, and
prints nats and accuracy of dT, T and P over the test set's notes: mean and
spread (standard deviation, n - 1), and the seconds of training without
compilation. `--set` changes all experiments alike. To select between settings,
use --set 'split=[.8, .1, .1]' --on=validation, which keeps the test set.

Measured on the 35 held-out chorales, nats a note, mean and spread of three
seeds, between one and two minutes of one core each (steps were set beforehand
for equal time; the measured times differ with the load of the machine):

                 seconds   sum             P
  feedforward        115   2.654 +- .010   1.716 +- .004
  rnn                 78   2.337 +- .003   1.463 +- .006
  lstm                88   2.237 +- .010   1.369 +- .012
  gru                 92   2.077 +- .015   1.249 +- .013

The order is that of BachProp's slides: recurrent beat feedforward networks, and
gated beat simple ones. With initial weights scaled for all rows (`fan_in`
'rows'), on an easier split, the LSTM did not beat the simple RNN (P 1.575 and
1.480). A note selects 3 of 82 rows, so weights scaled for 82 inputs give small
activations, which the gates of four layers damp further: at initialisation the
part of H4 that changes from note to note had a standard deviation of .01 in the
LSTM, .04 in the GRU and .56 in the simple RNN.

Transposition against none, the GRU as above, `--set augmentation=[]`, three
seeds: P 1.249 +- .013 with, 1.588 +- .024 without; sum 2.077 and 2.441.
"""

import argparse
from collections.abc import Sequence
import json
from pathlib import Path
import time
from typing import Any

import jax
import numpy as np

import run as command_line
from studies.start import start
from zoo import assembly
from zoo import config as config_lib
from zoo.cli.run_directory import write_json
from zoo.data import corpus
from zoo.evaluation.model.scores import scores
from zoo.models.bachprop import STREAMS
from zoo.training import seeds as seeds_lib


def measure(
  name: str,
  seeds: Sequence[int],
  assignments: Sequence[str] = (),
  on: str = 'test',
) -> dict[str, Any]:
  """The metrics of an experiment, each a list over the seeds.

  Args:
    name: the experiment.
    seeds: to train, one after the other.
    assignments: `path/to/key=value` overrides.
    on: the split that is scored.

  Returns:
    {'nats', 'accuracy'} -> {stream: [S]}, 'sum_nats' [S], 'seconds' [S].
  """
  config = command_line.resolve(name, assignments)
  data = _corpus(config)
  system = assembly.assemble(config, data.spec)
  train, scored = data.splits['train'], data.splits[on]
  batches = assembly.build_batches(config, train)
  chunk = config['batches']['chunk']
  figures: dict[str, Any] = {
    'nats': {stream: [] for stream in STREAMS},
    'accuracy': {stream: [] for stream in STREAMS},
    'sum_nats': [],
    'seconds': [],
  }
  for seed in seeds:
    moments = seeds_lib.run(
      system.stages, train, batches, system.augment, seeds=[seed], chunk=chunk
    )
    next(moments)
    moment = jax.block_until_ready(next(moments))  # Compiles.
    started = time.monotonic()
    for moment in moments:
      jax.block_until_ready(moment.params)
    steps = config['steps'] / (config['steps'] - chunk)
    figures['seconds'].append((time.monotonic() - started) * steps)
    params = jax.tree.map(lambda leaf: leaf[0], moment.params)
    found = scores(system.model, params, {'shared': {}}, scored)
    nats, right = found.nats[~found.ends], found.right[~found.ends]
    for place, stream in enumerate(STREAMS):
      figures['nats'][stream].append(float(nats[:, place].mean()))
      figures['accuracy'][stream].append(float(right[:, place].mean()))
    figures['sum_nats'].append(float(nats.sum(1).mean()))
  return figures


def table(found: dict[str, dict[str, Any]]) -> str:
  """A line per experiment: mean and spread over seeds."""
  columns = ('dT', 'T', 'P', 'sum', 'dT right', 'T right', 'P right', 'seconds')
  lines = [' ' * 24 + ''.join(f'{column:>14}' for column in columns)]
  for name, figures in found.items():
    rows = [
      *figures['nats'].values(),
      figures['sum_nats'],
      *figures['accuracy'].values(),
      figures['seconds'],
    ]
    lines.append(f'{name:<24}' + ''.join(f'{_cell(row):>14}' for row in rows))
  return '\n'.join(lines)


def _cell(row):
  spread = np.std(row, ddof=1) if len(row) > 1 else 0.0
  return f'{np.mean(row):.3f}±{spread:.3f}'


def _corpus(config):
  parts = command_line.tables()
  return corpus.prepare(
    config_lib.build(parts['dataset'], config['dataset'], 'dataset'),
    config_lib.build(parts['encoder'], config['encoder'], 'encoder'),
    cache=corpus.default_cache(),
    fractions=config['split'],
  )[0]


def main() -> None:
  """Reads the command line, measures, prints."""
  parser = argparse.ArgumentParser()
  parser.add_argument('experiment', nargs='+')
  parser.add_argument('--seeds', type=int, nargs='+', default=[0, 1, 2])
  parser.add_argument('--set', action='append', default=[])
  parser.add_argument('--on', choices=corpus.SPLITS, default='test')
  parser.add_argument('--save', default='')
  given = parser.parse_args()
  found = {}
  for name in given.experiment:
    found[name] = measure(name, given.seeds, given.set, given.on)
    print(table({name: found[name]}), flush=True)
    if given.save:
      write_json(Path(given.save), found)
  print(json.dumps(found))


if __name__ == '__main__':
  start(main)
