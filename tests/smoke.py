"""Experiments at the size of a test."""

import fcntl
import os
from pathlib import Path

import pytest

import run as command_line
from zoo.training import programs


def smoke(name, **changes):
  """The SMOKE settings of an experiment and others, as --set takes them."""
  settings = command_line.experiment(name).SMOKE | changes
  return [f'{path}={value!r}' for path, value in settings.items()]


def trained(name):
  """The run directory of a SMOKE run, made once a session; not to be changed.

  Its traced programs are in `programs` there. Whether there are figures in its
  report, `evaluated` says.
  """
  workdir = Path(os.environ['XDG_CACHE_HOME']) / 'smoke' / name
  workdir.parent.mkdir(exist_ok=True)
  # The workers of a session share it: the second one waits for the first.
  with open(workdir.with_suffix('.lock'), 'w') as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    if not (workdir / 'index.html').exists():  # what a run writes last
      kept, keeper = workdir / 'programs', programs.keeper
      with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
          programs, 'keeper', lambda _, made_from: keeper(kept, made_from)
        )
        command_line.command(
          name,
          workdir=workdir,
          assignments=smoke(name) if evaluated(name) else _only_trained(name),
          say=lambda line: None,
        )
  return workdir


def one_of_each_pair():
  """The experiments with a SMOKE run: one for each pair of model and losses."""
  found = {}
  for name in command_line.experiment_names():
    if hasattr(command_line.experiment(name), 'SMOKE'):
      found.setdefault(pair(name), name)
  return sorted(found.values())


def evaluated(name):
  """Whether the SMOKE run of an experiment is evaluated, too.

  Of those that are run, it is the first with its model and evaluators.
  """
  same = (
    other
    for other in one_of_each_pair()
    if _evaluators(other) == _evaluators(name)
  )
  return name == next(same, name)


def _evaluators(name):
  config = command_line.experiment(name).CONFIG
  return config['model']['name'], {one['name'] for one in config['evaluate']}


def _only_trained(name):
  """The SMOKE settings without evaluators."""
  settings = command_line.experiment(name).SMOKE
  own = {k: v for k, v in settings.items() if not k.startswith('evaluate')}
  return [
    f'{path}={value!r}' for path, value in {**own, 'evaluate': []}.items()
  ]


def pair(name):
  """The model and the losses of an experiment: what a SMOKE run covers."""
  config = command_line.experiment(name).CONFIG
  stages = config.get('stages') or [config]
  model = config['model']
  return (
    model['name'],
    model.get('form'),
    tuple(stage['loss']['name'] for stage in stages),
  )


def _encoder(name):
  return command_line.experiment(name).CONFIG['encoder']['name']


def training_smoke(name):
  """The SMOKE settings of training, for experiments without a SMOKE, too.

  Those take the SMOKE of the first experiment with the same model, losses and
  encoder, and its dataset.
  """
  owner = name
  if not hasattr(command_line.experiment(name), 'SMOKE'):
    owner = next(
      other
      for other in command_line.experiment_names()
      if hasattr(command_line.experiment(other), 'SMOKE')
      and pair(other) == pair(name)
      and _encoder(other) == _encoder(name)
    )
  module = command_line.experiment(owner)
  settings = {
    'dataset/name': module.CONFIG['dataset']['name'],
    **module.SMOKE,
  }
  return [
    f'{path}={value!r}'
    for path, value in settings.items()
    if path.split('/')[0] not in ('select', 'sample', 'evaluate')
  ]
