"""One call of the command line, and the trained run that it uses."""

from collections.abc import Callable, Mapping
import inspect
from pathlib import Path
import shlex
from typing import Any, NamedTuple

from zoo import assembly
from zoo import config as config_lib
from zoo.contracts import UserError
from zoo.data.corpus import Corpus
from zoo.training import checkpoint


class Run(NamedTuple):
  """One call of the command line.

  Attributes:
    name: the experiment.
    config: that of the experiment, checked, with every option; modes that use
      a trained run apply `revise` to that run's config instead.
    workdir: the run directory.
    prepare: (config) -> (Corpus, the license of its music); reads the corpus
      or its cache.
    revise: (config) -> config; applies the settings of this call.
    complete: (config) -> config with every option of its parts, including those
      added to the program since the run was trained.
    inputs: music files from the user.
    replay: a .mid of an earlier sample, or None.
    save_every: steps between checkpoints.
    keep: how many checkpoints are kept.
    say: receives lines for the user.
    about: the experiment's module: its card, CONFIG, SIZES and HEADLINE.
    plain: the experiment's config without any settings.
    verbose: whether every table is printed.
  """

  name: str
  config: dict[str, Any]
  workdir: Path
  prepare: Callable[[dict[str, Any]], tuple[Corpus, str]]
  revise: Callable[[dict[str, Any]], dict[str, Any]]
  complete: Callable[[Mapping[str, Any]], dict[str, Any]]
  inputs: tuple[str, ...]
  replay: str | None
  save_every: int
  keep: int
  say: Callable[[str], None]
  about: Any = None
  plain: Mapping[str, Any] = {}
  verbose: bool = False

  @property
  def card(self) -> str:
    """The experiment's card, verbatim."""
    return inspect.cleandoc(getattr(self.about, '__doc__', '') or '')

  @property
  def sizes(self) -> dict[str, int]:
    """The experiment's SIZES, which the encoder finds in the data."""
    return getattr(self.about, 'SIZES', {})

  @property
  def headline(self) -> tuple[str, ...]:
    """The metrics to show first, 'evaluator/metric'; () if unspecified."""
    return tuple(getattr(self.about, 'HEADLINE', ()))


def check_owner(run: Run) -> None:
  """Raises UserError if the run directory holds another experiment's run."""
  meta = checkpoint.read_meta(run.workdir)
  if meta and meta['experiment'] != run.name:
    raise UserError(
      f'{run.workdir} holds a run of {meta["experiment"]}, not of {run.name}: '
      f'give --experiment={meta["experiment"]} or another --workdir.'
    )


def load(run: Run) -> assembly.Loaded:
  """The trained run, with the settings of this call.

  Raises:
    UserError: there is no trained run, or a setting differs from those that it
      was trained with.
  """
  loaded = assembly.load(run.workdir, run.name)
  config = run.revise(loaded.config)
  trained = run.complete(loaded.config)
  free = ('sample', 'evaluate', 'dataset')  # `corpus_of` checks the data.
  changed = [
    path
    for path in config_lib.differences(trained, config)
    if path.split('/')[0] not in free
  ]
  if changed:
    raise UserError(
      f'{run.workdir} was trained with another {", ".join(changed)}: leave it '
      'out, or use another --workdir.'
    )
  sampler = assembly.build_sampler(config, loaded.model, loaded.encoder.spec)
  return loaded._replace(config=config, sampler=sampler)


def corpus_of(run: Run, loaded: assembly.Loaded) -> tuple[Corpus, str]:
  """The corpus that a run was trained on, with the same splits; its license.

  Raises:
    UserError: the data have changed, or are read differently.
  """
  corpus, licence = run.prepare(loaded.config)
  if corpus.fingerprint != loaded.meta['data']:
    raise UserError(
      f'These are not the data that {run.workdir} was trained on, or this '
      'program reads them differently, so the test set may contain training '
      'data: use the same data (dataset/...), or train again in another '
      '--workdir.'
    )
  return corpus, licence


def command_of(
  name: str, plain: Mapping[str, Any], config: Mapping[str, Any]
) -> str:
  """The command line that trains a config again.

  Args:
    name: the experiment.
    plain: its config without any settings.
    config: that of the run.
  """
  words = ['python', 'run.py', f'--experiment={name}']
  paths = config_lib.differences(plain, config)
  # Names of parts first: choosing another part drops the options of the old.
  for path in sorted(paths, key=lambda one: not one.endswith('/name')):
    found, value = _value(config, path)
    if path == 'seed':
      words.append(f'--seed={value}')
    elif found:
      words.append(f'--set={path}={value!r}')
  return shlex.join(words)


def _value(here, path):
  """Whether a config has a value at a path, and the value."""
  while path:
    if isinstance(here, list):
      key, _, path = path.partition('/')
      here = here[int(key)]
      continue
    # A key may contain a slash itself: see the groups of an optimizer.
    keys = [k for k in here if path == k or path.startswith(f'{k}/')]
    if not keys:
      return False, None
    key = max(keys, key=len)
    here, path = here[key], path[len(key) + 1 :]
  return True, here
