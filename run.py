"""The command line of the music zoo.

  python run.py --list
  python run.py --experiment=musicvae_melody
  python run.py --experiment=musicvae_melody --mode=sample \
      --set sample/count=32 --set sample/temperature=0.8

The only file that knows the experiments and the datasets.
"""

from collections.abc import Callable, Sequence
import importlib
import inspect
import os
from pathlib import Path
import sys
from typing import Any

from absl import flags

from zoo import config as config_lib
from zoo.contracts import UserError

ROOT = Path(__file__).resolve().parent
MODES = (
  'train',
  'evaluate',
  'sample',
  'reconstruct',
  'interpolate',
  'benchmark',
)
FLAGS = flags.FLAGS
flags.DEFINE_string('experiment', None, 'A name from --list.')
flags.DEFINE_string('mode', 'train', f'One of: {", ".join(MODES)}.')
flags.DEFINE_string(
  'workdir', None, 'The run directory; runs/EXPERIMENT/seedN by default.'
)
flags.DEFINE_integer('seed', None, "Replaces the experiment's seed.", 0)
flags.DEFINE_multi_string(
  'set', [], 'path/to/key=value: replaces one value of the experiment.'
)
flags.DEFINE_multi_string(
  'input', [], 'A MIDI, MusicXML or ABC file, for modes that take one or two.'
)
flags.DEFINE_string(
  'replay', None, 'A .mid of an earlier sample: makes the same notes again.'
)
flags.DEFINE_integer(
  'save_every', 500, 'Steps between checkpoints (and validations).', 1
)
flags.DEFINE_string(
  'list', None, '`--list`: all experiments; `--list=NAME`: its options.'
)
flags.DEFINE_bool(
  'distributed', False, 'One of several hosts; the same command on each.'
)


def experiment_names() -> list[str]:
  """Every file of experiments/, by name."""
  return sorted(
    path.stem
    for path in (ROOT / 'experiments').glob('*.py')
    if path.stem != '__init__'
  )


def experiment(name: str) -> Any:
  """The module of one experiment, with CONFIG, SMOKE and a docstring."""
  names = experiment_names()
  config_lib.look_up(dict.fromkeys(names, print), name, 'experiment')
  return importlib.import_module(f'experiments.{name}')


def card(name: str) -> dict[str, str]:
  """The `Key: value` lines of an experiment's docstring; the first is Title."""
  lines = inspect.cleandoc(experiment(name).__doc__ or '').splitlines()
  found = {'Title': lines[0] if lines else ''}
  key = None
  for line in lines[1:]:
    head, colon, rest = line.partition(': ')
    if colon and head[:1].isupper() and ' ' not in head:
      key, found[head] = head, rest.strip()
    elif key and line.startswith('  '):
      found[key] = f'{found[key]} {line.strip()}'
    else:
      key = None
  return found


def tables() -> dict[str, Any]:
  """Every table of parts, by the key of an experiment that names one."""
  from datasets import DATASETS
  from zoo.assembly import TABLES

  return {'dataset': DATASETS, **TABLES}


def resolve(
  name: str, assignments: Sequence[str] = (), seed: int | None = None
) -> dict[str, Any]:
  """The experiment's config: overridden, checked, every option written out.

  Raises:
    UserError: an unknown experiment, key or option, or a wrong type.
  """
  parts = tables()
  config = config_lib.override(experiment(name).CONFIG, assignments, parts)
  if seed is not None:
    config['seed'] = seed
  config_lib.check_experiment(config, parts)
  return config_lib.complete(config, parts)


def command(
  name: str,
  mode: str = 'train',
  *,
  workdir: str | Path | None = None,
  seed: int | None = None,
  assignments: Sequence[str] = (),
  inputs: Sequence[str] = (),
  replay: str | None = None,
  save_every: int = 500,
  say: Callable[[str], None] = print,
) -> Any:
  """Runs one mode of one experiment: what the command line does.

  Args:
    name: the experiment.
    mode: one of MODES.
    workdir: the run directory; runs/NAME/seedN by default.
    seed: replaces the experiment's.
    assignments: `path/to/key=value` overrides.
    inputs: music files, for modes that take them.
    replay: a .mid of an earlier sample.
    save_every: steps between checkpoints.
    say: takes the lines meant for the user.

  Raises:
    UserError: whatever the user can mend.
  """
  config_lib.look_up(dict.fromkeys(MODES, print), mode, 'mode')
  config = resolve(name, assignments, seed)
  from zoo import commands, corpus

  def prepare():
    from datasets import DATASETS
    from zoo.encoders import ENCODERS

    dataset = config_lib.build(DATASETS, config['dataset'], 'dataset')
    encoder = config_lib.build(ENCODERS, config['encoder'], 'encoder')
    return corpus.prepare(
      dataset,
      encoder,
      cache=corpus.default_cache(),
      minimum=config['batch'],
      report=say,
    )

  run = commands.Run(
    name=name,
    config=config,
    workdir=Path(workdir or Path('runs') / name / f'seed{config["seed"]}'),
    prepare=prepare,
    inputs=tuple(inputs),
    replay=replay,
    save_every=save_every,
    say=say,
  )
  return commands.COMMANDS[mode](run)


def list_experiments() -> None:
  """Prints the table of experiments, from their docstrings."""
  from rich.console import Console
  from rich.table import Table

  columns = ('System', 'Source', 'Parameters', 'Data', 'Result', 'Time')
  table = Table('Experiment', *columns, show_lines=True)
  for name in experiment_names():
    fields = card(name)
    table.add_row(name, *(fields.get(column, '') for column in columns))
  width = None if sys.stdout.isatty() else 200
  Console(width=width).print(table)


def list_options(name: str) -> None:
  """Prints an experiment's docstring, and every option with legal values."""
  module = experiment(name)
  print(inspect.cleandoc(module.__doc__ or ''))
  parts = tables()
  print('\nOptions, for --set path=value (now; legal values):')
  config = module.CONFIG
  for key in config:
    for path, part in config_lib.parts(key, config[key]):
      if key not in parts or not isinstance(part, dict) or 'name' not in part:
        print(f'  {path} = {part!r}')
        continue
      print(f'  {path}/name = {part["name"]!r} ({", ".join(parts[key])})')
      builder = config_lib.look_up(parts[key], part['name'], path)
      for option, legal in config_lib.options(builder).items():
        now = part.get(option, legal.default)
        print(f'  {path}/{option} = {now!r} ({legal.legal})')


def prepare_process(distributed: bool) -> None:
  """What must be set before jax first runs: caches and the other hosts."""
  # Compilation is a third of a small run; the cache is the user's own, since
  # whoever can write to it can run code (jax, persistent compilation cache).
  from zoo.corpus import default_cache

  compiled = default_cache() / 'compiled'
  compiled.mkdir(mode=0o700, parents=True, exist_ok=True)
  os.environ.setdefault('JAX_COMPILATION_CACHE_DIR', str(compiled))
  os.environ.setdefault('JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS', '0.2')
  if distributed:
    from zoo.training import parallel

    parallel.initialize()


def main(arguments: Sequence[str]) -> int:
  """Parses the command line and runs it; returns the exit code."""
  arguments = ['--list=*' if a == '--list' else a for a in arguments]
  try:
    try:
      rest = FLAGS(list(arguments))[1:]
    except flags.Error as error:
      raise UserError(_flag_message(error)) from None
    if rest:
      raise UserError(f'{rest[0]!r} stands alone: flags begin with --.')
    if FLAGS.list == '*':
      list_experiments()
    elif FLAGS.list:
      list_options(FLAGS.list)
    elif not FLAGS.experiment:
      raise UserError(
        'Which experiment? Give --experiment=NAME, for example '
        '--experiment=musicvae_melody; --list shows them all.'
      )
    else:
      prepare_process(FLAGS.distributed)
      command(
        FLAGS.experiment,
        FLAGS.mode,
        workdir=FLAGS.workdir,
        seed=FLAGS.seed,
        assignments=FLAGS.set,
        inputs=FLAGS.input,
        replay=FLAGS.replay,
        save_every=FLAGS.save_every,
      )
    return 0
  except UserError as error:
    print(f'run.py: {error}', file=sys.stderr)
    return 2
  except Exception as error:
    # Training that was asked to stop: what it says, without a traceback.
    if not isinstance(getattr(error, 'code', None), int):
      raise
    print(f'run.py: {error}', file=sys.stderr)
    return error.code


def _flag_message(error: flags.Error) -> str:
  if isinstance(error, flags.UnrecognizedFlagError):
    known = FLAGS.flags_by_module_dict()[sys.modules[__name__].__file__]
    names = [flag.name for flag in known]
    return f'There is no flag --{error.flagname}' + config_lib.nearest(
      error.flagname, names
    )
  return str(error).strip().rstrip('.') + '.'


if __name__ == '__main__':
  sys.exit(main(sys.argv))
