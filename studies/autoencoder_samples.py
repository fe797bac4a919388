"""Reconstruction against samples: an autoencoder beside a VAE.

  python -m studies.autoencoder_samples RUN_OF_VAE RUN_OF_AUTOENCODER

Both runs are trained on the same melodies. Each reconstructs the held-out
windows (share of steps, onsets and whole windows), and decodes codes of four
kinds:

  normal     N(0, 1), a VAE's prior
  gaussian   a normal distribution fitted to the codes of the training set
  mixture    a mixture of 128 normal distributions, fitted likewise
  midpoints  halfway between the codes of two held-out windows, on a straight
             line

How many of these samples resemble the corpus? The share whose four statistics
are inside the corpus's range, see zoo.evaluation.music.melody_statistics.

  samples.json   all of it
  samples.png    share like the corpus, by kind of code

Measured figures: docs/results/melody.md.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from studies.start import start
from studies.trained import Trained, load
from zoo.cli.run_directory import read_report, write_json
from zoo.contracts import UserError
from zoo.evaluation.music.melody_statistics import melody_statistics
from zoo.layers import latent as latent_lib
from zoo.pictures import plots

COUNT = 2048
KINDS = ('normal', 'gaussian', 'mixture', 'midpoints')
FIGURES = (
  'all_four',
  'hold_in_band',
  'range_in_band',
  'interval_in_band',
  'in_key',
  'notes',
  'copied',
  'distinct',
)


def study(trained: Trained, count: int = COUNT) -> dict[str, Any]:
  """{figure: {kind of code, 'real', 'independent': number}} of one run."""

  def generate(n, kind):
    return trained.write(codes(trained, kind, n))

  found = melody_statistics(
    generate,
    trained.splits,
    trained.spec,
    count=count,
    samples={kind: {'kind': kind} for kind in KINDS},
  )
  return {name: found[name] for name in FIGURES}


def codes(trained: Trained, kind: str, count: int) -> np.ndarray:
  """[count, Z] codes of one of KINDS."""
  keys = jax.random.split(jax.random.key(0), count)
  if kind == 'normal':
    return np.asarray(jax.random.normal(keys[0], (count, _latent(trained))))
  if kind == 'mixture':
    fields = latent_lib.Mixture._fields
    fitted = (jnp.asarray(trained.learned[name]) for name in fields)
    return np.asarray(
      latent_lib.sample_mixture(keys, latent_lib.Mixture(*fitted))
    )
  if kind == 'gaussian':
    principal = trained.learned['principal']
    draws = np.asarray(jax.random.normal(keys[0], (count, len(principal))))
    return trained.learned['mean'] + draws @ principal
  rows = np.random.default_rng(0).permutation(
    len(trained.splits['test']['tokens'])
  )
  rows = np.resize(rows, count)
  z = trained.encode({'tokens': trained.splits['test']['tokens'][rows]})
  return (z + np.roll(z, 1, 0)) / 2


def _latent(trained):
  return trained.loaded.model.latent


def reconstruction(workdir: str | Path) -> dict[str, float]:
  """The reconstruction metrics of the run's report.

  Raises:
    UserError: the report has none.
  """
  report = read_report(Path(workdir))
  found = report.get('evaluate', report).get('reconstruction')
  if not found:
    raise UserError(
      f'The report of {workdir} has no reconstruction metrics: run '
      '--mode=evaluate first.'
    )
  return {
    name: found[name]['model']
    for name in ('accuracy', 'onset_accuracy', 'exact_match')
  }


def table(found: Mapping[str, Any]) -> str:
  """The metrics as a table in Markdown, a row per run and kind of code."""
  lines = [
    '| run | steps / onsets / windows | codes | like the corpus | hold | range '
    '| interval | in key | notes | copied | distinct |',
    '| --- ' * 11 + '|',
  ]
  for name, one in found.items():
    back = ' / '.join(f'{x:.3f}' for x in one['reconstruction'].values())
    for kind in (*KINDS, 'real', 'independent'):
      cells = ' | '.join(f'{one["samples"][x][kind]:.3f}' for x in FIGURES)
      lines.append(f'| {name} | {back} | {kind} | {cells} |')
  return '\n'.join(lines)


def draw(found: Mapping[str, Any], path: Path) -> None:
  """Share like the corpus: a group per kind of code, a bar per run."""
  from matplotlib.figure import Figure

  figure = Figure((6.0, 3.0), dpi=120, layout='constrained')
  axes = figure.add_subplot()
  width = 0.8 / len(found)
  for place, (name, one) in enumerate(found.items()):
    shares = [one['samples']['all_four'][kind] for kind in KINDS]
    x = np.arange(len(KINDS)) + place * width
    colour = plots.PARTS[place % len(plots.PARTS)]
    axes.bar(x, shares, width, label=name.replace('_', ' '), color=colour)
    axes.axhline(
      one['samples']['all_four']['real'], color=plots.INK, lw=0.8, ls=':'
    )
  axes.set_xticks(np.arange(len(KINDS)) + 0.4 - width / 2, KINDS)
  axes.set_ylim(0, 1)
  axes.set_title('Share of samples like the corpus; dotted: real', size=9)
  axes.legend(fontsize=8, frameon=False)
  figure.savefig(path, metadata={'Software': None})


def measure(workdirs: Sequence[str]) -> dict[str, Any]:
  """{experiment: 'reconstruction' and 'samples'} of each run."""
  found = {}
  for workdir in workdirs:
    trained = load(workdir)
    found[trained.loaded.meta['experiment']] = {
      'reconstruction': reconstruction(workdir),
      'samples': study(trained),
    }
  return found


def main() -> None:
  """Reads the command line, measures, prints and draws."""
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument('run', nargs='+')
  parser.add_argument('--workdir', default='runs/autoencoder_samples')
  options = parser.parse_args()
  workdir = Path(options.workdir)
  workdir.mkdir(parents=True, exist_ok=True)
  found = measure(options.run)
  write_json(workdir / 'samples.json', found)
  draw(found, workdir / 'samples.png')
  print(table(found))


if __name__ == '__main__':
  start(main)
