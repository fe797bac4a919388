"""Seeds side by side are the seeds one by one."""

import jax
import numpy as np

from tests.training import toy
from zoo.data.batches import windows
from zoo.training import loop, seeds
from zoo.training.stages import Stage


def test_every_seed_is_the_run_that_the_loop_makes_of_it():
  group = {'name': 'adam', 'learning_rate': 0.1}
  frozen = {'layer/bias': None, '.*': group}
  stages = [
    Stage(toy.regression(), {'.*': group}, 6),
    Stage(toy.regression(), frozen, 4),
  ]
  batches = windows(8, 50)
  moments = list(
    seeds.run(stages, toy.arrays(), batches, [toy.shift], seeds=[7, 3], chunk=2)
  )
  assert [m.step for m in moments] == [0, 2, 4, 6, 6, 8, 10]
  assert [m.stage for m in moments] == [0] * 4 + [1] * 3
  ends = [m for m in moments if m.metrics]
  for place, seed in enumerate([7, 3]):
    edges = loop.run(
      stages, toy.arrays(), batches, [toy.shift], seed=seed, chunk=2
    )
    for edge, end in zip(edges, ends, strict=True):
      metrics, _ = edge.metrics()
      snapshot = edge.snapshot()
      jax.tree.map(
        lambda one, many, place=place: np.testing.assert_allclose(
          one, many[place], rtol=1e-5, atol=1e-7
        ),
        (metrics, snapshot.params, snapshot.state),
        (end.metrics, end.params, end.state),
      )
  kernels = ends[-1].params['layer']['kernel']
  assert not np.allclose(kernels[0], kernels[1])
