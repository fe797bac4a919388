"""Conformance against variability, by the ratio of a GAN's player steps.

  python -m studies.conformance

The curve of Briot's course: a generator that conforms to its corpus tends to
vary little, and the ratio of generator to discriminator steps sets the balance.
For each ratio a small form of experiments/gan_celtic.py is trained, with the
same number of generator steps and of seeds. Conformance is the precision of its
samples, variability their coverage (see mode_collapse), in the space of active
notes, k = 5.

  results.json   by ratio: both, their spread over seeds, unique samples
  curve.png      the same as a plot

Measured with --steps 600 --count 1024, two seeds, 16 minutes of one core beside
other work (docs/conformance.png); conformance / variability by generator to
discriminator steps:

                         1:5         1:2         1:1         2:1         5:1
  non-saturating       .22 / .00   .32 / .00   .00 / .00   .16 / .00   .00 / .00
  wasserstein, penalty .90 / .65   .92 / .53   .90 / .27   .39 / .04   .00 / .00

There is no trade-off here: up to 1:1, more discriminator steps improve both,
and beyond it variability at the same conformance. The non-saturating GAN
collapses at every ratio (at best .10 of its samples are distinct; of the
Wasserstein GAN's 1.00, 1.00, .97, .77 and .27).

Source: Briot's course; precision and coverage: see mode_collapse.
"""

import argparse
from collections.abc import Mapping
import copy
from pathlib import Path
from typing import Any

import jax
import numpy as np

from datasets import DATASETS
from experiments import gan_celtic
from studies.start import start
from zoo import assembly
from zoo import config as config_lib
from zoo.cli.run_directory import write_json
from zoo.data import corpus
from zoo.data.batches import windows
from zoo.encoders import ENCODERS
from zoo.evaluation.music.melody_statistics import evenly
from zoo.evaluation.music.mode_collapse import (
  ball_radii,
  mean_distance,
  nearest,
  sounding,
)
from zoo.training import seeds as seeds_lib

# Generator steps, discriminator steps of one round.
RATIOS = ((1, 5), (1, 2), (1, 1), (2, 1), (5, 1))
NEIGHBOURS = 5
# Smaller than the experiment's: ten models are trained, some of them six steps
# for each step of the generator.
MODEL = {
  'name': 'gan',
  'generator_layers': [128, 128],
  'discriminator_layers': [128, 128],
  'embedding': 16,
}


def configure(
  ratio: tuple[int, int], generator_steps: int, loss: Mapping[str, Any]
) -> dict[str, Any]:
  """The experiment's config with the players taking turns in this ratio.

  Args:
    ratio: steps of the generator and of the discriminator in a round; the
      discriminator's come first.
    generator_steps: in total.
    loss: of the experiment.
  """
  config = copy.deepcopy(gan_celtic.CONFIG)
  generator, discriminator = ratio
  round_ = generator + discriminator
  rule = config['optimizer']['.*']
  config['optimizer'] = {
    'discriminator/.*': {
      **rule,
      'turns': list(range(discriminator)),
      'of': round_,
    },
    'generator/.*': {
      **rule,
      'turns': list(range(discriminator, round_)),
      'of': round_,
    },
  }
  config['model'], config['loss'] = MODEL, dict(loss)
  config['steps'] = -(-generator_steps // generator) * round_
  return config


def measure(
  config: Mapping[str, Any], found: corpus.Corpus, seeds: range, count: int
) -> dict[str, Any]:
  """Trains all seeds at once: {metric: [S]}, and their means and spreads."""
  system = assembly.assemble(config, found.spec)
  train = found.splits['train']
  batches = windows(config['batch'], len(train['piece']))
  *_, last = seeds_lib.run(
    system.stages,
    {'tokens': train['tokens']},
    batches,
    seeds=seeds,
    chunk=config['steps'],
  )
  keys = jax.random.split(jax.random.key(0), count)
  model = system.model

  @jax.jit
  @jax.vmap
  def generate(params):
    z = model.prior(keys)
    return model.apply({'params': params}, z, keys, method='write')

  samples = np.asarray(generate(last.params)['tokens'])
  pitches = found.spec.tables['pitches']
  reference = sounding(evenly(train['tokens'], count), pitches)
  radii = ball_radii(reference, NEIGHBOURS)
  figures: dict[str, list[float]] = {}
  for rows in samples:
    seen = sounding(rows, pitches)
    near = nearest(reference, radii, seen, NEIGHBOURS)
    for name, value in {
      'conformance': near.precision,
      'variability': near.coverage,
      'unique': len(np.unique(rows, axis=0)) / count,
      'distance': mean_distance(seen),
    }.items():
      figures.setdefault(name, []).append(float(value))
  return {
    name: {
      'seeds': values,
      'mean': float(np.mean(values)),
      'spread': float(np.std(values, ddof=1)) if len(values) > 1 else 0.0,
    }
    for name, values in figures.items()
  }


def draw(results: Mapping[str, Any], path: Path) -> None:
  """A point with error bars per ratio, joined in order."""
  from matplotlib.figure import Figure

  figure = Figure((6.5, 4.5), dpi=120, layout='constrained')
  axes = figure.add_subplot()
  for kind, found in results.items():
    points = [
      [one[name][what] for one in found.values()]
      for name in ('variability', 'conformance')
      for what in ('mean', 'spread')
    ]
    across, wide, up, high = points
    axes.errorbar(
      across, up, high, wide, 'o-', capsize=2, linewidth=0.8, label=kind
    )
    for ratio, x, y in zip(found, across, up, strict=True):
      axes.annotate(ratio, (x, y), (5, 5), textcoords='offset points')
  axes.set_xlabel('variability: coverage of the corpus')
  axes.set_ylabel('conformance: precision')
  axes.set_title('generator : discriminator steps', fontsize=10)
  axes.set(xlim=(0, 1), ylim=(0, 1))
  axes.legend(fontsize=9)
  figure.savefig(path, metadata={'Software': None})


KINDS = {
  'non-saturating': {'name': 'adversarial', 'kind': 'non_saturating'},
  'wasserstein, penalty': gan_celtic.CONFIG['loss'],
}


def main() -> None:
  """Reads the command line and runs the study."""
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument('--workdir', default='runs/conformance')
  parser.add_argument('--steps', type=int, default=2000, help="generator's")
  parser.add_argument('--seeds', type=int, default=2)
  parser.add_argument('--count', type=int, default=2048)
  options = parser.parse_args()
  workdir = Path(options.workdir)
  workdir.mkdir(parents=True, exist_ok=True)
  config = gan_celtic.CONFIG
  dataset = config_lib.build(DATASETS, config['dataset'], 'dataset')
  encoder = config_lib.build(ENCODERS, config['encoder'], 'encoder')
  found, _ = corpus.prepare(dataset, encoder, cache=corpus.default_cache())
  results: dict[str, Any] = {kind: {} for kind in KINDS}
  for kind, loss in KINDS.items():
    for ratio in RATIOS:
      one = configure(ratio, options.steps, loss)
      result = measure(one, found, range(options.seeds), options.count)
      name = f'{ratio[0]}:{ratio[1]}'
      results[kind][name] = result
      print(kind, name, {k: round(v['mean'], 3) for k, v in result.items()})
      write_json(workdir / 'results.json', results)
  draw(results, workdir / 'curve.png')


if __name__ == '__main__':
  start(main)
