"""Trains an experiment, or resumes it, in its run directory."""

from collections.abc import Callable, Mapping, Sequence
import json
import os
from typing import Any

import numpy as np

from zoo import config
from zoo.contracts import Augment, Batches, Interrupted, Tree, UserError
from zoo.training import (
  checkpoint,
  loop,
  parallel,
  processes,
  programs,
  selection,
)
from zoo.training.log import Log, warn
from zoo.training.stages import Snapshot, Stage, template

# Keys of an experiment that concern what follows training.
_FREE = ('sample', 'evaluate')
_PATIENCE = 20

Validate = Callable[[int, Tree, Tree], Mapping[str, float]]
Complete = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def fit(
  stages: Sequence[Stage],
  arrays: Tree,
  batches: Batches,
  augment: Sequence[Augment] = (),
  *,
  workdir: str | os.PathLike,
  seed: int,
  chunk: int,
  save_every: int,
  meta: Mapping[str, Any],
  validate: Validate | None = None,
  select: Mapping[str, Any] | None = None,
  keep: int = 3,
  patience: int = _PATIENCE,
  trace: programs.Trace = programs.uncached,
  complete: Complete = dict,
) -> Snapshot:
  """Trains to the end of the last stage and returns the final snapshot.

  Resumes from the newest checkpoint in `workdir`; a finished run is returned
  unchanged. On a CPU, a run that is killed and resumed ends bit-identical to
  an uninterrupted one.

  Args:
    stages: what to train, one after the other.
    arrays: the training set, {field: [N, ...]}.
    batches: which examples are in each step.
    augment: applied in order inside the compiled step.
    workdir: the run directory; shared by all processes.
    seed: the experiment's seed.
    chunk: K, the steps of a compiled call; divides the steps of each stage.
    save_every: steps between checkpoints; they are saved where chunks end.
    meta: what is saved with each checkpoint: 'config' (the experiment), 'spec'
      (the encoder's, JSON), 'data' (a fingerprint), and anything else.
    validate: (stage, params, state) -> numbers, called at every checkpoint
      and written as validation_<name>. It receives averaged parameters if the
      optimizer keeps averages.
    select: {'metric', 'every'}: also validates every so many steps of the
      last stage, and selects the step with the lowest metric; see `selection`.
    keep: how many checkpoints are kept.
    patience: how many steps in a row without a finite loss end the run.
    trace: how programs are traced; `programs.keeper` traces each once. Resume
      a run with the one that it was started with: another may round
      differently.
    complete: config -> config, adding the defaults of options that are newer
      than the saved run, so that it does not count as another experiment.

  Raises:
    UserError: another experiment, encoder or data than the run directory's;
      steps, chunk and batch that do not fit; a loss that stays non-finite.
    Interrupted: SIGTERM or Ctrl-C; everything is saved.
  """
  loop.check(stages, batches, chunk)
  selection.check(select)
  meta = json.loads(json.dumps({**meta, 'seed': seed}))
  with processes.ends_together():
    parallel.agree(json.dumps(meta), 'experiment and data')
    snapshot = _carry_on(stages, arrays, batches, workdir, meta, complete)
    total = sum(stage.steps for stage in stages)
    if snapshot is not None and snapshot.step == total:
      return snapshot
    start = 0 if snapshot is None else snapshot.step
    log = Log(workdir, total=total, batch=batches.size, start=start)
    _announce(log, batches.size, start, total, workdir)
    checkpoints = checkpoint.Checkpoints(workdir, log.warn, keep=keep)
    checkpoints.drop_after(start)
    chosen = selection.Selection(
      workdir, log.warn, select=select, fresh=snapshot is None
    )
    parallel.agree('ready', 'place to start')
    edges = loop.run(
      stages,
      arrays,
      batches,
      augment,
      seed=seed,
      chunk=chunk,
      snapshot=snapshot,
      announce=log.say,
      trace=trace,
    )
    try:
      with processes.Stop() as stop:
        last = len(stages) - 1
        book = _Book(log, checkpoints, chosen, last, meta, validate, patience)
        return _train(edges, book, stop, total, chunk, save_every)
    finally:
      checkpoints.close()
      log.close()


def _announce(log, batch, start, total, workdir):
  """Reports idle devices, and the step at which training resumes."""
  if parallel.idle():
    log.say(
      f'{parallel.count()} of {parallel.count() + parallel.idle()} devices '
      f'are used: they share a batch of {batch} equally.'
    )
  if start:
    log.say(f'Carrying on from step {start} of {total} in {workdir}.')


class _Book:
  """Logs what the loop reports."""

  def __init__(
    self, log, checkpoints, chosen, last_stage, meta, validate, patience
  ):
    self.log, self.checkpoints = log, checkpoints
    self._chosen, self._last_stage = chosen, last_stage
    self._meta, self._validate, self._patience = meta, validate, patience
    self._bad = 0  # Steps in a row that were not finite.

  def line(self, edge, more=None):
    """One line of the log; waits for the chunk to end."""
    metrics, finite = edge.metrics()
    numbers = {
      name: float(np.mean(values[finite], dtype=np.float64))
      if finite.any()
      else float('nan')
      for name, values in metrics.items()
    }
    numbers['skipped'] = int(np.sum(~finite))
    self.log.step(edge.stage, edge.step, {**numbers, **(more or {})})
    first = edge.step - len(finite) + 1
    for place, good in enumerate(finite):
      self._bad = 0 if good else self._bad + 1
      if self._bad >= self._patience:
        raise UserError(
          f'The loss or its gradient has not been finite for {self._bad} '
          f'steps, from step {first + place - self._bad + 1} on: lower '
          'optimizer/learning_rate or set optimizer/clip.'
        )

  def judge(self, edge, chunk):
    """Whether this step may be selected."""
    last = edge.stage == self._last_stage
    return last and self._chosen.due(edge.step, chunk)

  def look(self, edge, validate, save):
    """Logs, validates and saves one step; returns its snapshot."""
    snapshot = edge.snapshot()
    judged = selection.averaged(snapshot)
    found = {}
    if validate and self._validate is not None:
      found = self._validate(edge.stage, judged.params, judged.state)
    self.line(edge, {f'validation_{k}': value for k, value in found.items()})
    if edge.stage == self._last_stage:
      self._chosen.offer(judged, found, averages=judged is not snapshot)
    if save:
      self.log.sync()
      self._chosen.save(self._meta)
      self.checkpoints.save(snapshot, self._meta)
    self.log.resume_clock()
    return snapshot


def _train(edges, book, stop, total, chunk, save_every):
  late = None  # The edge whose metrics have not been read yet.
  for edge in edges:
    if late is not None:
      book.line(late)
      book.checkpoints.open()  # The devices are busy with the next chunk.
    late = edge
    number = stop.asked()
    last = edge.step == total
    # Depends only on the step: a resumed run validates at the same steps.
    due = last or edge.step // save_every > (edge.step - chunk) // save_every
    judge = due or book.judge(edge, chunk)
    if number or judge:
      snapshot = book.look(edge, validate=judge, save=number or due)
      late = None
      if (number or last) and not book.checkpoints.wait():
        raise UserError(
          f'The checkpoint of step {edge.step} could not be saved: make room '
          'on the disk and run the same command again.'
        )
      if last:
        return snapshot
      if number:
        book.log.say(
          f'Stopped and saved at step {edge.step}; the same command carries on.'
        )
        raise Interrupted(edge.step, number)
  raise AssertionError('the loop ends at its last step')


def _carry_on(stages, arrays, batches, workdir, meta, complete):
  """The newest undamaged checkpoint, if it is of this experiment."""
  found = checkpoint.read_meta(workdir)
  if found is None:
    return None
  _refuse_another(
    {**found, 'config': complete(found.get('config', {}))}, meta, workdir
  )
  restored = checkpoint.restore(
    workdir,
    warn,
    lambda meta: template(stages, meta['stage'], arrays, batches),
  )
  parallel.agree(str(restored.snapshot.step), 'checkpoints')
  return restored.snapshot


def _refuse_another(old, new, workdir):
  """Raises UserError with the keys that differ from the run in `workdir`."""
  configs = [
    {k: v for k, v in one.get('config', {}).items() if k not in _FREE}
    for one in (old, new)
  ]
  keys = config.differences(*configs)
  orders = [
    [list(stage.get('optimizer') or {}) for stage in one.get('stages') or [one]]
    for one in configs
  ]
  if not keys and orders[0] != orders[1]:
    keys.append("order of the optimizer's patterns")
  if old['seed'] != new['seed'] and 'seed' not in keys:
    keys.append('seed')
  if not keys:
    keys += ['encoder vocabulary'] * (old.get('spec') != new.get('spec'))
    keys += ['data (dataset)'] * (old.get('data') != new.get('data'))
  if keys:
    raise UserError(
      f'{workdir} was trained with another {", ".join(keys)}: '
      'restore the old value, or use another --workdir.'
    )
