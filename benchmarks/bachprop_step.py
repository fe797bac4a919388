"""BachProp: a training step, and notes a second; ours and PyTorch's nn.GRU.

  python benchmarks/bachprop_step.py [--rounds=7] [--only=training,writing]

Prints Markdown tables. All start from the same weights: four GRUs of 128 and
residual heads, as in experiments/bachprop_chorales.py. Training: 128 notes of
32 streams, each piece in a new key in each epoch (for PyTorch transposed by
numpy on the host), Adam, gradients clipped to norm 1; loss and gradient norm of
one batch must agree. Writing: several pieces at once, note by note; the most
likely first notes must agree.
"""

import argparse
from pathlib import Path
import sys
import tempfile

import jax
import jax.numpy as jnp
import numpy as np
import optax

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from alternate import Contender, race, table

from zoo.data.augmentations import transpose
from zoo.data.batches import streams
from zoo.encoders.notes import STREAMS, Notes
from zoo.layers.autoregression import write
from zoo.losses.likelihood import likelihood
from zoo.models.bachprop import BachProp
from zoo.training import loop
from zoo.training.stages import Stage

CLASSES = (13, 22, 47)
TRAINING = {'batch': 32, 'length': 128, 'steps': 10}
WRITING = {1: 256, 64: 64, 1024: 16}  # Pieces at once, and notes of each.
CHECKED = 12  # The likeliest notes that must agree.


def spec_of():
  plain = Notes().spec
  return plain._replace(sizes=dict(zip(STREAMS, CLASSES, strict=True)))


def loss_of():
  """As in experiments/bachprop_chorales.py."""
  model = BachProp.from_spec(spec_of())
  return likelihood(model, weights=(0.1, 0.3, 0.6), carried=True)


def write_weights(path):
  """First weights, 320 pieces of 220 notes, and the batch that is checked."""
  rng = np.random.default_rng(0)
  tag = np.array(CLASSES) - 1
  rows = rng.integers(0, tag, (320, 221, 3))
  rows[..., 2] = rng.integers(8, 38, rows.shape[:2])
  checked = rows[:32, :129]  # within pieces
  rows[:, -1] = tag
  loss = loss_of()
  params, _ = loss.init(jax.random.key(0), {'notes': checked}, {})
  names = {
    jax.tree_util.keystr(key, simple=True, separator='/'): np.asarray(leaf)
    for key, leaf in jax.tree_util.tree_leaves_with_path(params)
  }
  count = rows.shape[0] * rows.shape[1]
  np.savez(
    path,
    notes=rows.reshape(count, 3).astype(np.int16),
    piece=np.repeat(np.arange(320, dtype=np.int32), 221),
    room=np.tile(np.int16([8, 8]), (count, 1)),
    checked=checked,
    classes=np.array(CLASSES),
    **names,
  )


def _read(path):
  """The parameters, as a tree, and all else."""
  arrays = dict(np.load(path, allow_pickle=False))
  names = ('notes', 'piece', 'room', 'checked', 'classes')
  data = {name: arrays.pop(name) for name in names}
  params: dict = {}
  for name, value in arrays.items():
    *parents, last = name.split('/')
    here = params
    for parent in parents:
      here = here.setdefault(parent, {})
    here[last] = jnp.asarray(value)
  return params, data


def training(path, size):
  """A contender: the project's own loop, ten steps per call."""
  params, data = _read(path)
  loss = loss_of()
  batch = {
    'notes': jnp.asarray(data['checked']),
    'start': jnp.ones(size['batch'], bool),
  }
  state = {'shared': {}, 'example': loss.begin(batch)}
  keys = jax.random.split(jax.random.key(0), size['batch'])

  @jax.jit
  def check(params):
    (value, _), slope = jax.value_and_grad(loss.loss, has_aux=True)(
      params, state, batch, keys, True
    )
    return value, optax.global_norm(slope)

  adam = {'name': 'adam', 'learning_rate': 1e-3, 'clip': 1.0}
  stage = Stage(loss, {'.*': adam}, size['steps'] * 10**5)
  arrays = {name: data[name] for name in ('notes', 'piece', 'room')}
  edges = loop.run(
    [stage],
    arrays,
    streams(
      size['batch'],
      len(arrays['piece']),
      arrays['piece'],
      length=size['length'],
    ),
    [transpose(spec_of(), low=-48, high=48)],
    seed=0,
    chunk=size['steps'],
  )

  def run():
    return float(next(edges).metrics()[0]['loss'][-1])

  return run, size['steps'], [float(value) for value in check(params)]


def writing(path, size):
  """A contender: notes drawn in one compiled loop."""
  params, data = _read(path)
  model = BachProp.from_spec(spec_of())
  never = jnp.arange(int(data['classes'][0])) < int(data['classes'][0]) - 1

  def draw(params, keys, notes, temperature):
    """Notes [n, T, 3]; no piece ends, so that every run writes as many."""
    known = jnp.zeros((len(keys), 0, 3), jnp.int32)
    return write(
      model,
      params,
      keys,
      known,
      steps=notes,
      temperature=(temperature,) * 3,
      allowed=lambda symbols, step: never,
    ).symbols

  compiled = jax.jit(draw, static_argnums=(2, 3))
  check = compiled(
    params, jax.random.split(jax.random.key(0), 1), size['checked'], 0.0
  )
  number = 0

  def run():
    nonlocal number
    number += 1
    keys = jax.random.split(jax.random.key(number), size['count'])
    jax.block_until_ready(compiled(params, keys, size['notes'], 1.0))

  return run, size['count'] * size['notes'], np.asarray(check).ravel().tolist()


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument('--rounds', type=int, default=7)
  parser.add_argument('--only', default='training,writing')
  options = parser.parse_args()
  here = Path(__file__).resolve()
  peer = str(here.with_name('bachprop_torch.py'))
  with tempfile.TemporaryDirectory() as folder:
    path = str(Path(folder) / 'weights.npz')
    write_weights(path)

    def compare(function, size, unit, scale):
      given = {'path': path, 'size': size}
      contenders = [Contender('ours', str(here), function, given)]
      contenders += [
        Contender(
          f'PyTorch, threads: {threads}',
          peer,
          function,
          {**given, 'threads': threads},
          threads,
        )
        for threads in (1, 2)
      ]
      print(table(race(contenders, options.rounds), 'ours', unit, scale))

    if 'training' in options.only:
      print('\nTraining step, 32 streams of 128 notes\n')
      compare('training', TRAINING, 'ms/step', 1e3)
    if 'writing' in options.only:
      for count, notes in WRITING.items():
        print(f'\nWriting {count} pieces at once\n')
        size = {'count': count, 'notes': notes, 'checked': CHECKED}
        compare('writing', size, 'us/note', 1e6)


if __name__ == '__main__':
  main()
