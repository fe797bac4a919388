"""The modes of every run: train, evaluate, listen, benchmark.

Each takes a `Run` and writes files to its run directory; none knows which
system it runs. All other modes are those of the run's sampler, and share one
command: see zoo.cli.generate.
"""

from collections.abc import Callable
import json
from pathlib import Path
import shlex
import time
from typing import Any

import jax

from zoo import assembly
from zoo.cli import generate, model_card, run_directory, summary
from zoo.cli import report as report_lib
from zoo.cli.runs import Run, check_owner, command_of, corpus_of, load
from zoo.data.cache import default_cache
from zoo.training import checkpoint, processes, programs
from zoo.training.fit import fit
from zoo.training.validation import validation


def train(run: Run) -> dict[str, Any]:
  """Trains or resumes, then evaluates and samples; returns the report."""
  started = time.monotonic()
  check_owner(run)
  # The settings of this call are complete: `fit` compares them with the run's.
  run = run._replace(revise=lambda trained: run.config)
  corpus, licence, system, batches = processes.together(lambda: _prepare(run))
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
    keep=run.keep,
    meta=meta,
    validate=validation(
      system.stages,
      batches,
      corpus.splits['validation'],
      seed=run.config['seed'],
    ),
    select=run.config.get('select'),
    trace=programs.keeper(default_cache() / 'programs', _made_from(meta)),
    complete=run.complete,
  )
  trained = time.monotonic()
  if not first:
    return {}
  # Only after `fit` has checked that the directory holds this run.
  run_directory.write_json(written, run.config)
  loaded = load(run)
  report = {
    **_report(run, loaded, corpus, licence),
    'batches': batches.figures,
  }
  made = generate.generate(run, 'sample', loaded)
  run_directory.draw_curves(run.workdir)
  # The times of this call; one that trained nothing keeps the earlier ones.
  if not finished:
    report['times'] = {
      'prepare_seconds': prepared - started,
      'train_seconds': trained - prepared,
      'evaluate_and_sample_seconds': time.monotonic() - trained,
    }
  run_directory.write_report(run.workdir, report)
  _finish(run, report, made)
  return report


def _prepare(run):
  """Builds everything that training needs, and checks it beforehand."""
  corpus, licence = run.prepare(run.config)
  training = corpus.splits['train']
  system = assembly.assemble(run.config, corpus.spec, training)
  assembly.build_sampler(run.config, system.model, corpus.spec)
  report_lib.check(run.config['evaluate'])
  batches = assembly.build_batches(run.config, training)
  if jax.process_index() == 0:
    run_directory.make(run.workdir, run.config)
  return corpus, licence, system, batches


def _made_from(meta):
  """What compiled programs depend on.

  They do not depend on the seed, which is one of their arguments, nor on what
  follows training.
  """
  without = ('seed', 'sample', 'evaluate')
  config = {k: v for k, v in meta['config'].items() if k not in without}
  return {**meta, 'config': config}


def evaluate(run: Run) -> dict[str, Any]:
  """Measures everything in the report again, on the trained checkpoint.

  If there are inputs, they are answers to --mode=listen, and only their
  evaluation is added to the report.
  """
  loaded = load(run)  # Raises its errors before the corpus is read.
  listened = _judge(run, loaded) if run.inputs else None
  report = run_directory.read_report(run.workdir)
  # A report is about one checkpoint: for another one it is made again.
  if listened is None or report.get('checkpoint') != loaded.meta['digest']:
    corpus, licence = corpus_of(run, loaded)
    report = _report(run, loaded, corpus, licence)
  if listened is not None:
    report = {**report, 'listening': listened}
  run_directory.write_report(run.workdir, report)
  _finish(run, report)
  return report


def make(run: Run, mode: str) -> list[Path]:
  """Runs a mode of the run's sampler; returns the paths of its files."""
  made = generate.generate(run, mode)
  if made.page:
    run.say(f'open {made.page}')
    return made.paths
  page = _write_page(run, made.pieces)
  count = len(made.paths)
  run.say(
    f'{count} {"piece" if count == 1 else "pieces"} written to '
    f'{run.workdir / "samples"}: open {page}'
  )
  return made.paths


def listen(run: Run) -> Path:
  """Writes a page that plays samples and held-out originals blind."""
  from zoo.evaluation.music.note_rows import real_pieces
  from zoo.pages import listening

  loaded = load(run)
  corpus, _ = corpus_of(run, loaded)
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
    f'{len(test.pieces)} pieces in {page}: open it in a browser. Then evaluate '
    f'the answers that it saves: {command}'
  )
  _write_page(run)
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
  'listen': listen,
  'benchmark': benchmark,
}


def _judge(run, loaded):
  """Listeners' answers to --mode=listen, as metrics."""
  from zoo.pages import listening

  folder = run.workdir / 'listening'
  digest = loaded.meta['digest']
  answers = [
    listening.read_answers(path, folder, digest) for path in run.inputs
  ]
  return listening.judge(answers)


def _report(run, loaded, corpus, licence):
  """The metrics named in config['evaluate'], and the data."""
  report = report_lib.make(
    loaded,
    loaded.config['evaluate'],
    corpus,
    run.workdir,
    run.say if run.verbose else lambda table: None,
  )
  command = command_of(run.name, run.plain, loaded.config)
  dataset = loaded.config['dataset']['name']
  data = {**report['data'], 'dataset': dataset, 'licence': licence}
  return {**report, 'data': data, 'command': command}


def _finish(run, report, made=None):
  """Writes the card and the page of a run, and prints its main metrics."""
  model_card.write(run.workdir, run.card, report)
  page = _write_page(run, made.pieces if made else {})
  if run.verbose and 'listening' in report:
    run.say(report_lib.table('listening', report['listening']))
  for line in summary.lines(report, run.headline):
    run.say(line)
  if made:
    run.say(f'{len(made.paths)} samples are in {run.workdir / "samples"}.')
  run.say(f'All metrics: {run.workdir / "report.json"}; --verbose prints them.')
  run.say(f'open {page}')


def _write_page(run, pieces=()):
  """Writes the run's page; `pieces` are not read again from their files."""
  from zoo.music.piece import Piece
  from zoo.pages import run_page

  music = {k: v for k, v in dict(pieces).items() if isinstance(v, Piece)}
  return run_page.write(run.workdir, card=run.card, pieces=music)
