"""Gibbs sampling of an RBM of 88 x 150: ours against numpy and PyTorch.

  python benchmarks/gibbs.py [--rounds=9] [--batch=512] [--sweeps=25]

Ours is zoo.layers.gibbs, one compiled loop with a jax.random key for each
chain. All start from the same weights and silence; each draws its own random
numbers, so they must agree on the mean activity of visible units up to sampling
error. Prints a Markdown table. On a GPU: JAX_PLATFORMS=cuda and --device=cuda.

Measured: see README.md.
"""

import argparse
from pathlib import Path
import sys

import jax
import jax.numpy as jnp
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from alternate import Contender, race, table

from zoo.layers.boltzmann import Machine
from zoo.layers.gibbs import block, gibbs

VISIBLE, HIDDEN = 88, 150
CHECKED = 20  # Runs whose mean activity is compared.


def _weights():
  rng = np.random.default_rng(0)
  kernel = rng.normal(0, 0.1, (VISIBLE, HIDDEN))
  visible, hidden = rng.normal(-1, 0.5, VISIBLE), rng.normal(0, 0.5, HIDDEN)
  return [np.float32(x) for x in (kernel, visible, hidden)]


def _check(run):
  """The share of units that are on, after so many runs."""
  return [np.mean([np.mean(run()) for _ in range(CHECKED)])]


def ours(batch, sweeps):
  """A contender: one compiled loop."""
  machine = Machine(*map(jnp.asarray, _weights()))
  rows = jnp.zeros((batch, VISIBLE))

  @jax.jit
  def chains(machine, number):
    keys = jax.random.split(jax.random.key(number), batch)
    return gibbs(block(machine), rows, keys, sweeps)

  number = 0

  def run():
    nonlocal number
    number += 1
    return np.asarray(chains(machine, number))

  return run, sweeps, _check(run)


def numpy(batch, sweeps):
  """A contender: numpy, float32, in place where it can."""
  kernel, visible, hidden = _weights()
  rng = np.random.default_rng(1)

  def draw(logits):
    np.negative(logits, logits)
    np.exp(logits, logits)
    logits += 1
    np.reciprocal(logits, logits)
    return (rng.random(logits.shape, np.float32) < logits).astype(np.float32)

  def run():
    rows = np.zeros((batch, VISIBLE), np.float32)
    for _ in range(sweeps):
      rows = draw(draw(rows @ kernel + hidden) @ kernel.T + visible)
    return rows

  return run, sweeps, _check(run)


def pytorch(batch, sweeps, device='cpu', threads=2):
  """A contender: PyTorch, with bernoulli_ and fused products."""
  import torch

  torch.set_num_threads(threads)
  kernel, visible, hidden = (torch.tensor(x, device=device) for x in _weights())

  def run():
    with torch.inference_mode():
      rows = torch.zeros(batch, VISIBLE, device=device)
      for _ in range(sweeps):
        above = torch.bernoulli(torch.addmm(hidden, rows, kernel).sigmoid_())
        rows = torch.bernoulli(torch.addmm(visible, above, kernel.T).sigmoid_())
      return rows.cpu().numpy()

  return run, sweeps, _check(run)


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument('--rounds', type=int, default=9)
  parser.add_argument('--batch', type=int, default=512)
  parser.add_argument('--sweeps', type=int, default=25)
  parser.add_argument('--device', default='cpu', choices=['cpu', 'cuda'])
  options = parser.parse_args()
  here = str(Path(__file__).resolve())
  given = {'batch': options.batch, 'sweeps': options.sweeps}
  contenders = [Contender('ours', here, 'ours', given)]
  for threads in (1, 2):
    name = f'threads: {threads}'
    contenders.append(
      Contender(f'numpy, {name}', here, 'numpy', given, threads)
    )
    more = {**given, 'device': options.device, 'threads': threads}
    contenders.append(
      Contender(f'PyTorch, {name}', here, 'pytorch', more, threads)
    )
  # Twenty runs tell the mean to about one part in three hundred.
  results = race(contenders, options.rounds, tolerance=1e-2)
  print(f'\nRBM {VISIBLE} x {HIDDEN}, batch {options.batch}\n')
  print(table(results, 'ours', 'us/sweep', 1e6), flush=True)


if __name__ == '__main__':
  main()
