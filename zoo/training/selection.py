"""Model selection: the best parameters on validation, or averaged ones.

The best on validation if the experiment has `select`, and moving averages for
the optimizer groups that keep them. They are saved next to the checkpoints, in
<workdir>/chosen; training never resumes from there.
"""

from collections.abc import Callable, Mapping
import math
import os
from pathlib import Path
import shutil
from typing import Any

from zoo.contracts import UserError
from zoo.training import checkpoint, optimizer
from zoo.training.stages import Snapshot

_FOLDER = 'chosen'


class Selection:
  """Keeps the selected snapshot of one run, in memory and then on disk."""

  def __init__(
    self,
    workdir: str | os.PathLike,
    warn: Callable[[str], None],
    *,
    select: Mapping[str, Any] | None,
    fresh: bool,
  ):
    """Reads what was selected so far.

    Args:
      workdir: the run directory.
      warn: receives one line for each error that training survives.
      select: {'metric': of the validation; 'every': steps between
        validations; 'best': 'least' (the default) or 'most'}; None selects
        the last step.
      fresh: whether the run starts from the beginning.
    """
    self._folder = Path(workdir) / _FOLDER
    self._warn = warn
    self._select = select
    self._waiting: tuple[Snapshot, float] | None = None
    if fresh:
      shutil.rmtree(self._folder, ignore_errors=True)
    found = checkpoint.read_meta(self._folder)
    most = select is not None and select.get('best') == 'most'
    # The selected step has the least sign * value.
    self._sign = -1 if most else 1
    self._best = self._sign * found['chosen'] if found else math.inf
    self._saved = found['step'] if found else None

  def due(self, step: int, chunk: int) -> bool:
    """Whether to validate at the end of a chunk; depends only on `step`."""
    every = self._select['every'] if self._select else 0
    return bool(every) and step // every > (step - chunk) // every

  def offer(
    self, snapshot: Snapshot, figures: Mapping[str, float], averages: bool
  ) -> None:
    """Keeps a snapshot if it is the best so far; without `select`, the last.

    Args:
      snapshot: with the parameters that were validated.
      figures: metrics of the validation; {} if none was due.
      averages: whether these parameters are averages. Without `select`, any
        others are already in the checkpoint.

    Raises:
      UserError: the validation has no such metric.
    """
    value = 0.0
    if self._select and not figures:
      return
    if self._select:
      metric = self._select['metric']
      if metric not in figures:
        raise UserError(
          f'select/metric is {metric!r}, and validation has '
          f'{", ".join(sorted(figures)) or "nothing"}: choose one of these.'
        )
      value = float(figures[metric])
      if not self._sign * value < self._best:
        return
      self._best = self._sign * value
    elif not averages:
      return
    self._waiting = snapshot, value

  def save(self, meta: Mapping[str, Any]) -> None:
    """Saves what was kept since the last call."""
    if self._waiting is None:
      return
    snapshot, value = self._waiting
    if snapshot.step == self._saved:  # By a run that was killed just after.
      return
    keeper = checkpoint.Checkpoints(self._folder, self._warn, keep=1)
    try:
      # Without the optimizer's state, which only training needs.
      kept = snapshot._replace(opt={})
      keeper.save(kept, {**meta, 'chosen': value})
      if keeper.wait():
        self._waiting, self._saved = None, snapshot.step
    finally:
      keeper.close()


def check(select: Any) -> None:
  """Raises UserError unless `select` is None or well-formed."""
  if select is None:
    return
  if (
    not isinstance(select, Mapping)
    or not {'metric', 'every'} <= set(select) <= {'metric', 'every', 'best'}
    or select.get('best', 'least') not in ('least', 'most')
    or not isinstance(select['every'], int)
    or select['every'] < 1
  ):
    raise UserError(
      "select must be like {'metric': 'loss', 'every': 100, 'best': 'least'}: "
      'a metric of the validation, the number of steps between validations, '
      f'and whether the least or the most is best; not {select!r}.'
    )


def averaged(snapshot: Snapshot) -> Snapshot:
  """The snapshot with averages in place of the parameters that have one."""
  params = optimizer.averaged(snapshot.opt, snapshot.params)
  return snapshot if params is None else snapshot._replace(params=params)


def restore(
  workdir: str | os.PathLike, warn: Callable[[str], None]
) -> checkpoint.Restored | None:
  """The selected snapshot of a run, or its last; None if there is neither."""
  chosen = checkpoint.restore(Path(workdir) / _FOLDER, warn)
  return chosen or checkpoint.restore(workdir, warn)
