"""Training speed, and the share of the machine's peak that it reaches.

The peak is measured in the same run: the rate of large matrix products on the
same device. A data sheet's figure would ignore the device's current clock.
"""

from collections.abc import Callable, Sequence
import resource
import statistics
import sys
import time
from typing import Any

import jax

from zoo.contracts import Augment, Batches, Tree
from zoo.data.batches import gather
from zoo.training import loop, optimizer, parallel
from zoo.training.flops import flops
from zoo.training.stages import Stage

REPEATS = 7
_ENDLESS = 10**6  # Chunks; more than are ever timed.


def measure_stage(
  stage: Stage,
  arrays: Tree,
  batches: Batches,
  augment: Sequence[Augment] = (),
  *,
  seed: int,
  chunk: int,
  dtype: str = 'float32',
  repeats: int = REPEATS,
  seconds: float = 0.5,
) -> dict[str, Any]:
  """Times the compiled step of a stage, as the loop runs it.

  Args:
    stage: its loss and optimizer; its own length does not matter.
    arrays: the training set, {field: [N, ...]}.
    batches: which examples are in each step.
    augment: applied in order inside the compiled step.
    seed: an experiment's seed.
    chunk: K, the steps of a compiled call.
    dtype, repeats, seconds: as for `measure`.

  Returns:
    what `measure` returns; compile_seconds includes drawing the parameters
    and moving the set to the devices.

  Raises:
    UserError: chunk, batch and devices do not fit.
  """
  endless = stage._replace(steps=chunk * _ENDLESS)
  edges = loop.run([endless], arrays, batches, augment, seed=seed, chunk=chunk)
  return measure(
    lambda: next(edges).metrics(),
    steps=chunk,
    batch=batches.size,
    flops_per_step=step_flops(stage, arrays, batches, augment),
    dtype=dtype,
    repeats=repeats,
    seconds=seconds,
  )


def step_flops(
  stage: Stage,
  arrays: Tree,
  batches: Batches,
  augment: Sequence[Augment] = (),
) -> int:
  """Operations of one training step over the global batch; runs nothing.

  Augmentation, loss and gradient are counted; the optimizer has no matrix
  products. Frozen parameters have no gradient.
  """

  def examples(arrays, key):
    batch = gather(arrays, batches.draw(key, 0))
    keys = jax.random.split(key, batches.size)
    for one in augment:
      batch = one(keys, batch)
    return batch, keys

  def init(arrays, key):
    return stage.loss.init(key, examples(arrays, key)[0], {})

  key = jax.random.key(0)
  params, state = jax.eval_shape(init, arrays, key)
  rule = optimizer.build(stage.optimizer, params, stage.steps)

  def step(params, state, arrays, key):
    batch, keys = examples(arrays, key)

    def objective(params):
      return stage.loss.loss(rule.hold(params), state, batch, keys, True)

    return jax.value_and_grad(objective, has_aux=True)(params)

  return flops(step, params, state, arrays, key)


def measure(
  advance: Callable[[], Any],
  *,
  steps: int,
  batch: int,
  flops_per_step: int,
  dtype: str = 'float32',
  repeats: int = REPEATS,
  seconds: float = 0.5,
) -> dict[str, Any]:
  """Times `advance` and reports the share of the peak that it reaches.

  Args:
    advance: () -> anything: trains `steps` steps and returns when they are
      done. Its first call compiles, so it must not have been called before.
    steps: K, training steps per call.
    batch: B, the global batch.
    flops_per_step: over all devices, as zoo.training.flops counts them.
    dtype: the type whose peak is the reference.
    repeats: how many timings are taken; the median counts.
    seconds: the least length of one timing.

  Returns:
    A dict for one line of JSON: devices, device_kind, steps_per_second,
    examples_per_second, spread (of the times: (highest - lowest) / median),
    compile_seconds (the first call minus the median), flops_per_step,
    flops_per_second, matmul_peak_flops ({dtype: rate over all devices}),
    fraction_of_peak, peak_memory_bytes and peak_memory_of: `device` (the
    fullest one) or, if devices do not report it, `process`.
  """
  first = _timed(advance, 1)
  warm = _timed(advance, 1)
  # All processes use the count of process 0, since their calls synchronize.
  calls = parallel.from_first(max(1, round(seconds / max(warm, 1e-9))))
  times = [_timed(advance, calls) for _ in range(repeats)]
  memory, owner = peak_memory()
  median = statistics.median(times)
  peaks = {dtype: matmul_peak(dtype)}
  if jax.default_backend() != 'cpu':
    for other in {'float32', 'bfloat16'} - {dtype}:
      peaks[other] = matmul_peak(other)
  rate = flops_per_step * steps / median
  return {
    'devices': parallel.count(),
    'device_kind': jax.devices()[0].device_kind,
    'steps_per_second': steps / median,
    'examples_per_second': steps * batch / median,
    'spread': (max(times) - min(times)) / median,
    'compile_seconds': max(first - median, 0.0),
    'flops_per_step': flops_per_step,
    'flops_per_second': rate,
    'matmul_peak_flops': peaks,
    'fraction_of_peak': rate / peaks[dtype],
    'peak_memory_bytes': memory,
    'peak_memory_of': owner,
  }


def matmul_peak(
  dtype: str = 'float32', size: int | None = None, repeats: int = 5
) -> float:
  """Operations per second of products of square matrices, over all devices.

  The best of `repeats` runs of a chain of products, each of which depends on
  the previous one. On accelerators float32 runs at jax's default precision, as
  the networks do. Host devices share the cores of one CPU, so one is measured
  for all.

  Args:
    dtype: of the matrices.
    size: their rows; by default 2,048 on a CPU and 8,192 elsewhere.
    repeats: runs after the one that compiles.
  """
  on_cpu = jax.default_backend() == 'cpu'
  size = size or (2048 if on_cpu else 8192)
  length = 2 if on_cpu else 32
  # Scaled so that the values neither vanish nor overflow.
  matrix = jax.random.normal(jax.random.key(0), (size, size), dtype)
  matrix = matrix * size**-0.5

  @jax.jit
  def chain(left):
    return jax.lax.fori_loop(0, length, lambda _, x: x @ matrix, left)

  def run():
    return jax.block_until_ready(chain(matrix))

  run()
  best = min(_timed(run, 1) for _ in range(repeats))
  devices = 1 if on_cpu else parallel.count()
  return devices * length * 2 * size**3 / best


def peak_memory() -> tuple[int, str]:
  """Peak memory so far: (bytes, 'device' or 'process')."""
  found = [device.memory_stats() or {} for device in jax.local_devices()]
  if all('peak_bytes_in_use' in stats for stats in found):
    return max(stats['peak_bytes_in_use'] for stats in found), 'device'
  highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
  # Linux counts kilobytes, macOS bytes.
  return highest * (1 if sys.platform == 'darwin' else 1024), 'process'


def _timed(call, calls):
  """Seconds per call, over `calls` calls."""
  started = time.perf_counter()
  for _ in range(calls):
    call()
  return (time.perf_counter() - started) / calls
