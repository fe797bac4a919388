"""Estimates weak scaling: the share of a training step that is communication.

  python benchmarks/scaling.py

For some experiments: operations of a step (zoo.training.flops, traced, not
run), bytes of its gradient, and from these and the published speeds of a TPU
v4-32 the share of a step that is arithmetic when each device keeps its batch.
The formula and its sources are in docs/scaling.md.
"""

import json
from pathlib import Path
import sys

import jax
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import run
from zoo import assembly
from zoo.training import benchmark
from zoo.training.stages import template

EXPERIMENTS = (
  'musicvae_melody',
  'musicvae_melody_big',
  'bachprop_chorales',
  'deepbach',
)
CHIPS = 16  # of a v4-32, which counts two cores a chip
PEAK = 275e12  # operations a second of a chip, bfloat16
LINK = 50e9  # bytes a second of a link, each way
RINGS = 2  # both ways round a ring of the 2 x 2 x 4 chips
HOP = 1e-6  # seconds of a transfer, beside its bytes: an assumption
SHARES = (0.05, 0.4)  # of the peak that arithmetic reaches: assumptions


def main() -> None:
  for name in EXPERIMENTS:
    config = run.resolve(name)
    found, _ = run._prepare(config, lambda line: None, False)
    arrays = found.splits['train']
    system = assembly.assemble(config, found.spec, arrays)
    batches = assembly.build_batches(config, arrays)
    stage = system.stages[0]
    operations = benchmark.step_flops(stage, arrays, batches, system.augment)
    params, _, _ = template(system.stages, 0, arrays, batches)
    gradient = sum(
      leaf.size * np.dtype(leaf.dtype).itemsize
      for leaf in jax.tree.leaves(params)
    )
    line = {
      'experiment': name,
      'batch': config['batch'],
      'gflop_a_step': round(operations / 1e9, 2),
      'gradient_mb': round(gradient / 1e6, 2),
      'all_reduce_us': round(1e6 * all_reduce(gradient), 1),
    }
    for share in SHARES:
      line[f'efficiency_at_{share}'] = round(
        efficiency(operations, gradient, share), 3
      )
    print(json.dumps(line), flush=True)


def all_reduce(size: float, chips: int = CHIPS) -> float:
  """Seconds to add up so many bytes of each chip, in rings."""
  return 2 * (chips - 1) * (size / chips / (LINK * RINGS) + HOP)


def efficiency(operations: float, size: float, share: float) -> float:
  """Arithmetic's share of a step in which each chip has a whole batch."""
  arithmetic = operations / (PEAK * share)
  return arithmetic / (arithmetic + all_reduce(size))


if __name__ == '__main__':
  main()
