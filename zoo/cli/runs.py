"""One call of the command line, and the trained run that it asks for."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from zoo import assembly
from zoo import config as config_lib
from zoo.contracts import UserError
from zoo.data.corpus import Corpus


class Run(NamedTuple):
  """One call of the command line.

  Attributes:
    name: the experiment.
    config: the experiment's, checked, every option written out; modes that
      take a trained run ask `revise` and not this.
    workdir: the run directory.
    prepare: (config) -> (Corpus, encoder); reads the corpus or its cache.
    revise: (config) -> config; puts this call's settings on top of it.
    inputs: music files that the user gave.
    replay: a .mid of an earlier sample, or None.
    save_every: steps between checkpoints.
    say: takes the lines meant for the user.
  """

  name: str
  config: dict[str, Any]
  workdir: Path
  prepare: Callable[[dict[str, Any]], tuple[Corpus, Any]]
  revise: Callable[[dict[str, Any]], dict[str, Any]]
  inputs: tuple[str, ...]
  replay: str | None
  save_every: int
  say: Callable[[str], None]


def load(run: Run) -> assembly.Loaded:
  """The trained run, with what this call may change.

  Raises:
    UserError: the call gives a key another value than the run was trained with.
  """
  loaded = assembly.load(run.workdir, run.name)
  config = run.revise(loaded.config)
  free = ('sample', 'evaluate', 'dataset')  # of the data `corpus_of` is judge
  changed = [
    path
    for path in config_lib.differences(loaded.config, config)
    if path.split('/')[0] not in free
  ]
  if changed:
    raise UserError(
      f'{run.workdir} was trained with another {", ".join(changed)}: leave it '
      'out, or use another --workdir.'
    )
  sampler = assembly.build_sampler(config, loaded.model, loaded.encoder.spec)
  return loaded._replace(config=config, sampler=sampler)


def corpus_of(run: Run, loaded: assembly.Loaded) -> Corpus:
  """What a run was trained on, as it was split then.

  Raises:
    UserError: the data are others by now, or are read otherwise.
  """
  corpus, _ = run.prepare(loaded.config)
  if corpus.fingerprint != loaded.meta['data']:
    raise UserError(
      f'These are not the data that {run.workdir} was trained on, or this '
      'program reads them otherwise, so that the test set may hold what was '
      'trained on: give the same ones (dataset/...), or train anew in another '
      '--workdir.'
    )
  return corpus
