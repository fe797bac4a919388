"""Does an attribute vector move its attribute, and what else does it move?

  python -m studies.attributes runs/musicvae_melody

A vector for each attribute of the music (zoo.layers.attributes): the mean code
of the top quartile of the training set less that of the bottom quartile. It is
added to and subtracted from the codes of held-out examples, and all attributes
of the decoded music are measured.

  attributes.json   by vector and attribute: the mean change, in standard
                    deviations of the training set; by vector: the share of the
                    examples that moved in the right direction, of those that
                    moved and were not at the attribute's bound
  attributes.png    the same as a matrix

Measured figures: docs/results/melody.md.

Source: Roberts et al. 2018, arXiv 1803.05428: 256 examples, five attributes.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from studies.start import start
from studies.trained import Trained, evenly, load
from zoo.cli.run_directory import write_json
from zoo.contracts import UserError
from zoo.layers import attributes
from zoo.pictures import plots

EXAMPLES = 256


def study(
  trained: Trained, count: int = EXAMPLES, amount: float = 1.0
) -> dict[str, Any]:
  """Adds and subtracts every vector, `amount` times.

  Args:
    trained: the run.
    count: held-out examples.
    amount: scale of the vectors.

  Returns:
    'examples'; 'amount'; 'matrix' {vector: {attribute: mean change}}; 'own'
    {vector: see `judge`}.

  Raises:
    UserError: the examples are not music.
  """
  names = attributes.attributes_of(trained.spec)
  if not names:
    raise UserError(
      f'The encoder {trained.spec.encoder} does not encode music: give another '
      'run.'
    )
  corpus = attributes.measure(trained.spec, trained.splits['train'])
  spread = {name: float(values.std()) for name, values in corpus.items()}
  z = trained.encode(evenly(trained.splits['test'], count))
  before = attributes.measure(trained.spec, trained.write(z))
  matrix: dict[str, dict[str, float]] = {}
  own = {}
  for name, vector in zip(names, trained.learned['attributes'], strict=True):
    after = {
      sign: attributes.measure(
        trained.spec, trained.write(z + sign * amount * vector)
      )
      for sign in (1, -1)
    }
    matrix[name] = {
      other: float(
        np.mean([sign * (after[sign][other] - before[other]) for sign in after])
        / max(spread[other], 1e-9)
      )
      for other in names
    }
    own[name] = judge(
      before[name],
      {sign: found[name] for sign, found in after.items()},
      attributes.bounds(name),
    )
  return {'examples': len(z), 'amount': amount, 'matrix': matrix, 'own': own}


def judge(
  before: np.ndarray,
  after: Mapping[int, np.ndarray],
  bounds: tuple[float, float],
) -> dict[str, float]:
  """Whether an attribute moved in the direction that was asked for.

  Args:
    before: [n], its values.
    after: {1: [n], -1: [n]} with the vector added, and subtracted.
    bounds: lowest and highest value that it can have.

  Returns:
    right: share that moved in the right direction, of those that moved and
    were not at the bound; tied: share that did not move, of those not at the
    bound; at_bound: share at the bound; asked: how many in all.
  """
  low, high = bounds
  right, wrong, tied, stuck = 0, 0, 0, 0
  for sign, values in after.items():
    at = np.isclose(before, high if sign > 0 else low)
    change = sign * (values - before)[~at]
    same = np.isclose(change, 0)
    stuck += int(at.sum())
    tied += int(same.sum())
    right += int((change[~same] > 0).sum())
    wrong += int((change[~same] < 0).sum())
  free = max(right + wrong + tied, 1)
  return {
    'right': right / max(right + wrong, 1),
    'tied': tied / free,
    'at_bound': stuck / max(free + stuck, 1),
    'asked': right + wrong + tied + stuck,
  }


def table(found: Mapping[str, Any]) -> str:
  """The metrics as a table in Markdown."""
  names = list(found['matrix'])
  lines = [
    f'| vector | {" | ".join(names)} | right direction | tied | at bound |',
    '| --- ' * (len(names) + 4) + '|',
  ]
  for name in names:
    cells = [f'{found["matrix"][name][other]:+.2f}' for other in names]
    own = found['own'][name]
    cells += [f'{own[key]:.3f}' for key in ('right', 'tied', 'at_bound')]
    lines.append(f'| {name} | {" | ".join(cells)} |')
  return '\n'.join(lines)


def draw(found: Mapping[str, Any], path: Path) -> None:
  """The matrix: a row per vector, a column per attribute."""
  from matplotlib.figure import Figure

  names = list(found['matrix'])
  values = np.array([[found['matrix'][a][b] for b in names] for a in names])
  figure = Figure((5.6, 4.6), dpi=120, layout='constrained')
  axes = figure.add_subplot()
  most = float(np.abs(values).max())
  axes.imshow(values, cmap='RdBu_r', vmin=-most, vmax=most)
  words = [name.replace('_', ' ') for name in names]
  axes.set_xticks(range(len(names)), words, rotation=30, ha='right')
  axes.set_yticks(range(len(names)), words)
  axes.set_xlabel('attribute')
  axes.set_ylabel('vector added')
  for row, column in np.ndindex(values.shape):
    strong = abs(values[row, column]) > 0.6 * most
    axes.text(
      column,
      row,
      f'{values[row, column]:+.2f}',
      ha='center',
      va='center',
      fontsize=9,
      color='white' if strong else plots.INK,
    )
  axes.set_title('Mean change, in standard deviations of the corpus', size=9)
  figure.savefig(path, metadata={'Software': None})


def main() -> None:
  """Reads the command line, measures, prints and draws."""
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument('run')
  parser.add_argument('--amount', type=float, default=1.0)
  parser.add_argument('--workdir', default='', help='default: the run')
  options = parser.parse_args()
  workdir = Path(options.workdir or options.run)
  workdir.mkdir(parents=True, exist_ok=True)
  found = study(load(options.run), amount=options.amount)
  write_json(workdir / 'attributes.json', found)
  draw(found, workdir / 'attributes.png')
  print(table(found))


if __name__ == '__main__':
  start(main)
