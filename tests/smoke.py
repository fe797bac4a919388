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

  Its traced programs are in `programs` there.
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
          assignments=smoke(name),
          say=lambda line: None,
        )
  return workdir


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
