"""Measures contenders in turn, each in a process of its own.

Each contender is set up, warmed up and stopped (SIGSTOP); in each round every
contender in turn is continued, runs, and is stopped again, so that the spinning
threads of one never slow another. A contender is a function in a benchmark file
that returns (run, units, check): the function to time, how many units (steps,
notes) a run does, and numbers that show that all contenders compute the same.
"""

from collections.abc import Callable, Mapping, Sequence
import importlib.util
import json
import os
from pathlib import Path
import signal
import subprocess
import sys
import time
from typing import Any, NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
# A round lasts at least this long.
SECONDS = 1.0
# If the quartiles of either side are further apart, no ratio is printed.
WIDEST = 0.15


class Contender(NamedTuple):
  """A contender: `function` of `file`, called with `arguments`."""

  name: str
  file: str
  function: str
  arguments: Mapping[str, Any]
  threads: int = 2


class Result(NamedTuple):
  """Seconds a unit in each round, and the contender's check numbers."""

  seconds: np.ndarray
  check: np.ndarray
  first_call: float

  @property
  def median(self) -> float:
    return float(np.median(self.seconds))

  @property
  def spread(self) -> float:
    return spread(self.seconds)


def spread(seconds: Sequence[float] | np.ndarray) -> float:
  """Distance of the quartiles, as a share of the median."""
  low, high = np.quantile(seconds, [0.25, 0.75])
  return float((high - low) / np.median(seconds))


def race(
  contenders: Sequence[Contender], rounds: int, tolerance: float = 1e-3
) -> dict[str, Result]:
  """Measures all contenders in alternating rounds.

  Args:
    contenders: all are checked against the first one.
    rounds: at least seven for a published figure.
    tolerance: relative difference allowed between the checks.

  Raises:
    RuntimeError: a contender failed, or its check differs from the first one's.
  """
  # However this process ends, the stopped ones must not be left behind.
  signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
  workers = []
  try:
    for contender in contenders:
      workers.append(_Worker(contender))
    for worker in workers[1:]:
      if not np.allclose(worker.check, workers[0].check, tolerance, 1e-6):
        raise RuntimeError(
          f'{worker.name} does not compute what {workers[0].name} does: '
          f'{worker.check} and {workers[0].check}.'
        )
    seconds = [[worker.measure() for worker in workers] for _ in range(rounds)]
  finally:
    for worker in workers:
      worker.end()
  return {
    worker.name: Result(np.array(column), worker.check, worker.first_call)
    for worker, column in zip(workers, zip(*seconds, strict=True), strict=True)
  }


def table(
  results: Mapping[str, Result], ours: str, unit: str, scale: float = 1e3
) -> str:
  """A Markdown table; ratios are `ours` against each other contender.

  Args:
    results: of `race`.
    ours: the contender that the others are compared with.
    unit: of the printed times: 'ms/step', ...
    scale: from seconds to that unit.
  """
  lines = [
    f'| contender | {unit} (least, most) | spread | {ours} is faster by |',
    '| --- | --- | --- | --- |',
  ]
  for name, result in results.items():
    low, high = result.seconds.min() * scale, result.seconds.max() * scale
    lines.append(
      f'| {name} | {result.median * scale:.4g} ({low:.4g}, {high:.4g}) | '
      f'{result.spread:.1%} | {_ratio(result, results[ours])} |'
    )
  return '\n'.join(lines)


def _ratio(theirs, ours):
  if theirs is ours:
    return ''
  if max(theirs.spread, ours.spread) > WIDEST:
    return f'no ratio: spread over {WIDEST:.0%}'
  return f'{theirs.median / ours.median:.2f} x'


class _Worker:
  """A contender's process, stopped while it is not measured."""

  def __init__(self, contender: Contender):
    self.name = contender.name
    threads = str(contender.threads)
    environment = {
      **os.environ,
      'PYTHONPATH': str(ROOT),
      'JAX_PLATFORMS': os.environ.get('JAX_PLATFORMS', 'cpu'),
      'OMP_NUM_THREADS': threads,
      'MKL_NUM_THREADS': threads,
      'OMP_WAIT_POLICY': 'ACTIVE',
      # Else the first one would take three quarters of an accelerator.
      'XLA_PYTHON_CLIENT_PREALLOCATE': 'false',
    }
    self._process = subprocess.Popen(
      [sys.executable, __file__, json.dumps(contender)],
      env=environment,
      stdin=subprocess.PIPE,
      stdout=subprocess.PIPE,
      text=True,
    )
    ready = self._read()
    self.check, self.first_call = np.array(ready['check']), ready['first']

  def measure(self) -> float:
    """Continues the process for one round: seconds a unit."""
    self._process.send_signal(signal.SIGCONT)
    self._process.stdin.write('round\n')
    self._process.stdin.flush()
    return self._read()['seconds']

  def end(self) -> None:
    self._process.kill()
    self._process.wait()
    self._process.stdin.close()
    self._process.stdout.close()

  def _read(self):
    line = self._process.stdout.readline()
    if not line:
      raise RuntimeError(f'{self.name} failed: its message stands above.')
    self._process.send_signal(signal.SIGSTOP)
    return json.loads(line)


def _serve(contender: Contender) -> None:
  """The main loop of a contender's process."""
  # The parent reads this pipe; what libraries print goes elsewhere.
  answers = os.fdopen(os.dup(1), 'w')
  os.dup2(2, 1)

  def answer(**values):
    answers.write(json.dumps(values) + '\n')
    answers.flush()

  sys.path.insert(0, str(Path(contender.file).parent))
  spec = importlib.util.spec_from_file_location('contender', contender.file)
  module = importlib.util.module_from_spec(spec)
  spec.loader.exec_module(module)
  build: Callable = getattr(module, contender.function)
  run, units, check = build(**contender.arguments)
  started = time.perf_counter()
  run()
  first = time.perf_counter() - started
  started = time.perf_counter()
  run()
  repeats = max(1, round(SECONDS / (time.perf_counter() - started)))
  answer(check=np.asarray(check, float).tolist(), first=first)
  for _ in sys.stdin:
    started = time.perf_counter()
    for _ in range(repeats):
      run()
    answer(seconds=(time.perf_counter() - started) / repeats / units)


if __name__ == '__main__':
  _serve(Contender(*json.loads(sys.argv[1])))
