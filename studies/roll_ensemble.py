"""Likelihoods of several runs on the same piano rolls, and of their mixture.

  python -m studies.roll_ensemble runs/rnn_nade_strong/seed0 \
      runs/rnn_nade_strong/seed1 runs/rnn_nade_strong/seed2 --save=FILE.json

Prints validation and test log-likelihoods, in nats a frame over all frames: of
each run, their mean and spread (standard deviation, n - 1), and of the uniform
mixture of the runs, which gives each frame the mean of their probabilities. The
models may differ (for instance, some trained with --set model/orders='["d"]'),
but not the data.
"""

import argparse
from collections.abc import Sequence
import json
from pathlib import Path
from typing import Any

import numpy as np

import run as command_line
from studies.start import start
from zoo import assembly
from zoo import config as config_lib
from zoo.cli.run_directory import write_json
from zoo.contracts import UserError
from zoo.data import corpus
from zoo.evaluation.model.scores import scores


def mixture(logs: Sequence[np.ndarray]) -> np.ndarray:
  """log of the mean over models of p: [F] from the log p [F] of each."""
  together = np.stack(logs).astype(np.float64)
  highest = together.max(0)
  return highest + np.log(np.mean(np.exp(together - highest), 0))


def summary(logs: Sequence[np.ndarray]) -> dict[str, Any]:
  """The metrics of one split, from the log p [F] of each model."""
  runs = [float(np.mean(each, dtype=np.float64)) for each in logs]
  return {
    'runs': runs,
    'mean': float(np.mean(runs)),
    'spread': float(np.std(runs, ddof=1)) if len(runs) > 1 else 0.0,
    'mixture': float(np.mean(mixture(logs))),
  }


def measure(workdirs: Sequence[str | Path]) -> dict[str, Any]:
  """{'validation', 'test'} -> `summary` of the runs in these directories.

  Raises:
    UserError: no run, or runs of different data.
  """
  found: dict[str, list[np.ndarray]] = {'validation': [], 'test': []}
  splits, fingerprint = {}, None
  for workdir in workdirs:
    loaded = assembly.load(workdir)
    if fingerprint is None:
      fingerprint = loaded.meta['data']
      splits = _splits(loaded.config)
    if loaded.meta['data'] != fingerprint:
      raise UserError(
        f'{workdir} and {workdirs[0]} were trained on different data: give '
        'runs on the same data.'
      )
    for split, each in found.items():
      one = scores(loaded.model, loaded.params, loaded.state, splits[split])
      each.append(-one.nats[:, 0])
  return {split: summary(each) for split, each in found.items()}


def _splits(config):
  parts = command_line.tables()
  dataset = config_lib.build(parts['dataset'], config['dataset'], 'dataset')
  encoder = config_lib.build(parts['encoder'], config['encoder'], 'encoder')
  cache = corpus.default_cache()
  return corpus.prepare(dataset, encoder, cache=cache)[0].splits


def main() -> None:
  """Reads the command line, measures, prints."""
  parser = argparse.ArgumentParser()
  parser.add_argument('workdir', nargs='+')
  parser.add_argument('--save', default='')
  given = parser.parse_args()
  figures = measure(given.workdir)
  print(json.dumps(figures, indent=2))
  if given.save:
    write_json(Path(given.save), figures)


if __name__ == '__main__':
  start(main)
