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
from typing import Any

import jax

from zoo import assembly
from zoo.cli import generate as making
from zoo.cli import report as report_lib
from zoo.cli import run_directory
from zoo.cli.runs import Run, corpus_of, load
from zoo.data.cache import default_cache
from zoo.training import checkpoint, processes, programs
from zoo.training.fit import fit
from zoo.training.validation import validation


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
  figures = _report(run, load(run), corpus)
  report = {**figures, 'batches': batches.figures}
  making.sample(run)
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
  training = corpus.splits['train']
  system = assembly.assemble(run.config, corpus.spec, training)
  assembly.build_sampler(run.config, system.model, corpus.spec)
  report_lib.check(run.config['evaluate'])
  batches = assembly.build_batches(run.config, training)
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
  loaded = load(run)  # refuses before the corpus is read
  if run.inputs:
    return _judge(run, loaded)
  report = _report(run, loaded, corpus_of(run, loaded))
  run_directory.write_report(run.workdir, report)
  return report


def listen(run: Run) -> Path:
  """Writes a page that plays samples and held-out originals blind."""
  from zoo.evaluation.music.note_rows import real_pieces
  from zoo.pages import listening

  loaded = load(run)
  corpus = corpus_of(run, loaded)
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
  'sample': making.sample,
  'reconstruct': making.reconstruct,
  'interpolate': making.interpolate,
  'harmonize': making.harmonize,
  'continue': making.go_on,
  'listen': listen,
  'benchmark': benchmark,
}


def _judge(run, loaded):
  """What listeners answered to --mode=listen, in the report."""
  from zoo.pages import listening

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
