r"""The command line of the music zoo.

  python run.py --list
  python run.py --experiment=musicvae_melody
  python run.py --experiment=musicvae_melody --mode=sample \
      --set sample/count=32 --set sample/temperature=0.8

Only this file and studies/ know the experiments and the datasets.
"""

import os
import signal
import sys

STOPPED = 'run.py: stopped; what was saved stays.'


def _stop_at_once(number, frame):
  """Ctrl-C before there is anything to save: one line, whatever is running."""
  del number, frame
  os.write(2, f'{STOPPED}\n'.encode())
  os._exit(130)


if __name__ == '__main__':
  signal.signal(signal.SIGINT, _stop_at_once)

from collections.abc import Callable, Sequence
import gc
import importlib
import json
import logging
from pathlib import Path
import shutil
from typing import Any, TextIO

from absl import flags

from zoo import config as config_lib
from zoo.contracts import Interrupted, UserError

ROOT = Path(__file__).resolve().parent
# Modes that start from the experiment's config; the others, from a trained run.
CONFIGURED = ('train', 'benchmark')
TRY = """\
The music zoo: music generators in JAX. Try

  python run.py --list                              lists the experiments
  python run.py --experiment=musicvae_melody        trains, and makes melodies
  python run.py --experiment=musicvae_melody --mode=interpolate \\
      --input=MINE.mid --input=YOURS.mid            from one tune to another
"""


def parse(arguments: Sequence[str]) -> flags.FlagValues:
  """The flags of a command line; the first argument is the program.

  Raises:
    UserError: an unknown flag, an invalid value, or an argument without a flag.
  """
  # Flags of our own: libraries add theirs to absl's global ones.
  values = flags.FlagValues()
  own: dict[str, Any] = {'flag_values': values}
  flags.DEFINE_string('experiment', None, 'A name from --list.', **own)
  flags.DEFINE_string(
    'mode', 'train', 'train, or another that --list=NAME shows.', **own
  )
  flags.DEFINE_string(
    'workdir',
    None,
    'The run directory; runs/EXPERIMENT/seedN by default.',
    **own,
  )
  flags.DEFINE_integer('seed', None, "Replaces the experiment's.", 0, **own)
  flags.DEFINE_multi_string(
    'set',
    [],
    'path/to/key=value: replaces one value of the experiment.',
    **own,
  )
  flags.DEFINE_multi_string(
    'input',
    [],
    'A MIDI, MusicXML or ABC file, or saved answers; may be repeated.',
    **own,
  )
  flags.DEFINE_string(
    'replay', None, 'The .mid of an earlier sample to reproduce.', **own
  )
  flags.DEFINE_integer(
    'save_every', 500, 'Steps between checkpoints (and validations).', 1, **own
  )
  flags.DEFINE_integer('keep', 3, 'How many checkpoints are kept.', 1, **own)
  flags.DEFINE_string(
    'list', None, '--list: all experiments; --list=NAME: its options.', **own
  )
  flags.DEFINE_bool('json', False, '--list as JSON, for programs.', **own)
  flags.DEFINE_bool('verbose', False, 'Prints every table.', **own)
  flags.DEFINE_bool(
    'distributed', False, 'One of several hosts; the same on each.', **own
  )
  flags.DEFINE_bool('help', False, 'Shows this.', short_name='h', **own)
  arguments = ['--list=*' if a == '--list' else a for a in arguments]
  try:
    rest = values(arguments)[1:]
  except flags.UnrecognizedFlagError as error:
    near = config_lib.suggestion(error.flagname, values)
    raise UserError(f'There is no flag --{error.flagname}{near}') from None
  except flags.Error as error:
    raise UserError(str(error).strip().rstrip('.') + '.') from None
  for name in ('experiment', 'mode', 'workdir', 'replay', 'list'):
    if values[name].value == '':
      raise UserError(f'--{name} is empty: give a value, or leave it out.')
  if rest:
    raise UserError(f'Unexpected argument {rest[0]!r}: flags begin with --.')
  return values


def experiment_names() -> list[str]:
  """The names of all files in experiments/."""
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
  """The `Key: value` fields of an experiment's docstring, with its Title."""
  from zoo.cli import listing

  return listing.read_card(experiment(name).__doc__ or '')


def tables() -> dict[str, Any]:
  """All tables of parts, by the config key that selects one."""
  from datasets import DATASETS
  from zoo.assembly import TABLES

  return {'dataset': DATASETS, **TABLES}


def resolve(
  name: str, assignments: Sequence[str] = (), seed: int | None = None
) -> dict[str, Any]:
  """The experiment's config with overrides, checked, every option written out.

  Raises:
    UserError: an unknown experiment, key or option, or a wrong type.
  """
  return revised(experiment(name).CONFIG, assignments, seed)


def revised(
  config: dict[str, Any], assignments: Sequence[str], seed: int | None
) -> dict[str, Any]:
  """A config with the overrides of a call, checked and completed."""
  from zoo import assembly

  parts = tables()
  config = config_lib.override(config, assignments, parts)
  if seed is not None:
    config['seed'] = seed
  if not 0 <= config['seed'] < 2**32:
    raise UserError(f'seed must be 0 to {2**32 - 1}, not {config["seed"]}.')
  config_lib.check_experiment(config, parts)
  assembly.check_fit(config)
  config = config_lib.complete(config, parts)
  # As read back from a checkpoint, where tuples are lists.
  return json.loads(json.dumps(config))


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
  keep: int = 3,
  verbose: bool = False,
  say: Callable[[str], None] = print,
  aside: Callable[[str], None] | None = None,
) -> Any:
  """Runs one mode of one experiment, like the command line.

  Args:
    name: the experiment.
    mode: train, evaluate, listen, benchmark, or one of the sampler.
    workdir: the run directory; runs/NAME/seedN by default.
    seed: replaces the experiment's.
    assignments: `path/to/key=value` overrides.
    inputs: music files, for modes that take them.
    replay: a .mid of an earlier sample.
    save_every: steps between checkpoints.
    keep: how many checkpoints are kept.
    verbose: whether to print all tables.
    say: takes the lines meant for the user.
    aside: takes the lines about the data in --mode=benchmark, which prints one
      line of results; None for `say`.

  Raises:
    UserError: a mistake that the user can correct.
  """
  _check_files(name, mode, inputs, replay)
  own = assignments
  if mode not in CONFIGURED:  # The others override the trained run's config.
    own = [one for one in assignments if one.startswith('seed=')]
  config = resolve(name, own, seed)
  from zoo.cli import commands, runs

  # Imports are done: from here on Ctrl-C raises KeyboardInterrupt.
  if signal.getsignal(signal.SIGINT) is _stop_at_once:
    signal.signal(signal.SIGINT, signal.default_int_handler)
  to = (aside or say) if mode == 'benchmark' else say
  run = runs.Run(
    name=name,
    config=config,
    workdir=Path(workdir or Path('runs') / name / f'seed{config["seed"]}'),
    prepare=lambda config: _prepare(config, to, verbose),
    revise=lambda trained: revised(trained, assignments, seed),
    complete=lambda config: config_lib.complete(config, tables()),
    inputs=tuple(inputs),
    replay=replay,
    save_every=save_every,
    keep=keep,
    say=say,
    about=experiment(name),
    plain=resolve(name),
    verbose=verbose,
  )
  if mode in commands.COMMANDS:
    return commands.COMMANDS[mode](run)
  return commands.make(run, mode)


def _prepare(config, report, verbose):
  """The corpus of a config, and the licence of its music."""
  from datasets import DATASETS
  from zoo.data import corpus
  from zoo.encoders import ENCODERS

  dataset = config_lib.build(DATASETS, config['dataset'], 'dataset')
  prepared, _ = corpus.prepare(
    dataset,
    config_lib.build(ENCODERS, config['encoder'], 'encoder'),
    cache=corpus.default_cache(),
    fractions=config.get('split', corpus.FRACTIONS),
    minimum=config['batch'],
    report=report,
    verbose=verbose,
  )
  return prepared, dataset.licence


def _check_files(name, mode, inputs, replay):
  """Raises UserError for files that a mode does not take, and for repeats."""
  if inputs and mode in (*CONFIGURED, 'listen'):
    raise UserError(
      f'--mode={mode} takes no --input; --list={name} shows which modes do.'
    )
  if replay is not None and mode != 'sample':
    raise UserError(f'--replay goes with --mode=sample, not with {mode}.')
  seen: set[str] = set()
  for path in inputs:
    if (real := os.path.realpath(path)) in seen:
      raise UserError(f'{path} is given twice: leave one of them out.')
    seen.add(real)


def show(name: str, as_json: bool = False) -> None:
  """Prints all experiments ('*'), or the card and options of one."""
  from zoo.cli import listing

  if name == '*':
    modules = {one: experiment(one) for one in experiment_names()}
    rows = listing.rows(modules, tables())
    width = listing.WIDTH
    if sys.stdout.isatty():
      width = shutil.get_terminal_size().columns
    lines = listing.table(rows, width)
    print(listing.as_json(rows) if as_json else '\n'.join(lines))
    return
  found = listing.about(name, experiment(name), resolve(name), tables())
  lines = listing.in_words(found)
  print(listing.as_json(found) if as_json else '\n'.join(lines))


def prepare_process(distributed: bool) -> None:
  """Sets up caches and other hosts, which must be done before jax runs."""
  # Imports and tracing make millions of objects and almost no garbage: with the
  # default threshold of 700, collection takes a tenth of the time to step 1.
  gc.set_threshold(100_000)
  # Compilation is a third of a small run. The cache is private to the user: it
  # contains executable code (jax's persistent compilation cache).
  from zoo.data.cache import default_cache, own_directory, prune

  try:
    compiled = own_directory(default_cache() / 'compiled')
    prune(own_directory(default_cache()))
    os.environ.setdefault('JAX_COMPILATION_CACHE_DIR', str(compiled))
  except OSError:  # The home is not writable, which the corpus reports.
    logging.getLogger('matplotlib').setLevel(logging.ERROR)
  os.environ.setdefault('JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS', '0')
  # Initial weights need small matrix decompositions, which are slower with two
  # threads, and many times slower on a busy machine.
  os.environ.setdefault('OPENBLAS_NUM_THREADS', '1')
  if distributed:
    from zoo.training import processes

    processes.initialize()


def speaker(distributed: bool, stream: TextIO) -> Callable[[str], None]:
  """Prints to a stream; of several processes only the first one prints."""
  if distributed:
    import jax

    if jax.process_index():
      return lambda text: None
  return lambda text: print(text, file=stream)


def main(arguments: Sequence[str]) -> int:
  """Parses the command line and runs it; returns the exit code."""
  try:
    given = parse(arguments)
    if given.help:
      print(__doc__)
      print(given.main_module_help() or given.get_help())
    elif given.list:
      show(given.list, given.json)
    elif not arguments[1:]:
      print(TRY)
    elif not given.experiment:
      raise UserError(
        'Which experiment? Give --experiment=NAME, for example '
        '--experiment=musicvae_melody; --list lists them all.'
      )
    else:
      prepare_process(given.distributed)
      command(
        given.experiment,
        given.mode,
        workdir=given.workdir,
        seed=given.seed,
        assignments=given.set,
        inputs=given.input,
        replay=given.replay,
        save_every=given.save_every,
        keep=given.keep,
        verbose=given.verbose,
        say=speaker(given.distributed, sys.stdout),
        aside=speaker(given.distributed, sys.stderr),
      )
    return 0
  except UserError as error:
    print(f'run.py: {error}', file=sys.stderr)
    return 2
  except OSError as error:
    where = error.filename or 'A file'
    print(
      f'run.py: {where} cannot be used ({error.strerror or error}).',
      file=sys.stderr,
    )
    return 2
  except Interrupted as error:
    print(f'run.py: {error}', file=sys.stderr)
    return error.code
  except KeyboardInterrupt:
    print(STOPPED, file=sys.stderr)
    return 130


if __name__ == '__main__':
  sys.exit(main(sys.argv))
