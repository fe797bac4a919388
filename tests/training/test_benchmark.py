"""The metrics of the benchmark mode are correct."""

import json
import time

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zoo.contracts import Loss
from zoo.data.batches import windows
from zoo.training import benchmark
from zoo.training.stages import Stage

SIZE, INPUTS, OUTPUTS = 8, 5, 3
ARRAYS = {'x': np.ones((20, INPUTS), np.float32)}


def dense(optimizer):
  """A stage that pulls the outputs of two dense layers to zero."""

  def init(rng, batch, before):
    params = {
      'first': jnp.ones((INPUTS, INPUTS)),
      'second': jnp.ones((INPUTS, OUTPUTS)),
    }
    return params, {'shared': {}, 'example': {}}

  def loss(params, state, batch, keys, train):
    outputs = batch['x'] @ params['first'] @ params['second']
    each = (outputs**2).mean(-1)
    return each.mean(), (state, {'error': each})

  return Stage(Loss(init, lambda batch: {}, loss), optimizer, steps=10)


ALL = {'.*': {'name': 'adam'}}
FIRST, SECOND = 2 * SIZE * INPUTS * INPUTS, 2 * SIZE * INPUTS * OUTPUTS


@pytest.mark.parametrize(
  ('optimizer', 'expected'),
  [
    # Forward; the gradient of both kernels, and of what lies between them.
    (ALL, 2 * FIRST + 3 * SECOND),
    ({'first': None, **ALL}, FIRST + 2 * SECOND),
  ],
)
def test_operations_of_a_step(optimizer, expected):
  found = benchmark.step_flops(dense(optimizer), ARRAYS, windows(SIZE, 20))
  assert found == expected


def test_a_stage_is_timed_as_the_loop_runs_it(monkeypatch):
  monkeypatch.setattr(benchmark, 'matmul_peak', lambda dtype: 1e9)
  found = benchmark.measure_stage(
    dense(ALL),
    ARRAYS,
    windows(SIZE, 20),
    seed=0,
    chunk=2,
    repeats=2,
    seconds=0.01,
  )
  assert found['flops_per_step'] == 2 * FIRST + 3 * SECOND
  assert found['examples_per_second'] == SIZE * found['steps_per_second'] > 0
  assert found['compile_seconds'] > 0


def test_figures_follow_from_the_times(monkeypatch):
  monkeypatch.setattr(benchmark, 'matmul_peak', lambda dtype: 4e6)
  called = []

  def advance():
    called.append(None)
    time.sleep(0.3 if len(called) == 1 else 0.02)

  found = benchmark.measure(
    advance, steps=5, batch=64, flops_per_step=1000, repeats=3, seconds=0.06
  )
  # A call sleeps at least .02 s; a busy machine may take longer.
  assert 0 < found['steps_per_second'] <= 250
  assert found['examples_per_second'] == 64 * found['steps_per_second']
  assert found['flops_per_second'] == pytest.approx(
    1000 * found['steps_per_second']
  )
  assert found['fraction_of_peak'] == pytest.approx(
    found['flops_per_second'] / 4e6
  )
  assert 0 < found['compile_seconds']
  assert found['spread'] >= 0
  assert found['flops_per_step'] == 1000
  assert found['devices'] == jax.device_count()
  # The first, a warm one, then three times at most three.
  assert 5 <= len(called) <= 11
  assert json.loads(json.dumps(found)) == found


def test_peak_is_near_what_one_product_reaches():
  size = 256
  matrix = jnp.ones((size, size))
  product = jax.jit(jnp.matmul)
  jax.block_until_ready(product(matrix, matrix))
  times = []
  for _ in range(20):
    started = time.perf_counter()
    jax.block_until_ready(product(matrix, matrix))
    times.append(time.perf_counter() - started)
  one = 2 * size**3 / min(times)
  peak = benchmark.matmul_peak(size=size, repeats=20)
  # Loose: other work on the machine moves both by several times.
  assert one / 20 < peak < one * 50


def test_memory_counts_what_is_held():
  before, owner = benchmark.peak_memory()
  held = jnp.ones((64, 2**20), jnp.float32)  # 256 MiB.
  held.block_until_ready()
  after, _ = benchmark.peak_memory()
  assert owner in ('device', 'process')
  assert 2**20 < before <= after
  assert after >= held.nbytes
