"""Does a GAN find all eight Gaussians of a ring, whatever its seed?

  python -m studies.ring --workdir=runs/ring

The smallest data on which a generator collapses: Goodfellow's game of 2014 on
the same networks is run beside the config that covers the ring.

  table.txt   for each config and seed, how many of the eight are covered, and
              the share of the samples that lie near one
  ring.png    the samples of every run

Source: the ring of Metz et al. 2017, arXiv 1611.02163, and Srivastava et al.
2017, arXiv 1705.07761; R1: Mescheder et al. 2018, arXiv 1801.04406.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np

from zoo import config as config_lib
from zoo.batches import windows
from zoo.losses import LOSSES
from zoo.models import MODELS
from zoo.training import seeds as seeds_lib
from zoo.training.stages import Stage

GAUSSIANS = 8
RADIUS, SPREAD = 1.0, 0.02
COUNT = 2048
SEEDS = (0, 1, 2, 3, 4)

_PLAYER = {'name': 'adam', 'b1': 0.0, 'b2': 0.99, 'learning_rate': 2e-3}

# Covers the ring.
RING: dict[str, Any] = {
  'model': {'name': 'vector_gan', 'latent': 8},
  'loss': {
    'name': 'adversarial',
    'kind': 'non_saturating',
    'penalty': 'real',
    'penalty_weight': 0.1,
  },
  'optimizer': {
    'generator/.*': {**_PLAYER, 'final': 0.01},
    'discriminator/.*': {**_PLAYER, 'final': 0.01},
  },
  'steps': 2000,
  'batch': 128,
}

# The game as it was first played: k = 1, no penalty.
PLAIN: dict[str, Any] = {
  **RING,
  'loss': {'name': 'adversarial', 'kind': 'saturating'},
  'optimizer': {
    'generator/.*': {**_PLAYER, 'turns': [1], 'of': 2},
    'discriminator/.*': {**_PLAYER, 'turns': [0], 'of': 2},
  },
}


def centres() -> np.ndarray:
  """The middles of the eight Gaussians, [8, 2]."""
  angles = 2 * np.pi * np.arange(GAUSSIANS) / GAUSSIANS
  return RADIUS * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def ring(count: int, seed: int) -> np.ndarray:
  """Points [count, 2] float32, equally many of each Gaussian."""
  rng = np.random.default_rng(seed)
  middle = centres()[np.arange(count) % GAUSSIANS]
  return (middle + SPREAD * rng.normal(size=(count, 2))).astype(np.float32)


def covered(points: np.ndarray) -> tuple[int, float]:
  """How many Gaussians are covered, and the share of points near one.

  A point is near a Gaussian within three standard deviations of its middle,
  where 98.9 % of its own lie; a Gaussian is covered if it has at least half
  of its fair share of the points near it.

  Args:
    points: [n, 2].
  """
  apart = np.linalg.norm(points[:, None] - centres(), axis=-1)
  near = apart < 3 * SPREAD
  enough = near.sum(0) >= len(points) / GAUSSIANS / 2
  return int(enough.sum()), float(near.any(1).mean())


def play(config: Mapping[str, Any], seeds: Sequence[int] = SEEDS) -> np.ndarray:
  """Trains a config on every seed; samples [S, COUNT, 2] of each."""
  model = config_lib.build(MODELS, config['model'], 'model', size=2)
  loss = config_lib.build(LOSSES, config['loss'], 'loss', model=model)
  stage = Stage(loss, config['optimizer'], config['steps'])
  arrays = {'x': ring(COUNT, seed=0)}
  batches = windows(config['batch'], COUNT)
  *_, end = seeds_lib.run(
    [stage], arrays, batches, seeds=seeds, chunk=config['steps']
  )

  def draw(params):
    keys = jax.random.split(jax.random.key(1), COUNT)
    z = model.draw(keys)
    return model.apply({'params': params}, z, keys, method='generate')['x']

  return np.asarray(jax.jit(jax.vmap(draw))(end.params))


def main() -> None:
  """Plays both games, and leaves a table and a picture."""
  parser = argparse.ArgumentParser()
  parser.add_argument('--workdir', type=Path, default=Path('runs/ring'))
  workdir = parser.parse_args().workdir
  workdir.mkdir(parents=True, exist_ok=True)
  found = {name: play(one) for name, one in (('R1', RING), ('plain', PLAIN))}
  lines = [f'{"config":<8}{"seed":>6}{"covered":>9}{"near":>8}']
  for name, samples in found.items():
    for seed, points in zip(SEEDS, samples, strict=True):
      count, near = covered(points)
      lines.append(f'{name:<8}{seed:>6}{count:>9}{near:>8.3f}')
  print('\n'.join(lines))
  (workdir / 'table.txt').write_text('\n'.join(lines) + '\n')
  _draw(workdir / 'ring.png', found)


def _draw(path, found):
  from matplotlib.figure import Figure  # Slow to import.

  figure = Figure(figsize=(2 * len(SEEDS), 2 * len(found)))
  axes = figure.subplots(len(found), len(SEEDS), squeeze=False)
  for row, (name, samples) in zip(axes, found.items(), strict=True):
    for axis, seed, points in zip(row, SEEDS, samples, strict=True):
      axis.scatter(*centres().T, s=60, facecolors='none', edgecolors='grey')
      axis.scatter(*points.T, s=1)
      axis.set(title=f'{name}, seed {seed}', xlim=(-1.5, 1.5), ylim=(-1.5, 1.5))
      axis.set_xticks([])
      axis.set_yticks([])
  figure.tight_layout()
  figure.savefig(path)


if __name__ == '__main__':
  main()
