"""Several experiments on notes, several seeds of each: a table.

  python -m studies.note_ladder bachprop_feedforward bachprop_rnn \
      bachprop_lstm bachprop_gru --seeds 0 1 2 --save=ladder.json

Trains every seed for the steps of its experiment, one after the other, and
prints nats and accuracy of dT, T and P over the test set's notes: their mean
and spread (standard deviation, n - 1), and the seconds that training took,
compilation apart. `--set` changes all experiments alike, and what is to be
chosen is chosen with --set 'split=[.8, .1, .1]' --on=validation, which leaves
the test set as it is.

Measured on the 35 chorales held out, nats a note, mean and spread of three
seeds, between one and two minutes of one core each (steps set beforehand for
equal time; what they took differs with what else ran):

                 seconds   sum             P
  feedforward        115   2.654 +- .010   1.716 +- .004
  rnn                 78   2.337 +- .003   1.463 +- .006
  lstm                88   2.237 +- .010   1.369 +- .012
  gru                 92   2.077 +- .015   1.249 +- .013

The talk's order: recurrent beat feedforward, and gated beat simple. With first
weights drawn for all rows (`fan_in` 'rows'), on an easier split, the LSTM did
not beat the simple network (P 1.575 and 1.480). Why: of 82 rows a note picks 3,
so weights drawn for all 82 are read softly, and the gates of four layers damp
what is left. At first the part of H4 that changes from note to note had a
standard deviation of .01 in the LSTM, .04 in the GRU and .56 in the simple
network.

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
  """The figures of an experiment, a list over the seeds each.

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
    moment = jax.block_until_ready(next(moments))  # compiles
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
  """A line an experiment: mean and spread over seeds."""
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
