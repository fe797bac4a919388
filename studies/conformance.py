"""Conformance against variability, over the ratio of G to D updates.

  python -m studies.conformance --workdir=runs/conformance

A discriminator that moves too seldom lets its generator repeat itself; one
that moves too often keeps it from learning. The same game as in
experiments/gan_celtic.py, on single bars and with smaller players, is played
with k steps of one player to one of the other, as many steps in all.

  results.json      for each ratio: conformance (precision: share of the
                    samples that lie as near to the corpus as the corpus to
                    itself), variability (mean distance between samples over
                    that of the corpus), coverage, unique
  conformance.png   conformance against variability

See zoo/evaluation/music/mode_collapse.py for the space and the neighbours.
"""

import argparse
import copy
import json
from pathlib import Path
import time
from typing import Any

import jax
import numpy as np

from datasets import DATASETS
from experiments.gan_celtic import CONFIG
from zoo import assembly, corpus
from zoo import config as config_lib
from zoo.encoders import ENCODERS
from zoo.evaluation.music.mode_collapse import mode_collapse
from zoo.run_directory import write_json
from zoo.training import loop

# (steps of the generator, steps of the discriminator) in a round.
RATIOS = ((1, 8), (1, 4), (1, 2), (1, 1), (2, 1), (4, 1), (8, 1))
BARS = 1
LAYERS = (128, 128)


def turns(generator: int, discriminator: int) -> dict[str, Any]:
  """The optimizer of a ratio: a round is the discriminator's steps first."""
  of = generator + discriminator
  steps = list(range(of))
  shares = {
    'discriminator/.*': steps[:discriminator],
    'generator/.*': steps[discriminator:],
  }
  return {
    player: {**CONFIG['optimizer'][player], 'turns': share, 'of': of}
    for player, share in shares.items()
  }


def play(
  prepared: corpus.Corpus, ratio: tuple[int, int], steps: int
) -> dict[str, float]:
  """Trains one ratio, and measures its samples.

  Args:
    prepared: melodies of BARS bars.
    ratio: one of RATIOS.
    steps: of both players together.
  """
  config = copy.deepcopy(CONFIG)
  sizes = {'generator_layers': LAYERS, 'discriminator_layers': LAYERS}
  config['model'] |= sizes
  config |= {'optimizer': turns(*ratio), 'steps': steps}
  system = assembly.assemble(config, prepared.spec)
  training = prepared.splits['train']
  batches = assembly.build_batches(config, training)
  chunk = config['batches']['chunk']
  *_, end = loop.run(system.stages, training, batches, seed=0, chunk=chunk)
  params = end.snapshot().params
  sampler = assembly.build_sampler(config, system.model, prepared.spec)

  def generate(count):
    keys = jax.random.split(jax.random.key(1), count)
    made = jax.jit(sampler['sample'])(params, {}, keys, {})
    return {name: np.asarray(values) for name, values in made.items()}

  figures = mode_collapse(generate, generate, prepared.splits, prepared.spec)
  distance = figures['distance']
  return {
    'conformance': figures['precision']['generated'],
    'variability': distance['generated'] / distance['real'],
    'coverage': figures['coverage']['generated'],
    'unique': figures['unique']['generated'],
  }


def main() -> None:
  """Plays every ratio that the folder has not yet, and draws them."""
  parser = argparse.ArgumentParser()
  parser.add_argument('--workdir', type=Path, default=Path('runs/conformance'))
  parser.add_argument('--steps', type=int, default=2000)
  options = parser.parse_args()
  options.workdir.mkdir(parents=True, exist_ok=True)
  path = options.workdir / 'results.json'
  found = json.loads(path.read_text()) if path.exists() else {}
  prepared, _ = corpus.prepare(
    config_lib.build(DATASETS, CONFIG['dataset'], 'dataset'),
    config_lib.build(ENCODERS, {**CONFIG['encoder'], 'bars': BARS}, 'encoder'),
    cache=corpus.default_cache(),
  )
  for ratio in RATIOS:
    name = f'{ratio[0]}:{ratio[1]}'
    key = f'{name}, {options.steps} steps'
    if key not in found:
      started = time.monotonic()
      found[key] = play(prepared, ratio, options.steps)
      found[key]['seconds'] = time.monotonic() - started
      write_json(path, found)
    print(key, {k: round(v, 3) for k, v in found[key].items()}, flush=True)
  _draw(options.workdir / 'conformance.png', found)


def _draw(path, found):
  from matplotlib.figure import Figure  # Slow to import.

  figure = Figure(figsize=(6, 5))
  axis = figure.subplots()
  across = [one['variability'] for one in found.values()]
  up = [one['conformance'] for one in found.values()]
  axis.plot(across, up, color='lightgrey', zorder=0)
  axis.scatter(across, up)
  for name, x, y in zip(found, across, up, strict=True):
    axis.annotate(
      name.split(',')[0], (x, y), xytext=(5, 5), textcoords='offset points'
    )
  axis.set(
    xlabel='variability: distance between samples / between melodies',
    ylabel='conformance: precision, k = 5',
    title='G to D updates',
    ylim=(0, 1),
  )
  axis.axvline(1, color='grey', linestyle=':')
  figure.tight_layout()
  figure.savefig(path)


if __name__ == '__main__':
  main()
