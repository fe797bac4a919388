"""Systems small enough to compute by hand, and a program that trains one.

As a program: python toy.py WORKDIR [--distributed], which tests start over
several devices and processes, and kill.
"""

import argparse
import json
import pathlib
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
  sys.path.insert(0, str(ROOT))

from zoo.contracts import Loss, UserError  # noqa: E402
from zoo.data.batches import windows  # noqa: E402
from zoo.training import parallel, processes  # noqa: E402
from zoo.training.fit import fit  # noqa: E402
from zoo.training.stages import Stage, place  # noqa: E402

COUNT, BATCH, CHUNK, STEPS = 50, 8, 5, 50
ADAM = {'name': 'adam', 'learning_rate': 0.05, 'warmup': 5, 'clip': 1.0}


def arrays():
  """Fifty examples: tokens [N, 3] int8 and their sum, y [N]."""
  tokens = np.arange(COUNT * 3, dtype=np.int8).reshape(COUNT, 3) % 7
  return {'tokens': tokens, 'y': tokens.sum(1).astype(np.float32) / 4}


def regression(traces=None):
  """Linear regression with dropout, batch statistics and a carry."""

  def init(rng, batch, before):
    del before
    layer = {'kernel': jax.random.normal(rng, (3,)), 'bias': jnp.zeros(())}
    state = {'shared': {'mean': jnp.zeros(3), 'count': jnp.int32(0)}}
    return {'layer': layer}, {**state, 'example': begin(batch)}

  def begin(batch):
    return (jnp.zeros(batch['y'].shape),)

  def loss(params, state, batch, keys, train):
    if traces is not None:
      traces.append(train)
    x = batch['tokens'] / 4
    center = state['shared']['mean']
    if train:
      x = x * jax.vmap(lambda k: jax.random.bernoulli(k, 0.8, (3,)))(keys)
      center = parallel.mean(x.mean(0))
    guess = (x - center) @ params['layer']['kernel'] + params['layer']['bias']
    error = (guess - batch['y']) ** 2
    everyone = parallel.gather(guess)
    spread = everyone.max() - everyone.min()
    shared = {'mean': 0.9 * state['shared']['mean'] + 0.1 * center}
    shared['count'] = state['shared']['count'] + 1
    example = (0.5 * state['example'][0] + error,)
    state = {'shared': shared, 'example': jax.lax.stop_gradient(example)}
    metrics = {'error': error, 'carry': example[0]}
    return error.mean() + 0.01 * spread, (state, metrics)

  return Loss(init, begin, loss)


def shift(keys, batch):
  """An augmentation: all tokens of an example up by 0, 1 or 2."""
  by = jax.vmap(lambda k: jax.random.randint(k, (), 0, 3))(keys)
  return {**batch, 'tokens': batch['tokens'] + by[:, None]}


def train(
  workdir,
  steps=STEPS,
  chunk=CHUNK,
  save_every=25,
  loss=None,
  shards=0,
  **more,
):
  """fit() on the toy regression."""
  options = {
    'seed': 3,
    'meta': {'config': {'steps': steps}, 'spec': '{}', 'data': 'toy'},
    **more,
  }
  return fit(
    [Stage(loss or regression(), {'.*': ADAM}, steps)],
    arrays(),
    windows(BATCH, COUNT, shards=shards),
    [shift],
    workdir=workdir,
    chunk=chunk,
    save_every=save_every,
    **options,
  )


def held(shards):
  """Bytes of the training set on the first device."""
  data = place(arrays(), [], windows(BATCH, COUNT, shards=shards))
  one = jax.local_devices()[0]
  return sum(
    shard.data.nbytes
    for leaf in jax.tree.leaves(data)
    for shard in leaf.addressable_shards
    if shard.device == one
  )


def lines(workdir):
  """The lines of metrics.jsonl, without a half-written last line."""
  path = pathlib.Path(workdir) / 'metrics.jsonl'
  if not path.exists():
    return []
  text = path.read_text()
  return [
    json.loads(line)
    for line in text.splitlines(keepends=True)
    if line.endswith('\n')
  ]


def main():
  parser = argparse.ArgumentParser()
  parser.add_argument('workdir')
  parser.add_argument('--steps', type=int, default=STEPS)
  parser.add_argument('--chunk', type=int, default=CHUNK)
  parser.add_argument('--save_every', type=int, default=25)
  parser.add_argument('--pause', type=float, default=0.0)
  parser.add_argument('--shards', type=int, default=0)
  parser.add_argument('--distributed', action='store_true')
  args = parser.parse_args()
  if args.distributed:
    processes.initialize()

  def pause(stage, params, state):
    del stage, state
    time.sleep(args.pause)  # at every checkpoint, so that the test can kill it
    return {'bias': float(params['layer']['bias'])}

  try:
    snapshot = train(
      args.workdir,
      args.steps,
      args.chunk,
      args.save_every,
      shards=args.shards,
      validate=pause,
    )
  except processes.Interrupted as stopped:
    print(json.dumps({'stopped': stopped.step}), flush=True)
    sys.exit(stopped.code)
  except UserError as error:
    print(error, file=sys.stderr)
    sys.exit(2)
  found = {'devices': jax.device_count(), 'step': snapshot.step}
  if args.shards:
    found['held'] = held(args.shards)
  print(json.dumps(found))


if __name__ == '__main__':
  main()
