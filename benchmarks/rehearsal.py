"""Kills a process of a distributed run at random moments, and restarts it.

  python benchmarks/rehearsal.py --times=20

Four processes train a tiny experiment under the supervisor script, which is
read from docs/usage.md. A random one of them is killed (SIGKILL) at a random
moment of the run: while it starts, joins, compiles, trains, saves or evaluates.
When a run has ended, its checkpoint, metrics and samples are compared with
those of an uninterrupted run, and the next run starts, until --times kills.

Prints a line of JSON for each kill, with the seconds until all processes of
that attempt were gone; for each run, with the seconds from its last kill to its
end; and one line in total. `late` counts kills after which processes stayed for
more than --limit, and runs that took that much longer after their last kill
than a whole run takes; it must be 0.
"""

from collections.abc import Callable, Sequence
import json
import os
from pathlib import Path
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from typing import Any, NamedTuple

from absl import app, flags

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from zoo.training import checkpoint

ROOT = Path(__file__).resolve().parents[1]
TIMES = flags.DEFINE_integer('times', 20, 'Kills.', lower_bound=1)
RANKS = flags.DEFINE_integer('ranks', 4, 'Processes.', lower_bound=2)
SEED = flags.DEFINE_integer('seed', 0, 'Decides who is killed, and when.')
LIMIT = flags.DEFINE_float('limit', 60.0, 'Seconds that are not a hang.')
COMMAND = flags.DEFINE_string(
  'command', '', 'What is run, with {workdir} in it; empty: see TRAIN.'
)

TRAIN = (
  f'{sys.executable} {ROOT}/run.py --experiment=mnist_autoencoder '
  '--workdir={workdir} --distributed --save_every=20 --set model/widths=[8] '
  '--set batches/chunk=2 --set batch=8 --set steps=400 --set sample/count=2'
)
_AGAIN = 600  # seconds after which a rehearsal is given up
_TIMES = ('seconds', 'examples_per_second')


class Kill(NamedTuple):
  """One process that was killed.

  Attributes:
    rank: which.
    moment: seconds after its attempt began.
    step: the last one logged by then.
    gone: seconds until no process of the attempt was left.
  """

  rank: int
  moment: float
  step: int
  gone: float


def supervisor() -> str:
  """The lines of shell in docs/usage.md."""
  text = (ROOT / 'docs' / 'usage.md').read_text()
  (found,) = re.findall(r'```bash\n(# restart-all.*?)```', text, re.DOTALL)
  return found


def begin(command: str, workdir: Path, ranks: int) -> subprocess.Popen:
  """Starts the supervisor of a run."""
  with socket.socket() as free:
    free.bind(('localhost', 0))
    port = free.getsockname()[1]
  return subprocess.Popen(
    ['bash', '-c', supervisor()],
    env={
      **os.environ,
      'RANKS': str(ranks),
      'PORT': str(port),
      'COMMAND': command.format(workdir=workdir),
      'JAX_PLATFORMS': 'cpu',
      'OMP_NUM_THREADS': '1',
    },
    stdout=subprocess.DEVNULL,
    stderr=subprocess.DEVNULL,
    start_new_session=True,
  )


def finish(run: subprocess.Popen) -> None:
  """Ends a supervisor and whatever it started."""
  if run.poll() is None:
    os.killpg(run.pid, signal.SIGKILL)
  run.wait()


def ranks_of(run: subprocess.Popen) -> list[int]:
  """The processes that the supervisor waits for, in the order of ranks."""
  path = Path(f'/proc/{run.pid}/task/{run.pid}/children')
  try:
    return [int(word) for word in path.read_text().split()]
  except FileNotFoundError:
    return []


def alive(pid: int) -> bool:
  try:
    text = Path(f'/proc/{pid}/stat').read_text()
  except (FileNotFoundError, ProcessLookupError):
    return False
  return text.rpartition(')')[2].split()[0] != 'Z'


def logged(workdir: Path) -> list[dict[str, Any]]:
  """The lines of metrics.jsonl, without times."""
  path = workdir / 'metrics.jsonl'
  lines = path.read_text().splitlines(keepends=True) if path.exists() else []
  return [
    {k: v for k, v in json.loads(line).items() if k not in _TIMES}
    for line in lines
    if line.endswith('\n')
  ]


def result(workdir: Path) -> dict[str, Any]:
  """What a run left, as far as it must be the same."""
  meta = checkpoint.read_meta(workdir)
  return {
    'step': meta['step'],
    'digests': meta['digests'],
    'metrics': logged(workdir),
    'samples': [
      path.read_bytes() for path in sorted(workdir.glob('samples/*.png'))
    ],
  }


def wait_until(found: Callable[[], bool], run: subprocess.Popen) -> float:
  """Seconds until something is so, or the supervisor has ended."""
  begun = time.monotonic()
  while not found() and run.poll() is None:
    if time.monotonic() - begun > _AGAIN:
      raise TimeoutError('A rehearsal hangs.')
    time.sleep(0.005)
  return time.monotonic() - begun


def unbroken(command: str, workdir: Path, ranks: int) -> float:
  """A run that is never stopped; the seconds that it takes."""
  run = begin(command, workdir, ranks)
  try:
    seconds = wait_until(lambda: False, run)
  finally:
    finish(run)
  if run.returncode:
    raise RuntimeError(f'The run failed: {command.format(workdir=workdir)}')
  return seconds


def rehearse(
  command: str,
  workdir: Path,
  ranks: int,
  moments: Sequence[tuple[int, float]],
) -> tuple[list[Kill], float]:
  """Kills a run at moments of its attempts, until it ends.

  Args:
    command: with {workdir} where the run directory belongs.
    workdir: of this run.
    ranks: how many processes.
    moments: (rank, seconds after an attempt began) of each kill.

  Returns:
    the kills that came before the end, since later attempts are shorter; and
    the seconds from the last of them to the end.
  """
  run, kills = begin(command, workdir, ranks), []
  killed = time.monotonic()
  try:
    for rank, moment in moments:
      wait_until(lambda: len(ranks_of(run)) == ranks, run)
      pids = ranks_of(run)
      until = time.monotonic() + moment
      wait_until(lambda until=until: time.monotonic() >= until, run)
      if run.poll() is not None or not alive(pids[rank]):
        break
      lines = logged(workdir)
      os.kill(pids[rank], signal.SIGKILL)
      killed = time.monotonic()
      gone = wait_until(lambda pids=pids: not any(map(alive, pids)), run)
      step = lines[-1]['step'] if lines else 0
      kills.append(Kill(rank, moment, step, gone))
    wait_until(lambda: False, run)
  finally:
    finish(run)
  if run.returncode:
    raise RuntimeError(f'The supervisor ended with {run.returncode}.')
  return kills, time.monotonic() - killed


def main(argv: list[str]) -> None:
  del argv
  signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # by way of `finish`
  command = COMMAND.value or TRAIN
  chance = random.Random(SEED.value)
  kills: list[Kill] = []
  runs = same = late = 0
  with tempfile.TemporaryDirectory(prefix='rehearsal-') as scratch:
    whole = Path(scratch) / 'unbroken'
    span = unbroken(command, whole, RANKS.value)
    say({'run': 'unbroken', 'seconds': span})
    expected = result(whole)
    while len(kills) < TIMES.value:
      workdir = Path(scratch) / f'run{runs}'
      moments = [
        (chance.randrange(RANKS.value), chance.uniform(0, span))
        for _ in range(TIMES.value - len(kills))
      ]
      found, after = rehearse(command, workdir, RANKS.value, moments)
      identical = result(workdir) == expected
      late += sum(kill.gone > LIMIT.value for kill in found)
      late += after > span + LIMIT.value
      kills += found
      runs, same = runs + 1, same + identical
      for kill in found:
        say(kill._asdict())
      say({'run': runs, 'identical': identical, 'seconds_after': after})
      shutil.rmtree(workdir)
  say(
    {
      'ranks': RANKS.value,
      'kills': len(kills),
      'runs': runs,
      'identical': same,
      'late': late,
      'seconds_unbroken': span,
      'most_seconds_until_gone': max(kill.gone for kill in kills),
    }
  )
  if late or same < runs:
    sys.exit(1)


def say(line: dict[str, Any]) -> None:
  short = {k: round(v, 2) if type(v) is float else v for k, v in line.items()}
  print(json.dumps(short), flush=True)


if __name__ == '__main__':
  app.run(main)
