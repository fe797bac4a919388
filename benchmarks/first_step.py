"""From process start to the first training step: `python first_step.py`.

Starts an experiment repeatedly in new run directories, with the corpus and the
compiled programs cached, alternately with and without cached traced programs,
and stops each run at its first step. Prints a Markdown table in wall-clock
seconds.
"""

import argparse
import os
from pathlib import Path
import shutil
import subprocess
import sys
import tempfile
import time

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
LATEST = 600.0  # seconds: then something is wrong


def first_step(experiment: str, cache: Path) -> float:
  """Seconds until metrics.jsonl has its first line."""
  with tempfile.TemporaryDirectory() as folder:
    result = Path(folder) / 'run' / 'metrics.jsonl'
    begun = time.perf_counter()
    process = subprocess.Popen(
      [
        sys.executable,
        str(ROOT / 'run.py'),
        f'--experiment={experiment}',
        f'--workdir={result.parent}',
        '--set=batches/chunk=1',
      ],
      env={**os.environ, 'XDG_CACHE_HOME': str(cache)},
      stdout=subprocess.DEVNULL,
    )
    try:
      while not (result.exists() and result.stat().st_size):
        taken = time.perf_counter() - begun
        if process.poll() is not None or taken > LATEST:
          raise RuntimeError(f'{experiment} came to no first step.')
        time.sleep(0.005)
      return time.perf_counter() - begun
    finally:
      process.kill()
      process.wait()


def main() -> None:
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument('--experiment', default='musicvae_melody')
  parser.add_argument('--rounds', type=int, default=9)
  options = parser.parse_args()
  seconds: dict[str, list[float]] = {'kept': [], 'traced': []}
  with tempfile.TemporaryDirectory() as folder:
    cache = Path(folder)
    cold = first_step(options.experiment, cache)
    for _ in range(options.rounds):
      seconds['kept'].append(first_step(options.experiment, cache))
      shutil.rmtree(cache / 'music-zoo' / 'programs')
      seconds['traced'].append(first_step(options.experiment, cache))
  print(f'Nothing cached: {cold:.1f} s.\n')
  print('| programs | s to the first step (least, most) |\n| --- | --- |')
  for name, taken in seconds.items():
    low, middle, high = np.quantile(taken, [0, 0.5, 1])
    print(f'| {name} | {middle:.2f} ({low:.2f}, {high:.2f}) |')


if __name__ == '__main__':
  main()
