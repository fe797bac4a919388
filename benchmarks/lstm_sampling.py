"""Sampling melodies from an LSTM of 2 x 512: ours against PyTorch.

  python benchmarks/lstm_sampling.py [--rounds=7] [--batches=1,64,1024]

Ours is MusicVae.generate, one compiled scan. PyTorch runs nn.LSTM, LSTMCell
and a loop fused by hand: the input matrix folded into a table of rows, z
projected once, the second layer as one product. All start from the same
weights, and must agree on the likeliest melodies. Prints a Markdown table for
each batch. On a GPU: JAX_PLATFORMS=cuda and --device=cuda.
"""

import argparse
from pathlib import Path
import sys
import tempfile

import jax
import jax.numpy as jnp
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from alternate import Contender, race, table

from zoo.models.music_vae import MusicVae

CLASSES, LATENT, WIDTH, LAYERS = 90, 256, 512, 2
# Steps drawn by batch: short where a run is long.
STEPS = {1: 256, 64: 256, 1024: 64}
CHECKED = 16


def _model(steps):
  return MusicVae(
    CLASSES,
    steps,
    4,
    0,
    0,
    latent=LATENT,
    encoder=(8,),
    decoder=(WIDTH,) * LAYERS,
  )


def write_weights(path, batch, steps):
  """The decoder's weights, and codes z [B, Z]."""
  tokens = {'tokens': jnp.zeros((1, steps), jnp.int8)}
  params = jax.jit(_model(steps).init)(jax.random.key(0), tokens)['params']
  rng = np.random.default_rng(0)
  # First weights draw dull melodies: spread the logits.
  params['output']['kernel'] *= 20
  names = {
    jax.tree_util.keystr(path, simple=True, separator='/'): np.asarray(leaf)
    for path, leaf in jax.tree_util.tree_leaves_with_path(params)
  }
  np.savez(path, z=np.float32(rng.normal(size=(batch, LATENT))), **names)


def _read(path):
  arrays = dict(np.load(path, allow_pickle=False))
  return arrays.pop('z'), arrays


def _numbers(tokens):
  """What the contenders agree on: the start of the likeliest melodies."""
  return np.asarray(tokens)[:4, :CHECKED].ravel()


def ours(path, steps):
  """A contender: one compiled scan."""
  z, arrays = _read(path)
  params = {}
  for name, value in arrays.items():
    *parents, last = name.split('/')
    here = params
    for key in parents:
      here = here.setdefault(key, {})
    here[last] = jnp.asarray(value)
  model, z = _model(steps), jnp.asarray(z)

  def generate(params, number, temperature):
    keys = jax.vmap(jax.random.fold_in, (None, 0))(
      jax.random.key(number), jnp.arange(len(z))
    )
    made = model.apply(
      {'params': params}, z, keys, temperature, method='generate'
    )
    return made['tokens']

  draw = jax.jit(generate, static_argnums=2)
  number = 0

  def run():
    nonlocal number
    number += 1
    return np.asarray(draw(params, number, 1.0))

  check = _numbers(draw(params, 0, 0.0))
  return run, len(z) * steps, check


def peer(path, steps, loop, device='cpu', threads=2):
  """A contender: PyTorch, with one of three loops over the steps."""
  import torch

  torch.set_num_threads(threads)
  z, arrays = _read(path)
  z, arrays = torch.tensor(z), {k: torch.tensor(v) for k, v in arrays.items()}
  z, arrays = z.to(device), {k: v.to(device) for k, v in arrays.items()}
  step = {'hand-fused': _fused, 'LSTMCell': _cells, 'nn.LSTM': _layers}[loop](
    torch, arrays, z
  )
  kernel, bias = arrays['output/kernel'], arrays['output/bias']

  def draw(likeliest, steps):
    first = torch.tanh(
      torch.addmm(arrays['first_state/bias'], z, arrays['first_state/kernel'])
    )
    carry = [part.chunk(2, -1) for part in first.chunk(LAYERS, -1)]
    token = torch.full(z.shape[:1], CLASSES, device=z.device)
    tokens = []
    for _ in range(steps):
      state, carry = step(token, carry)
      logits = torch.addmm(bias, state, kernel)
      if not likeliest:
        # The exponential race: argmax of p / e draws from p.
        logits = logits.softmax(-1) / torch.empty_like(logits).exponential_()
      token = logits.argmax(-1)
      tokens.append(token)
    return torch.stack(tokens, 1).cpu().numpy()

  with torch.inference_mode():
    check = _numbers(draw(True, CHECKED))

  def run():
    with torch.inference_mode():
      draw(False, steps)

  return run, len(z) * steps, check


def _fused(torch, arrays, z):
  lower, upper = (
    {k.split('/')[-1]: v for k, v in arrays.items() if f'layer_{n}/' in k}
    for n in range(LAYERS)
  )

  def reorder(x):
    # i, f, o, g: one sigmoid for three gates side by side.
    i, f, g, o = x.chunk(4, -1)
    return torch.cat([i, f, o, g], -1).contiguous()

  none = torch.zeros_like(lower['input_kernel_0'][:1])
  rows = reorder(torch.cat([lower['input_kernel_0'], none]))
  constant = reorder(z @ lower['input_kernel_1'] + lower['bias'])
  below = reorder(lower['recurrent_kernel'])
  joint = reorder(
    torch.cat([upper['input_kernel_0'], upper['recurrent_kernel']])
  )
  bias = reorder(upper['bias'])

  def cell(gates, c):
    inner = gates[:, : 3 * WIDTH].sigmoid()
    i, f, o = inner.chunk(3, -1)
    c = torch.addcmul(f * c, i, gates[:, 3 * WIDTH :].tanh())
    return c, o * c.tanh()

  def step(token, carry):
    (c1, h1), (c2, h2) = carry
    c1, h1 = cell(torch.addmm(constant + rows[token], h1, below), c1)
    c2, h2 = cell(torch.addmm(bias, torch.cat([h1, h2], -1), joint), c2)
    return h2, [(c1, h1), (c2, h2)]

  return step


def _parameters(torch, arrays, number):
  layer = {
    k.split('/')[-1]: v for k, v in arrays.items() if f'layer_{number}/' in k
  }
  inputs = [layer[k] for k in sorted(layer) if k.startswith('input')]
  return {
    'weight_ih': torch.cat(inputs).T.contiguous(),
    'weight_hh': layer['recurrent_kernel'].T.contiguous(),
    'bias_ih': layer['bias'],
    'bias_hh': torch.zeros_like(layer['bias']),
  }


def _hot(torch, token, z):
  hot = torch.nn.functional.one_hot(token, CLASSES + 1)[:, :CLASSES]
  return torch.cat([hot.float(), z], -1)


def _cells(torch, arrays, z):
  cells = [
    torch.nn.LSTMCell(CLASSES + LATENT if n == 0 else WIDTH, WIDTH)
    for n in range(LAYERS)
  ]
  for number, cell in enumerate(cells):
    cell.load_state_dict(_parameters(torch, arrays, number))
    cell.to(z.device)

  def step(token, carry):
    state, after = _hot(torch, token, z), []
    for cell, (c, h) in zip(cells, carry, strict=True):
      state, c = cell(state, (h, c))
      after.append((c, state))
    return state, after

  return step


def _layers(torch, arrays, z):
  lstm = torch.nn.LSTM(CLASSES + LATENT, WIDTH, LAYERS)
  lstm.load_state_dict(
    {
      f'{key}_l{number}': value
      for number in range(LAYERS)
      for key, value in _parameters(torch, arrays, number).items()
    }
  )
  lstm.to(z.device)

  def step(token, carry):
    c, h = (
      carry
      if torch.is_tensor(carry[0])
      else map(torch.stack, zip(*carry, strict=True))
    )
    state, (h, c) = lstm(_hot(torch, token, z)[None], (h, c))
    return state[0], (c, h)

  return step


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument('--rounds', type=int, default=7)
  parser.add_argument('--batches', default=','.join(map(str, STEPS)))
  parser.add_argument('--device', default='cpu', choices=['cpu', 'cuda'])
  options = parser.parse_args()
  here = str(Path(__file__).resolve())
  for batch in map(int, options.batches.split(',')):
    steps = STEPS.get(batch, 64)
    with tempfile.TemporaryDirectory() as folder:
      path = str(Path(folder) / 'weights.npz')
      write_weights(path, batch, steps)
      given = {'path': path, 'steps': steps}
      contenders = [Contender('ours', here, 'ours', given)]
      for loop in ('hand-fused', 'LSTMCell', 'nn.LSTM'):
        # The best peer gets its choice of threads.
        several = loop == 'hand-fused' and options.device == 'cpu'
        for threads in (1, 2) if several else (2,):
          more = {'loop': loop, 'device': options.device, 'threads': threads}
          name = f'PyTorch {loop}, threads: {threads}'
          contenders.append(
            Contender(name, here, 'peer', given | more, threads)
          )
      results = race(contenders, options.rounds, 0)
    print(f'\nSampling, 2 x {WIDTH}, batch {batch}, {steps} steps\n')
    print(table(results, 'ours', 'us/note', 1e6), flush=True)


if __name__ == '__main__':
  main()
