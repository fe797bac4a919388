"""The modes of the command line: train, evaluate, sample, and their kin.

Each takes a `Run` and leaves files in its run directory; none knows which
system it runs. What a mode needs of a system it asks of the sampler, the
encoder and the evaluators that the experiment names.
"""

from collections.abc import Callable
import json
from pathlib import Path
import shlex
import time
from typing import Any, NamedTuple

import jax
import numpy as np

from zoo import assembly, run_directory
from zoo import config as config_lib
from zoo import report as report_lib
from zoo.cache import default_cache
from zoo.contracts import UserError
from zoo.corpus import Corpus
from zoo.training import checkpoint, processes, programs
from zoo.training.fit import fit
from zoo.training.validation import validation


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


def train(run: Run) -> dict[str, Any]:
  """Trains or resumes, then evaluates and samples; returns the report."""
  started = time.monotonic()
  # The same command again says all there is to say.
  run = run._replace(revise=lambda trained: run.config)
  corpus, system, batches = processes.together(lambda: _prepare(run))
  training = corpus.splits['train']
  prepared = time.monotonic()
  first = jax.process_index() == 0
  written = run.workdir / 'config.json'
  total = sum(stage.steps for stage in system.stages)
  finished = total in checkpoint.steps(run.workdir)
  meta = {
    'experiment': run.name,
    'config': run.config,
    'spec': json.loads(corpus.spec.to_json()),
    'data': corpus.fingerprint,
  }
  fit(
    system.stages,
    training,
    batches,
    system.augment,
    workdir=run.workdir,
    seed=run.config['seed'],
    chunk=run.config['batches']['chunk'],
    save_every=run.save_every,
    meta=meta,
    validate=validation(
      system.stages,
      batches,
      corpus.splits['validation'],
      seed=run.config['seed'],
    ),
    select=run.config.get('select'),
    trace=programs.keeper(default_cache() / 'programs', _made_from(meta)),
  )
  trained = time.monotonic()
  if not first:
    return {}
  # Not before `fit` has found that this is the run that lies there.
  run_directory.write_json(written, run.config)
  figures = _report(run, _load(run), corpus)
  report = {**figures, 'batches': batches.figures}
  sample(run)
  run_directory.draw_curves(run.workdir)
  # Of this call; one that trained nothing keeps those of the one that did.
  if not finished:
    report['times'] = {
      'prepare_seconds': prepared - started,
      'train_seconds': trained - prepared,
      'evaluate_and_sample_seconds': time.monotonic() - trained,
    }
  run_directory.write_report(run.workdir, report)
  run.say(f'Every figure is in {run.workdir / "report.json"}.')
  return report


def _prepare(run):
  """All that training is made of; what can be refused is, before it begins."""
  corpus, _ = run.prepare(run.config)
  system = assembly.assemble(run.config, corpus.spec)
  assembly.build_sampler(run.config, system.model, corpus.spec)
  report_lib.check(run.config['evaluate'])
  batches = assembly.build_batches(run.config, corpus.splits['train'])
  if jax.process_index() == 0:
    run_directory.make(run.workdir, run.config)
  return corpus, system, batches


def _made_from(meta):
  """What programs are made from: not the seed, which is an argument of theirs,
  nor what happens after training."""
  without = ('seed', 'sample', 'evaluate')
  config = {k: v for k, v in meta['config'].items() if k not in without}
  return {**meta, 'config': config}


def evaluate(run: Run) -> dict[str, Any]:
  """Computes every figure of the report again, on the trained checkpoint.

  With inputs, answers to --mode=listen: only what those say joins the report.
  """
  loaded = _load(run)  # refuses before the corpus is read
  if run.inputs:
    return _judge(run, loaded)
  report = _report(run, loaded, _corpus(run, loaded))
  run_directory.write_report(run.workdir, report)
  return report


def sample(run: Run) -> list[Path]:
  """Draws samples and writes each as .mid, .musicxml, .wav and .png."""
  if run.replay is not None:
    return replay(run)
  loaded = _load(run)
  count = loaded.config['sample']['count']
  made = assembly.draw(
    loaded, 'sample', range(count), run_directory.fitted(run.workdir)
  )
  names = [f'{i:03d}' for i in range(count)]
  return _write(run, loaded, 'sample', loaded.encoder.decode(made), names)


def replay(run: Run) -> list[Path]:
  """Makes the notes of an earlier sample again, from the text in its .mid."""
  assert run.replay
  origin = run_directory.read_origin(run.replay)
  if origin['mode'] not in ('sample', 'replay'):
    raise UserError(
      f'{run.replay} came of --mode={origin["mode"]}: give that mode its '
      '--input again.'
    )

  def revise(trained):
    config = run.revise(trained)
    changed = config_lib.differences(
      trained['sample'], config['sample'], 'sample'
    )
    if changed:
      raise UserError(
        f'--replay takes the settings of {run.replay} and no others: leave out '
        f'{", ".join(changed)}.'
      )
    return config

  loaded = _load(run._replace(revise=revise))
  if origin['checkpoint'] != loaded.meta['digest']:
    raise UserError(
      f'{run.replay} was made by checkpoint {origin["checkpoint"]}, and '
      f'{run.workdir} holds {loaded.meta["digest"]}: give the --workdir that '
      'made it.'
    )
  config = {**loaded.config, 'sample': origin['options']}
  sampler = assembly.build_sampler(config, loaded.model, loaded.encoder.spec)
  loaded = loaded._replace(config=config, sampler=sampler)
  index = origin['index']
  made = assembly.draw(
    loaded, 'sample', [index], run_directory.fitted(run.workdir)
  )
  pieces = loaded.encoder.decode(made)
  return _write(run, loaded, 'replay', pieces, [f'{index:03d}'])


def reconstruct(run: Run) -> list[Path]:
  """Encodes the user's piece, decodes it again, and writes both."""
  if len(run.inputs) != 1:
    raise UserError('--mode=reconstruct takes one --input=FILE.')
  loaded = _load(run)
  given = _encode(loaded, run.inputs[0])
  count = len(next(iter(given.values())))
  made = assembly.draw(loaded, 'reconstruct', range(count), given, by_row=True)
  same = np.mean([np.mean(given[k] == made[k]) for k in given if k in made])
  run.say(f'{same:.1%} of the steps of {run.inputs[0]} came back the same.')
  pieces = [loaded.encoder.join(given), loaded.encoder.join(made)]
  return _write(run, loaded, 'reconstruct', pieces, ['input', 'output'])


def interpolate(run: Run) -> list[Path]:
  """Walks from one piece to another, and writes the path as one piece too."""
  if len(run.inputs) != 2:
    raise UserError(
      '--mode=interpolate takes two inputs: --input=FILE --input=FILE.'
    )
  loaded = _load(run)
  ends = [_encode(loaded, path) for path in run.inputs]
  given = {k: np.stack([end[k][0] for end in ends]) for k in ends[0]}
  count = loaded.config['sample']['points']
  made = assembly.draw(loaded, 'interpolate', range(count), given)
  pieces = [*loaded.encoder.decode(made), loaded.encoder.join(made)]
  names = [*(f'{i:03d}' for i in range(count)), 'path']
  return _write(run, loaded, 'interpolate', pieces, names)


def harmonize(run: Run) -> list[Path]:
  """Accompanies the user's melody, and writes it and the result."""
  if len(run.inputs) != 1:
    raise UserError('--mode=harmonize takes one --input=FILE.')
  loaded = _load(run)
  piece = _read(run.inputs[0])
  given = loaded.encoder.cover(piece)
  count = len(next(iter(given.values())))
  # The windows of the piece and no more: a long one takes its time.
  made = assembly.draw(
    loaded, 'harmonize', range(count), given, by_row=True, at_once=count
  )
  pieces = [loaded.encoder.join(given), loaded.encoder.join(made)]
  if hasattr(loaded.encoder, 'complete'):
    pieces = [piece, loaded.encoder.complete(piece, made)]
  return _write(run, loaded, 'harmonize', pieces, ['input', 'output'])


def go_on(run: Run) -> list[Path]:
  """Goes on from the end of the user's piece; writes piece and continuation."""
  if len(run.inputs) != 1:
    raise UserError('--mode=continue takes one --input=FILE.')
  loaded = _load(run)
  given = _encode(loaded, run.inputs[0])
  count = loaded.config['sample']['count']
  made = assembly.draw(loaded, 'continue', range(count), given)
  names = [f'{i:03d}' for i in range(count)]
  return _write(run, loaded, 'continue', loaded.encoder.decode(made), names)


def listen(run: Run) -> Path:
  """Writes a page that plays samples and held-out originals blind."""
  from zoo import listening
  from zoo.evaluation.music.note_rows import real_pieces

  loaded = _load(run)
  corpus = _corpus(run, loaded)
  digest = loaded.meta['digest']
  options = loaded.config['sample']
  made = assembly.draw(
    loaded,
    'sample',
    range(options['count']),
    run_directory.fitted(run.workdir),
  )
  test = listening.blind_test(
    loaded.encoder.decode(made),
    real_pieces(loaded.encoder, corpus.splits['test'], one_a_piece=True),
    digest,
    options['seed'],
  )
  command = (
    f'python run.py --experiment={run.name} '
    f'--workdir={shlex.quote(str(run.workdir))} '
    '--mode=evaluate --input=ANSWERS.json'
  )
  page = listening.write_page(test, run.workdir / 'listening', digest, command)
  run.say(
    f'{len(test.pieces)} pieces in {page}: open it in a browser. With the '
    f'answers that it saves: {command}'
  )
  return page


def benchmark(run: Run) -> dict[str, Any]:
  """Times the compiled step; prints one JSON line."""
  from zoo.training import benchmark as benchmark_lib

  corpus, _ = run.prepare(run.config)
  system = assembly.assemble(run.config, corpus.spec)
  training = corpus.splits['train']
  figures = benchmark_lib.measure_stage(
    system.stages[0],
    training,
    assembly.build_batches(run.config, training),
    system.augment,
    seed=run.config['seed'],
    chunk=run.config['batches']['chunk'],
    dtype=run.config['model'].get('dtype', 'float32'),
  )
  run.say(json.dumps({'experiment': run.name, **figures}))
  return figures


COMMANDS: dict[str, Callable[[Run], Any]] = {
  'train': train,
  'evaluate': evaluate,
  'sample': sample,
  'reconstruct': reconstruct,
  'interpolate': interpolate,
  'harmonize': harmonize,
  'continue': go_on,
  'listen': listen,
  'benchmark': benchmark,
}


def _load(run):
  """The trained run, with what this call may change.

  Raises:
    UserError: the call gives a key another value than the run was trained with.
  """
  loaded = assembly.load(run.workdir, run.name)
  config = run.revise(loaded.config)
  free = ('sample', 'evaluate', 'dataset')  # of the data `_corpus` is judge
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


def _corpus(run, loaded):
  """What a run was trained on, as it was split then."""
  corpus, _ = run.prepare(loaded.config)
  if corpus.fingerprint != loaded.meta['data']:
    raise UserError(
      f'These are not the data that {run.workdir} was trained on, or this '
      'program reads them otherwise, so that the test set may hold what was '
      'trained on: give the same ones (dataset/...), or train anew in another '
      '--workdir.'
    )
  return corpus


def _encode(loaded, path):
  """The examples that cover a user's file from end to end."""
  return loaded.encoder.cover(_read(path))


def _read(path):
  """A user's file as a piece."""
  from zoo.music.reading import read  # music tower, slow to import

  return read(path)


def _write(run, loaded, mode, pieces, names):
  origin = {
    'experiment': run.name,
    'mode': mode,
    'checkpoint': loaded.meta['digest'],
    'step': loaded.meta['step'],
    'seed': loaded.config['seed'],
    'options': loaded.config['sample'],
    'inputs': [Path(path).name for path in run.inputs],
  }
  written = run_directory.write_pieces(
    run.workdir, loaded.encoder, pieces, names, origin
  )
  run.say(f'{len(pieces)} pieces written to {run.workdir / "samples"}.')
  return written


def _judge(run, loaded):
  """What listeners answered to --mode=listen, in the report."""
  from zoo import listening

  folder = run.workdir / 'listening'
  digest = loaded.meta['digest']
  answers = [
    listening.read_answers(path, folder, digest) for path in run.inputs
  ]
  figures = listening.judge(answers)
  run.say(report_lib.table('listening', figures))
  found = run_directory.read_report(run.workdir)
  report = {**found, 'checkpoint': digest, 'listening': figures}
  run_directory.write_report(run.workdir, report)
  return report


def _report(run, loaded, corpus):
  """Every figure that config['evaluate'] names, and the data."""
  return report_lib.make(
    loaded, loaded.config['evaluate'], corpus, run.workdir, run.say
  )
