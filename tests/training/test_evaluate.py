"""Means over a set that do not depend on how it is cut up."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zoo.contracts import Loss
from zoo.training.evaluate import evaluate, evaluator, per_example

ARRAYS = {'tokens': np.arange(10, dtype=np.int8)[:, None]}
STATE = {'shared': {'scale': jnp.float32(2)}, 'example': {'unused': 0}}


def noisy(calls):
  """A loss whose metrics are the tokens, and a draw an example."""

  def loss(params, state, batch, keys, train):
    calls.append(train)
    tokens = batch['tokens'][:, 0].astype(jnp.float32)
    metrics = {
      'token': tokens * state['shared']['scale'] + params,
      'noise': jax.vmap(jax.random.normal)(keys),
      'fresh': state['example']['zero'] + batch['start'],
    }
    return tokens.mean(), (state, metrics)

  def begin(batch):
    return {'zero': jnp.zeros(len(batch['tokens']))}

  return Loss(lambda *_: None, begin, loss)


@pytest.mark.parametrize('batch', [1, 3, 5, 10, 64])
def test_the_last_partial_batch_counts_once(batch):
  calls = []
  found = evaluate(noisy(calls), 1.0, STATE, ARRAYS, seed=0, batch=batch)
  assert found['token'] == 2 * 4.5 + 1
  assert found['fresh'] == 1
  assert calls and not any(calls)
  same = evaluate(noisy([]), 1.0, STATE, ARRAYS, seed=0, batch=4)
  assert found == same
  other = evaluate(noisy([]), 1.0, STATE, ARRAYS, seed=1, batch=4)
  assert other['noise'] != same['noise']


def test_each_example_has_its_value_and_later_calls_compile_nothing():
  calls = []
  values = per_example(noisy(calls), ARRAYS, seed=0, batch=4)
  found = values(0.0, STATE)
  assert found['token'].tolist() == [2.0 * i for i in range(10)]
  assert len(set(found['noise'].tolist())) == 10
  traces = len(calls)
  means = values(1.0, STATE)['token']
  assert means.tolist() == [2.0 * i + 1 for i in range(10)]
  assert len(calls) == traces
  assert evaluator(noisy([]), ARRAYS, seed=0, batch=4)(0.0, STATE)[
    'token'
  ] == pytest.approx(9.0)
