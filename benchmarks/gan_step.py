"""A training step of C-RNN-GAN and of MidiNet: ours against PyTorch.

  python benchmarks/gan_step.py [--rounds=7]
    [--only=c_rnn_gan_folk,c_rnn_gan_published,midinet_creative]

Models, losses and batches are those of the experiments, on random data of the
same shapes; both players are updated at every step. Ours is the project's own
loop, several steps per call. All contenders start from the same weights and
must agree on each player's loss and gradient norm for one batch with the same
noise. Of c_rnn_gan_folk the values are regressed, not chosen from their grid.
Prints a Markdown table for each experiment.
"""

import argparse
import importlib
from pathlib import Path
import sys
import tempfile

import jax
import jax.numpy as jnp
import numpy as np
import optax

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from alternate import Contender, race, table
from musicvae_step import tree

from zoo.data.batches import windows
from zoo.encoders.lead_sheet import LeadSheet
from zoo.layers.dropout import fold
from zoo.losses.adversarial import adversarial
from zoo.models.c_rnn_gan import CRnnGan
from zoo.models.midinet import MidiNet
from zoo.training import loop
from zoo.training.stages import Stage

COUNT = 2048  # Examples.
STEPS = {'c_rnn_gan_folk': 5, 'c_rnn_gan_published': 5, 'midinet_creative': 20}
LEAD_SHEET = LeadSheet().spec


def settings(name):
  """Options of an experiment's model, game and optimizers, and its batch."""
  config = importlib.import_module(f'experiments.{name}').CONFIG
  stage = config['stages'][-1] if 'stages' in config else config
  model, game = (
    {key: value for key, value in part.items() if key != 'name'}
    for part in (config['model'], stage['loss'])
  )
  model.pop('values', None)  # PyTorch's has no choices.
  # A player that waits would make the work depend on the data.
  rules = {
    pattern: {key: value for key, value in rule.items() if key != 'waits'}
    for pattern, rule in stage['optimizer'].items()
  }
  events = config['encoder'].get('events', 50)
  return {
    'name': name,
    'model': model,
    'game': game,
    'rules': rules,
    'batch': config['batch'],
    'steps': STEPS[name],
    'events': events,
    'spec': None if name.startswith('c_rnn') else LEAD_SHEET.sizes,
    'pitches': [int(p) for p in LEAD_SHEET.tables['pitches']],
  }


def _model(size):
  options = {
    key: tuple(value) if isinstance(value, list) else value
    for key, value in size['model'].items()
  }
  if size['name'].startswith('midinet'):
    return MidiNet.from_spec(LEAD_SHEET, **options)
  pitch = ((70.0,), (5.0,)) if options.get('summary') else ((), ())
  return CRnnGan(size['events'], 4, *pitch, ((),) * 4, **options)


def _data(size):
  rng = np.random.default_rng(0)
  if size['name'].startswith('midinet'):
    shape = COUNT, LEAD_SHEET.sizes['steps']
    classes = LEAD_SHEET.sizes['classes']
    return {
      'tokens': rng.integers(0, classes, shape).astype(np.int8),
      'previous': rng.integers(0, classes, shape).astype(np.int8),
      'chord': rng.integers(0, 25, COUNT).astype(np.int8),
    }
  shape = COUNT, size['events'], 4
  return {'events': rng.normal(size=shape).astype(np.float32)}


def write_weights(folder, size):
  """First weights, data, and the noise of the batch that is checked."""
  data, model = _data(size), _model(size)
  loss = adversarial(model, **size['game'])
  batch = _first(data, size)
  params, _ = loss.init(jax.random.key(0), batch, {})
  keys = _keys(size)
  shape = model.real(batch).shape[1:]

  def normal(number):
    draw = jax.vmap(lambda key: jax.random.normal(key, shape))
    return np.asarray(draw(fold(keys, number)))

  # What the loss draws: z, where the penalty is taken, instance noise.
  noise = {
    'z': np.asarray(model.prior(fold(keys, 0))),
    'share': np.asarray(jax.vmap(jax.random.uniform)(fold(keys, 2))),
    'real': normal(3),
    'fake': normal(4),
  }
  names = {
    jax.tree_util.keystr(path, simple=True, separator='/'): np.asarray(leaf)
    for path, leaf in jax.tree_util.tree_leaves_with_path(params)
  }
  for kind, arrays in {'data': data, 'noise': noise, 'params': names}.items():
    np.savez(Path(folder) / f'{kind}.npz', **arrays)


def _first(data, size):
  return {name: values[: size['batch']] for name, values in data.items()}


def _keys(size):
  return jax.random.split(jax.random.key(1), size['batch'])


def ours(folder, size):
  """A contender: the project's own loop, some steps a call."""
  data, arrays = (
    dict(np.load(Path(folder) / f'{kind}.npz', allow_pickle=False))
    for kind in ('data', 'params')
  )
  loss = adversarial(_model(size), **size['game'])
  batch = jax.tree.map(jnp.asarray, _first(data, size))
  _, state = loss.init(jax.random.key(0), batch, {})

  @jax.jit
  def check(params):
    def total(params):
      value, (_, metrics) = loss.loss(params, state, batch, _keys(size), True)
      return value, metrics

    slope, metrics = jax.grad(total, has_aux=True)(params)
    parts = [jnp.mean(metrics[name]) for name in ('discriminator', 'generator')]
    return [
      *parts,
      *(optax.global_norm(slope[p]) for p in ('discriminator', 'generator')),
    ]

  params = jax.tree.map(jnp.asarray, tree(arrays))
  stage = Stage(loss, size['rules'], size['steps'] * 10**5)
  edges = loop.run(
    [stage], data, windows(size['batch'], COUNT), seed=0, chunk=size['steps']
  )

  def run():
    return float(next(edges).metrics()[0]['loss'][-1])

  return run, size['steps'], [float(value) for value in check(params)]


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument('--rounds', type=int, default=7)
  parser.add_argument('--only', default=','.join(STEPS))
  options = parser.parse_args()
  here = Path(__file__).resolve()
  peer = str(here.with_name('gan_torch.py'))
  for name in options.only.split(','):
    size = settings(name)
    with tempfile.TemporaryDirectory() as folder:
      write_weights(folder, size)
      given = {'folder': folder, 'size': size}
      contenders = [Contender('ours', str(here), 'ours', given)]
      for threads in (1, 2):
        more = given | {'threads': threads}
        contenders.append(
          Contender(
            f'PyTorch, threads: {threads}', peer, 'training', more, threads
          )
        )
      results = race(contenders, options.rounds)
    print(f'\nTraining step, {name}, batch {size["batch"]}\n')
    print(table(results, 'ours', 'ms/step'), flush=True)


if __name__ == '__main__':
  main()
