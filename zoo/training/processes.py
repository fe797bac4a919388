"""Starting, stopping and losing processes.

One process stops at its own signals. Several processes stop together: after
`initialize`, jax handles SIGTERM in whichever process received it, and
`reached_preemption_sync_point` is true in all of them at the same chunk.
"""

from collections.abc import Callable
import contextlib
import os
import signal
import sys
import threading
import traceback
from typing import Any

import jax
from jax.experimental import multihost_utils
import numpy as np

from zoo.contracts import Interrupted, UserError

LOST_PEER = 75  # EX_TEMPFAIL: start all processes again to resume.
_HEARTBEAT = 10  # Seconds.
# Process 0 evaluates and samples while the others wait for it; the heartbeat
# reports its loss.
_EVALUATION = 86_400  # Seconds.


def initialize(
  coordinator: str | None = None,
  num_processes: int | None = None,
  process_id: int | None = None,
) -> None:
  """Joins the other processes; call it before anything asks for a device.

  Arguments that are None are read from the environment
  (JAX_COORDINATOR_ADDRESS, JAX_NUM_PROCESSES, JAX_PROCESS_ID), and otherwise
  from the cluster (Cloud TPU, SLURM, Open MPI, Kubernetes).

  Args:
    coordinator: 'host:port' of process 0.
    num_processes: how many there are.
    process_id: which this one is.

  Raises:
    UserError: a value that is not a number, or processes that cannot connect.
  """
  numbers = (
    _number(num_processes, 'JAX_NUM_PROCESSES'),
    _number(process_id, 'JAX_PROCESS_ID'),
  )
  try:
    jax.distributed.initialize(
      coordinator,
      *numbers,
      heartbeat_timeout_seconds=_HEARTBEAT,
      shutdown_timeout_seconds=_EVALUATION,
    )
  except (RuntimeError, ValueError) as error:
    cause = str(error).splitlines()[0].rstrip('.')
    raise UserError(
      f'The processes could not be joined ({cause}): set '
      'JAX_COORDINATOR_ADDRESS, JAX_NUM_PROCESSES and JAX_PROCESS_ID, the '
      'last one different in each.'
    ) from None


def _number(given, name):
  if given is not None or name not in os.environ:
    return given
  if not os.environ[name].isdigit():
    raise UserError(f'{name} is {os.environ[name]!r}: it must be a number.')
  return int(os.environ[name])


def together(call: Callable[[], Any]) -> Any:
  """The result of `call`, in every process, if it fails in none.

  No process is left waiting: at any error but a UserError all end.

  Raises:
    UserError: that of `call`, or one that says so if it only failed in another
      process.
  """
  result, failed = None, None
  try:
    with ends_together():
      result = call()
  except UserError as error:
    failed = error
  if jax.process_count() > 1:
    all_failed = multihost_utils.process_allgather(np.int32(failed is not None))
    if failed is None and all_failed.any():
      failed = UserError(
        'Another process of this run failed to start; its own message says '
        'why. Start them all again.'
      )
  if failed is not None:
    raise failed
  return result


class Stop(contextlib.AbstractContextManager):
  """Detects SIGTERM and Ctrl-C; a second Ctrl-C ends the process at once."""

  def __init__(self):
    self._signal = 0
    self._edges = 0
    self._before = {}

  def __enter__(self):
    # Only the main thread may install handlers; other threads get no signals.
    if threading.current_thread() is threading.main_thread():
      several = jax.process_count() > 1
      for number in (signal.SIGINT,) if several else _SIGNALS:
        self._before[number] = signal.signal(number, self._notice)
    return self

  def __exit__(self, *_):
    for number, handler in self._before.items():
      signal.signal(number, handler)

  def asked(self) -> int:
    """The signal received, 0 for none; call it once per chunk."""
    self._edges += 1
    if jax.process_count() == 1:
      return self._signal
    reached = multihost_utils.reached_preemption_sync_point(self._edges)
    return (self._signal or signal.SIGTERM) if reached else 0

  def _notice(self, number, _):
    self._signal = number
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if jax.process_count() > 1:
      os.kill(os.getpid(), signal.SIGTERM)  # jax notifies the other processes


_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def ends_together():
  """Ends this process when another one is lost, without waiting for it.

  An ordinary exit would block in jax's shutdown barrier until the heartbeat
  times out and aborts.
  """
  try:
    yield
  except (UserError, Interrupted):
    raise  # The same in every process.
  except BaseException:
    if jax.process_count() == 1:
      raise
    traceback.print_exc()
    print(
      'This process ends here, and so do the others, after an error or the '
      'loss of one of them: start them all again to resume.',
      file=sys.stderr,
    )
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(LOST_PEER)
