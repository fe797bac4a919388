"""A training step of MusicVAE: ours, PyTorch's nn.LSTM, a naive Flax nn.RNN.

  python benchmarks/musicvae_step.py [--rounds=7]
    [--only=mid,small,default,hierarchical]

Prints a Markdown table for each size; published_small and published_big, for an
accelerator, are measured when named. All contenders start from the same
weights, and must agree on the loss and the gradient norm of one batch. Ours
runs `steps` steps per call over data on the device, as the training loop does.
Adam, gradients clipped to norm 1. On a GPU: JAX_PLATFORMS=cuda and
--device=cuda, with --bfloat16 for both sides.
"""

import argparse
import functools
from pathlib import Path
import sys
import tempfile

from flax import linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from alternate import Contender, race, table

from zoo.contracts import Field, Spec
from zoo.layers.dropout import fold
from zoo.losses.elbo import elbo
from zoo.models.music_vae import MusicVae

CLASSES, STEPS = 90, 32
FLAT = {'form': 'flat', 'beta': 0.2, 'word_dropout': 0.0}
SIZES = {
  'mid': {
    **FLAT,
    'encoder': [512],
    'decoder': [512, 512],
    'latent': 256,
    'batch': 128,
    'steps': 5,
  },
  'small': {
    **FLAT,
    'encoder': [128],
    'decoder': [128, 128],
    'latent': 64,
    'batch': 32,
    'steps': 20,
  },
  # The models of experiments/musicvae_melody_small.py and _big.py.
  'published_small': {
    **FLAT,
    'encoder': [512],
    'decoder': [256, 256],
    'latent': 256,
    'batch': 512,
    'steps': 5,
  },
  'published_big': {
    **FLAT,
    'encoder': [2048],
    'decoder': [2048, 2048, 2048],
    'latent': 512,
    'batch': 512,
    'steps': 1,
  },
  # The model of experiments/musicvae_melody.py.
  'default': {
    'form': 'beatwise',
    'encoder': [256],
    'decoder': [256],
    'latent': 128,
    'batch': 64,
    'steps': 20,
    'beta': 0.6,
    'word_dropout': 0.3,
  },
  # The model of experiments/musicvae_melody_16bar_hierarchical.py.
  'hierarchical': {
    'form': 'hierarchical',
    'window': 256,
    'encoder': [256],
    'conductor': [256],
    'decoder': [256],
    'latent': 256,
    'batch': 16,
    'steps': 4,
    'beta': 0.2,
    'word_dropout': 0.1,
  },
}


def spec_of(size):
  steps = size.get('window', STEPS)
  return Spec(
    encoder='melody',
    options={},
    fields={'tokens': Field((steps,), 'int8', CLASSES)},
    sizes={'classes': CLASSES, 'steps': steps, 'steps_per_beat': 4},
    quarters=0.25,
    tables={},
    vocabulary={},
  )


def model_of(size, dtype='float32'):
  return MusicVae.from_spec(
    spec_of(size),
    form=size['form'],
    latent=size['latent'],
    encoder=tuple(size['encoder']),
    decoder=tuple(size['decoder']),
    conductor=tuple(size.get('conductor', [256])),
    dtype=dtype,
  )


def loss_of(size, dtype='float32'):
  return elbo(
    model_of(size, dtype),
    spec_of(size),
    beta=size['beta'],
    word_dropout=size['word_dropout'],
  )


def write_weights(path, size):
  """First weights, data, and the noise of the batch that is checked."""
  rng = np.random.default_rng(0)
  steps = size.get('window', STEPS)
  data = rng.integers(0, CLASSES, (4096, steps)).astype(np.int8)
  data[rng.random(data.shape) < 0.65] = 0
  params, _ = loss_of(size).init(jax.random.key(0), {'tokens': data}, {})
  names = {
    jax.tree_util.keystr(path, simple=True, separator='/'): np.asarray(leaf)
    for path, leaf in jax.tree_util.tree_leaves_with_path(params)
  }
  noise = _noise(_keys(0, size['batch']), size['latent'])
  np.savez(path, data=data, noise=noise, **names)


def _keys(number, batch):
  root = jax.random.fold_in(jax.random.key(1), number)
  return jax.vmap(jax.random.fold_in, (None, 0))(root, jnp.arange(batch))


def _noise(keys, latent):
  """What elbo draws z with."""
  return jax.vmap(lambda key: jax.random.normal(key, (latent,)))(fold(keys, 0))


def _read(path):
  arrays = dict(np.load(path, allow_pickle=False))
  data, noise = arrays.pop('data'), arrays.pop('noise')
  return tree(arrays), data, noise


def tree(arrays):
  """{'a/b': array} as {'a': {'b': array}}."""
  params = {}
  for name, value in arrays.items():
    *parents, last = name.split('/')
    functools.reduce(lambda at, key: at.setdefault(key, {}), parents, params)[
      last
    ] = value
  return params


def _optimizer():
  return optax.chain(optax.clip_by_global_norm(1.0), optax.adam(1e-3))


def ours(path, size, bfloat16=False):
  """A contender: the project's model and loss, many steps a call."""
  params, data, _ = _read(path)
  loss = loss_of(size, 'bfloat16' if bfloat16 else 'float32')
  optimizer, batch = _optimizer(), size['batch']
  params, data = jax.tree.map(jnp.asarray, (params, data))
  shared = {'step': jnp.int32(0), 'batch_stats': {}}
  state = {'shared': shared, 'example': {}}
  gradient = jax.value_and_grad(loss.loss, has_aux=True)

  @jax.jit
  def check(params):
    tokens = {'tokens': data[:batch]}
    (value, _), slope = gradient(params, state, tokens, _keys(0, batch), False)
    return value, optax.global_norm(slope)

  @functools.partial(jax.jit, donate_argnums=0)
  def many(carry, numbers):
    def step(carry, number):
      params, state, moments = carry
      keys = _keys(number, batch)
      rows = jax.random.randint(keys[0], (batch,), 0, len(data))
      (value, (state, _)), slope = gradient(
        params, state, {'tokens': data[rows]}, keys, True
      )
      updates, moments = optimizer.update(slope, moments)
      return (optax.apply_updates(params, updates), state, moments), value

    return jax.lax.scan(step, carry, numbers)

  checked = [float(value) for value in check(params)]
  carry, number = (params, state, optimizer.init(params)), 0

  def run():
    nonlocal carry, number
    carry, values = many(carry, jnp.arange(size['steps']) + number)
    number += size['steps']
    return float(values[-1])  # waits for the device

  return run, size['steps'], checked


class NaiveVae(nn.Module):
  """The flat form as Flax's documentation teaches it: one-hots into nn.RNN."""

  size: dict

  @nn.compact
  def __call__(self, tokens, noise):
    size = self.size
    hot = jax.nn.one_hot(tokens, CLASSES)
    reading = hot
    for number, width in enumerate(size['encoder']):
      ways = [
        nn.RNN(
          nn.LSTMCell(width, name=f'{way}_{number}'),
          reverse=way == 'backward',
          keep_order=True,
        )(reading)
        for way in ('forward', 'backward')
      ]
      reading = jnp.concatenate(ways, -1)
    ends = jnp.concatenate([ways[0][:, -1], ways[1][:, 0]], -1)
    code = nn.Dense(2 * size['latent'], name='posterior')(ends)
    mu, sigma = jnp.split(code, 2, -1)
    sigma = nn.softplus(sigma)
    z = mu + sigma * noise
    total = 2 * sum(size['decoder'])
    first = jnp.tanh(nn.Dense(total, name='first_state')(z))
    carries = jnp.split(first, len(size['decoder']), -1)
    states = jnp.concatenate(
      [
        jnp.pad(hot[:, :-1], ((0, 0), (1, 0), (0, 0))),
        jnp.repeat(z[:, None], STEPS, 1),
      ],
      -1,
    )
    for number, width in enumerate(size['decoder']):
      cell = nn.LSTMCell(width, name=f'layer_{number}')
      carry = tuple(jnp.split(carries[number], 2, -1))
      states = nn.RNN(cell)(states, initial_carry=carry)
    logits = nn.Dense(CLASSES, name='output')(states)
    errors = optax.softmax_cross_entropy_with_integer_labels(logits, tokens)
    divergence = 0.5 * (mu**2 + sigma**2 - 1 - 2 * jnp.log(sigma))
    return jnp.mean(errors.sum(-1) + size['beta'] * divergence.sum(-1))


def naive(path, size):
  """A contender: nn.RNN, gradients by autodiff, one step a call."""
  params, data, noise = _read(path)
  batch = size['batch']
  model = NaiveVae(size)
  params = jax.tree.map(jnp.asarray, _as_flax(params))
  optimizer = _optimizer()

  def loss(params, tokens, noise):
    return model.apply({'params': params}, tokens.astype(jnp.int32), noise)

  @jax.jit
  def step(params, moments, tokens, key):
    drawn = jax.random.normal(key, (batch, size['latent']))
    value, slope = jax.value_and_grad(loss)(params, tokens, drawn)
    updates, moments = optimizer.update(slope, moments)
    return optax.apply_updates(params, updates), moments, value

  value, slope = jax.jit(jax.value_and_grad(loss))(params, data[:batch], noise)
  carry, rng = (params, optimizer.init(params)), np.random.default_rng(1)

  def run():
    nonlocal carry
    for _ in range(size['steps']):
      rows = rng.integers(len(data), size=batch)
      key = jax.random.key(rows[0])
      *carry, value = step(*carry, data[rows], key)
    return float(value)

  return run, size['steps'], [float(value), float(optax.global_norm(slope))]


def _as_flax(params):
  """Our layers cut into the dense layers of Flax's cells."""
  cut = dict(params)
  for stack in ('reader', 'writer'):
    for name, layer in cut.pop(stack).items():
      inputs = sorted(key for key in layer if key.startswith('input'))
      kernel = np.concatenate([layer[key] for key in inputs])
      cut[name] = {}
      for gate, enters, recurs, bias in zip(
        'ifgo',
        *(
          np.split(x, 4, -1)
          for x in (kernel, layer['recurrent_kernel'], layer['bias'])
        ),
        strict=True,
      ):
        cut[name][f'i{gate}'] = {'kernel': enters}
        cut[name][f'h{gate}'] = {'kernel': recurs, 'bias': bias}
  return cut


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument('--rounds', type=int, default=7)
  parser.add_argument('--only', default='mid,small,default,hierarchical')
  parser.add_argument('--device', default='cpu', choices=['cpu', 'cuda'])
  parser.add_argument('--bfloat16', action='store_true')
  options = parser.parse_args()
  here = Path(__file__).resolve()
  peer = str(here.with_name('music_vae_torch.py'))
  for name in options.only.split(','):
    size = SIZES[name]
    with tempfile.TemporaryDirectory() as folder:
      path = str(Path(folder) / 'weights.npz')
      write_weights(path, size)
      given = {'path': path, 'size': size}
      half = {'bfloat16': options.bfloat16}
      contenders = [Contender('ours', str(here), 'ours', given | half)]
      for threads in (1, 2) if options.device == 'cpu' else (1,):
        more = {'threads': threads, 'device': options.device, **half}
        contenders.append(
          Contender(
            f'PyTorch, threads: {threads}',
            peer,
            'training',
            given | more,
            threads,
          )
        )
      if size['form'] == 'flat' and not options.bfloat16:
        contenders.append(Contender('Flax nn.RNN', str(here), 'naive', given))
      tolerance = 3e-2 if options.bfloat16 else 1e-3
      results = race(contenders, options.rounds, tolerance)
    shape = ', '.join(
      f'{key} {size[key]}'
      for key in ('form', 'encoder', 'decoder', 'latent', 'batch')
    )
    print(f'\nTraining step, {name}: {shape}\n')
    print(table(results, 'ours', 'ms/step'), flush=True)


if __name__ == '__main__':
  main()
