"""Several trained runs on the same piano rolls: each, and all as one model.

  python -m studies.roll_ensemble runs/rnn_nade_strong/seed0 \
      runs/rnn_nade_strong/seed1 runs/rnn_nade_strong/seed2 --save=FILE.json

Prints log likelihoods of validation and test, nats a frame over all frames:
of each run, their mean and spread (standard deviation, n - 1), and of the
uniform mixture of the runs, which gives each frame the mean of their
probabilities. The runs may be of different models (say, some trained with
--set model/order=down), but of the same data.

With --keys=4 every run reads the pieces in nine keys, from four semitones down
to four up, and stands for the uniform mixture of what it says in each. That is
a distribution over frames like any other, for to transpose is to rename them;
what would leave the roll has no probability in that key.
"""

import argparse
from collections.abc import Mapping, Sequence
import json
from pathlib import Path
from typing import Any

import numpy as np

import run as command_line
from zoo import assembly, corpus
from zoo import config as config_lib
from zoo.contracts import UserError
from zoo.evaluation.model.roll_likelihood import frame_scores
from zoo.run_directory import write_json


def mixture(scores: Sequence[np.ndarray]) -> np.ndarray:
  """log of the mean over models of p: [F] from the log p [F] of each."""
  together = np.stack(scores).astype(np.float64)
  highest = together.max(0)
  return highest + np.log(np.mean(np.exp(together - highest), 0))


def in_keys(
  model: Any, params: Any, arrays: Mapping[str, np.ndarray], keys: int
) -> list[np.ndarray]:
  """log p [F] of all frames, read in each key from -`keys` to `keys`.

  Args:
    model: a Flax module such as RnnNade.
    params: its parameters.
    arrays: {'roll': [N, T, P] 0 or 1, 'length': [N]}.
    keys: semitones, less than P.

  Returns:
    2 `keys` + 1 arrays; the one in the middle is of the pieces as they are.
  """
  roll, found = arrays['roll'], []
  music = np.arange(roll.shape[1]) < arrays['length'][:, None]
  for shift in range(-keys, keys + 1):
    ends = [(0, 0), (0, 0), (max(shift, 0), max(-shift, 0))]
    moved = np.pad(roll, ends)[..., max(-shift, 0) :][..., : roll.shape[2]]
    whole = moved.sum(2) == roll.sum(2)
    scores = frame_scores(model, params, {**arrays, 'roll': moved})
    found.append(np.where(whole[music], np.concatenate(scores), -np.inf))
  return found


def summary(scores: Sequence[Sequence[np.ndarray]]) -> dict[str, Any]:
  """The figures of one split, from log p [F] of each model in each key."""
  told: dict[str, Any] = {}
  own = [each[len(each) // 2] for each in scores]
  for name, each in (
    ('runs', own),
    ('runs_in_all_keys', [mixture(keys) for keys in scores]),
  ):
    means = [float(np.mean(one, dtype=np.float64)) for one in each]
    told[name] = {
      'each': means,
      'mean': float(np.mean(means)),
      'spread': float(np.std(means, ddof=1)) if len(means) > 1 else 0.0,
      'mixture': float(np.mean(mixture(each))),
    }
    if len(scores[0]) == 1:
      break
  return told


def measure(
  workdirs: Sequence[str | Path], keys: int = 0
) -> dict[str, dict[str, Any]]:
  """{'validation', 'test'} -> `summary` of the runs in these directories.

  Raises:
    UserError: no run, or runs of different data.
  """
  found: dict[str, list[list[np.ndarray]]] = {'validation': [], 'test': []}
  splits, fingerprint = {}, None
  for workdir in workdirs:
    loaded = assembly.load(workdir)
    if fingerprint is None:
      fingerprint = loaded.meta['data']
      splits = _splits(loaded.config)
    if loaded.meta['data'] != fingerprint:
      raise UserError(
        f'{workdir} was trained on other data than {workdirs[0]}: give runs '
        'of the same data.'
      )
    for split, each in found.items():
      each.append(in_keys(loaded.model, loaded.params, splits[split], keys))
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
  parser.add_argument('--keys', type=int, default=0)
  parser.add_argument('--save', default='')
  given = parser.parse_args()
  figures = measure(given.workdir, given.keys)
  print(json.dumps(figures, indent=2))
  if given.save:
    write_json(Path(given.save), figures)


if __name__ == '__main__':
  main()
