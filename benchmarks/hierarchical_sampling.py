"""Sampling 16 bars from the hierarchical MusicVAE: ours against PyTorch.

  python benchmarks/hierarchical_sampling.py [--rounds=7] [--pieces=64]

The model of experiments/musicvae_melody_16bar_hierarchical.py. Ours is
MusicVae.generate, one compiled loop. PyTorch runs a loop fused by hand: the
input matrix folded into a table of rows, a segment's code projected once, one
product a step for the LSTM and one for the logits. Both start from the same
weights and must agree on the likeliest melodies. Prints a Markdown table.
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
from musicvae_step import SIZES, loss_of, model_of, tree

SIZE = SIZES['hierarchical']
CHECKED = 40  # Steps of the likeliest melodies: two segments and a half.


def write_weights(path, pieces):
  """First weights with spread logits, and codes z [B, Z]."""
  tokens = {'tokens': jnp.zeros((1, SIZE['window']), jnp.int8)}
  params, _ = loss_of(SIZE).init(jax.random.key(0), tokens, {})
  # First weights draw dull melodies, the same from every code.
  params['output']['kernel'] *= 20
  params['first_state']['kernel'] *= 300
  names = {
    jax.tree_util.keystr(path, simple=True, separator='/'): np.asarray(leaf)
    for path, leaf in jax.tree_util.tree_leaves_with_path(params)
  }
  z = np.random.default_rng(0).normal(size=(pieces, SIZE['latent']))
  np.savez(path, z=np.float32(z), **names)


def _read(path):
  arrays = dict(np.load(path, allow_pickle=False))
  return arrays.pop('z'), arrays


def ours(path):
  """A contender: one compiled loop."""
  z, arrays = _read(path)
  params, z = jax.tree.map(jnp.asarray, (tree(arrays), z))
  model = model_of(SIZE)

  def generate(params, number, temperature):
    keys = jax.vmap(jax.random.fold_in, (None, 0))(
      jax.random.key(number), jnp.arange(len(z))
    )
    given = z, keys, temperature
    return model.apply({'params': params}, *given, method='generate')['tokens']

  draw = jax.jit(generate, static_argnums=2)
  number = 0

  def run():
    nonlocal number
    number += 1
    return np.asarray(draw(params, number, 1.0))

  check = np.asarray(draw(params, 0, 0.0))[:4, :CHECKED].ravel()
  return run, z.shape[0] * SIZE['window'], check


def peer(path, threads=2):
  """A contender: PyTorch, a loop fused by hand."""
  from music_vae_torch import SEGMENTS, conductor_of
  import torch

  torch.set_num_threads(threads)
  z, arrays = _read(path)
  conductor = conductor_of(arrays)
  z, arrays = torch.tensor(z), {k: torch.tensor(v) for k, v in arrays.items()}
  width = SIZE['decoder'][0]

  def reorder(x):
    # i, f, o, g: one sigmoid for three gates side by side.
    i, f, g, o = x.chunk(4, -1)
    return torch.cat([i, f, o, g], -1).contiguous()

  rows, enters, recurs, shift = (
    reorder(arrays[f'writer/layer_0/{name}'])
    for name in ('input_kernel_0', 'input_kernel_1', 'recurrent_kernel', 'bias')
  )
  none = len(rows)
  rows = torch.cat([rows, torch.zeros_like(rows[:1])])
  first, output = (
    (arrays[f'{name}/bias'], arrays[f'{name}/kernel'])
    for name in ('first_state', 'output')
  )

  def draw(likeliest, steps):
    codes = conductor(z)
    begin = torch.tanh(torch.addmm(first[0], codes.flatten(0, 1), first[1]))
    begin = begin.view(SEGMENTS, len(z), 2 * width)
    constants = codes @ enters + shift
    token = torch.full((len(z),), none)
    tokens = []
    for step in range(steps):
      segment, place = divmod(step, SIZE['window'] // SEGMENTS)
      if not place:
        c, h = begin[segment].chunk(2, -1)
        # What a token adds, and what is the same in all of the segment.
        constant = constants[segment]
      gates = torch.addmm(constant + rows[token], h, recurs)
      i, f, o = gates[:, : 3 * width].sigmoid().chunk(3, -1)
      c = torch.addcmul(f * c, i, gates[:, 3 * width :].tanh())
      h = o * c.tanh()
      logits = torch.addmm(output[0], h, output[1])
      if not likeliest:
        # The exponential race: argmax of p / e draws from p.
        logits = logits.softmax(-1) / torch.empty_like(logits).exponential_()
      token = logits.argmax(-1)
      tokens.append(token)
    return torch.stack(tokens, 1).numpy()

  with torch.inference_mode():
    check = draw(True, CHECKED)[:4].ravel()

  def run():
    with torch.inference_mode():
      draw(False, SIZE['window'])

  return run, len(z) * SIZE['window'], check


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument('--rounds', type=int, default=7)
  parser.add_argument('--pieces', type=int, default=64)
  options = parser.parse_args()
  here = str(Path(__file__).resolve())
  with tempfile.TemporaryDirectory() as folder:
    path = str(Path(folder) / 'weights.npz')
    write_weights(path, options.pieces)
    contenders = [Contender('ours', here, 'ours', {'path': path})]
    for threads in (1, 2):
      given = {'path': path, 'threads': threads}
      name = f'PyTorch, hand-fused, threads: {threads}'
      contenders.append(Contender(name, here, 'peer', given, threads))
    results = race(contenders, options.rounds, 0)
  print(f'\n{options.pieces} pieces of {SIZE["window"]} steps\n')
  print(table(results, 'ours', 'us/note', 1e6), flush=True)


if __name__ == '__main__':
  main()
