"""Which parameters a run is judged by, where these are not simply the last.

The best on validation, if the experiment has `select`; and moving averages,
of the optimizer groups that keep them. They lie beside the checkpoints, in
<workdir>/chosen, and nothing is ever trained on from there.
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
  """Keeps the chosen moment of one run, in memory and then on the disk."""

  def __init__(
    self,
    workdir: str | os.PathLike,
    warn: Callable[[str], None],
    *,
    select: Mapping[str, Any] | None,
    fresh: bool,
  ):
    """Finds what was chosen so far.

    Args:
      workdir: the run directory.
      warn: told, in one line, what went wrong and was got over.
      select: {'metric': a figure of the validation, of which the least is
        best; 'every': steps between validations}, or None: the last moment.
      fresh: whether the run starts from the beginning.
    """
    self._folder = Path(workdir) / _FOLDER
    self._warn = warn
    self._select = select
    self._waiting: tuple[Snapshot, float] | None = None
    if fresh:
      shutil.rmtree(self._folder, ignore_errors=True)
    found = checkpoint.read_meta(self._folder)
    self._best = found['chosen'] if found else math.inf
    self._saved = found['step'] if found else None

  def due(self, step: int, chunk: int) -> bool:
    """Whether a chunk that ends at `step` is to be judged: by it alone."""
    every = self._select['every'] if self._select else 0
    return bool(every) and step // every > (step - chunk) // every

  def offer(
    self, snapshot: Snapshot, figures: Mapping[str, float], averages: bool
  ) -> None:
    """Takes a moment if it is the best so far; without `select`, the last.

    Args:
      snapshot: the moment, its parameters those that were validated.
      figures: of the validation; {} where none was due.
      averages: whether these parameters are averages. Without `select`,
        others lie in the checkpoint already.

    Raises:
      UserError: the validation has no such figure.
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
      if not value < self._best:
        return
      self._best = value
    elif not averages:
      return
    self._waiting = snapshot, value

  def save(self, meta: Mapping[str, Any]) -> None:
    """Writes down what was taken since the last time."""
    if self._waiting is None:
      return
    snapshot, value = self._waiting
    if snapshot.step == self._saved:  # by a run that was killed just after
      return
    keeper = checkpoint.Checkpoints(self._folder, self._warn, keep=1)
    try:
      # What training would need to go on is left out.
      kept = snapshot._replace(opt={})
      keeper.save(kept, {**meta, 'chosen': value})
      if keeper.wait():
        self._waiting, self._saved = None, snapshot.step
    finally:
      keeper.close()


def check(select: Any) -> None:
  """Raises UserError unless `select` is None or says what to choose by."""
  if select is None:
    return
  if (
    not isinstance(select, Mapping)
    or set(select) != {'metric', 'every'}
    or not isinstance(select['every'], int)
    or select['every'] < 1
  ):
    raise UserError(
      "select must be like {'metric': 'loss', 'every': 100}: a figure of the "
      f'validation, and the steps between two, not {select!r}.'
    )


def averaged(snapshot: Snapshot) -> Snapshot:
  """The moment with averages for the parameters that have one, if any do."""
  params = optimizer.averaged(snapshot.opt, snapshot.params)
  return snapshot if params is None else snapshot._replace(params=params)


def restore(
  workdir: str | os.PathLike, warn: Callable[[str], None]
) -> checkpoint.Restored | None:
  """The chosen moment of a run, or its last; None if there is neither."""
  chosen = checkpoint.restore(Path(workdir) / _FOLDER, warn)
  return chosen or checkpoint.restore(workdir, warn)
