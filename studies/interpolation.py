"""Does a path through the latent space stay musical from end to end?

  python -m studies.interpolation runs/musicvae_melody

Interpolates between pairs of held-out melodies in eleven steps, in the latent
space and in data space, where each time step is taken from the second melody
with a probability that grows from 0 to 1. Measured of each melody on the path:

  Hamming distance   share of the steps that differ from the first melody
  5-gram cost        nats a step under a 5-gram model of the training set
  note density       onsets a step

On a good path the distance grows evenly, the cost is no higher in the middle
than at the ends, and the density does not drop.

  interpolation.json   all metrics, step by step
  interpolation.png    the same as curves

Measured figures: docs/results/melody.md.

Source: Roberts et al. 2018, arXiv 1803.05428, figure 4.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from studies.ngram import NGram
from studies.start import start
from studies.trained import Trained, load
from zoo.cli.run_directory import write_json
from zoo.contracts import UserError
from zoo.layers import attributes
from zoo.pictures import plots
from zoo.samplers.latent_space import path_of

PAIRS = 1024
STEPS = 11
TRANSPOSITIONS = range(-5, 7)


def study(
  trained: Trained, pairs: int = PAIRS, steps: int = STEPS, seed: int = 0
) -> dict[str, Any]:
  """Interpolates between pairs of held-out melodies in both spaces.

  Args:
    trained: the run, of melodies.
    pairs: how many, at most one for each held-out melody.
    steps: of a path, both ends included.
    seed: of the pairs, and of the uniforms of data space.

  Returns:
    'pairs'; 'share' [steps]; for 'latent' and 'data' each 'distance', 'cost'
    and 'density', means over pairs [steps], and 'middle': cost and density
    in the middle, relative to the mean of both ends.

  Raises:
    UserError: the examples are not melodies.
  """
  if trained.spec.encoder != 'melody':
    raise UserError(
      f'The encoder is {trained.spec.encoder}, not melody: give a run of '
      'musicvae_melody, say.'
    )
  random = np.random.default_rng(seed)
  tokens = np.asarray(trained.splits['test']['tokens'])
  pairs = min(pairs, len(tokens))
  rows = random.permutation(len(tokens))[:pairs]
  first, second = tokens[rows], tokens[np.roll(rows, 1)]
  uniforms = random.random(first.shape)
  share = np.linspace(0, 1, steps)
  path = path_of('auto', trained.loaded.model.gaussian)
  ends = [trained.encode({'tokens': one}) for one in (first, second)]
  made = {
    'latent': [
      trained.write(np.asarray(path(*ends, np.full(pairs, one))))['tokens']
      for one in share.astype(np.float32)
    ],
    'data': [np.where(uniforms < one, second, first) for one in share],
  }
  model = NGram(in_all_keys(trained), trained.spec.sizes['classes'])
  found = {}
  for way, melodies in made.items():
    density = [
      attributes.measure(trained.spec, {'tokens': one})['density'].mean()
      for one in melodies
    ]
    curves = {
      'distance': [float(np.mean(one != first)) for one in melodies],
      'cost': [float(model.cost(one).mean()) for one in melodies],
      'density': [float(one) for one in density],
    }
    middle = {
      name: curves[name][steps // 2]
      / np.mean([curves[name][i] for i in (0, -1)])
      for name in ('cost', 'density')
    }
    found[way] = {**curves, 'middle': middle}
  return {'pairs': pairs, 'share': share.tolist(), **found}


def in_all_keys(trained: Trained) -> np.ndarray:
  """The training melodies in twelve keys, [N, T], where they are in range."""
  tokens = np.asarray(trained.splits['train']['tokens']).astype(np.int16)
  pitched = tokens >= 2
  moved = [np.where(pitched, tokens + by, tokens) for by in TRANSPOSITIONS]
  classes = trained.spec.sizes['classes']
  fits = [
    ((one >= 2) == pitched).all(1) & (one < classes).all(1) for one in moved
  ]
  return np.concatenate([one[ok] for one, ok in zip(moved, fits, strict=True)])


def table(found: Mapping[str, Any]) -> str:
  """The metrics as a table in Markdown."""
  lines = [
    f'| | {" | ".join(f"{one:.1f}" for one in found["share"])} |',
    '| --- ' * (len(found['share']) + 1) + '|',
  ]
  for way in ('latent', 'data'):
    for name in ('distance', 'cost', 'density'):
      cells = ' | '.join(f'{one:.3f}' for one in found[way][name])
      lines.append(f'| {way}: {name} | {cells} |')
  for way in ('latent', 'data'):
    middle = found[way]['middle']
    lines.append(
      f'{way}: in the middle {middle["cost"]:.3f} of the cost and '
      f'{middle["density"]:.3f} of the note density of the ends'
    )
  return '\n'.join(lines)


def draw(found: Mapping[str, Any], path: Path) -> None:
  """Distance, cost and density along both paths."""
  from matplotlib.figure import Figure

  figure = Figure((9.0, 2.8), dpi=120, layout='constrained')
  words = {
    'distance': 'Hamming distance to the first',
    'cost': '5-gram cost, nats a step',
    'density': 'onsets a step',
  }
  for place, (name, title) in enumerate(words.items()):
    axes = figure.add_subplot(1, 3, place + 1)
    for way, colour in (('latent', plots.PARTS[1]), ('data', plots.FADED)):
      axes.plot(found['share'], found[way][name], 'o-', ms=3, color=colour)
      axes.plot([], [], 'o-', ms=3, color=colour, label=f'{way} space')
    axes.set_title(title, size=9)
    axes.set_ylim(bottom=0)
    axes.set_xlabel('from the first to the second', size=8)
    axes.tick_params(labelsize=7)
  axes.legend(fontsize=8, frameon=False)
  figure.savefig(path, metadata={'Software': None})


def main() -> None:
  """Reads the command line, measures, prints and draws."""
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument('run')
  parser.add_argument('--workdir', default='', help='default: the run')
  options = parser.parse_args()
  workdir = Path(options.workdir or options.run)
  workdir.mkdir(parents=True, exist_ok=True)
  found = study(load(options.run))
  write_json(workdir / 'interpolation.json', found)
  draw(found, workdir / 'interpolation.png')
  print(table(found))


if __name__ == '__main__':
  start(main)
