"""Builds the documentation's pages in which a trained model runs.

  python -m studies.pages [--runs runs] [--again]

docs/blend.html runs musicvae_drums and docs/loops.html musicvae_melody, from
trained runs, with weights in int8. A page is built if its model has changed, or
with --again, which is needed when the page's own code has changed. Pages need
no network: they open from a file, and any static host can serve them.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import run as command_line
from studies.start import start
from zoo.contracts import UserError
from zoo.training import checkpoint

DOCS = Path(__file__).resolve().parent.parent / 'docs'
BYTES = 4_500_000  # Of a page that is committed.


class Page(NamedTuple):
  """One page of the documentation.

  Attributes:
    name: of its file, and of the view that it shows first.
    experiment: the one that trained the model.
    plane: what is shown on its plane. The drum patterns are this project's own;
      the folk tunes are not, so samples replace them.
  """

  name: str
  experiment: str
  plane: str


PAGES = (
  Page('blend', 'musicvae_drums', 'corpus'),
  Page('loops', 'musicvae_melody', 'samples'),
)


def build(
  page: Page,
  runs: Path,
  folder: Path = DOCS,
  again: bool = False,
  say: Callable[[str], None] = print,
) -> Path | None:
  """Writes one page; None if it already has this model.

  Args:
    page: which.
    runs: contains the trained run, as EXPERIMENT or EXPERIMENT/seed0.
    folder: where the .html is written.
    again: whether to write the page even if the model is unchanged.
    say: takes the lines meant for the user.

  Raises:
    UserError: there is no trained run, or the page is too large.
  """
  workdir = runs / page.experiment
  if not checkpoint.steps(workdir):
    workdir = workdir / 'seed0'
  meta = checkpoint.read_meta(workdir)
  if not meta:
    raise UserError(
      f'{runs} has no trained run of {page.experiment}: train it first with '
      f'python run.py --experiment={page.experiment}.'
    )
  path = folder / f'{page.name}.html'
  mark = f'checkpoint {meta["digest"][:12]}'
  if not again and path.exists() and mark in path.read_text('utf-8'):
    say(f'{path} is up to date.')
    return None
  [written] = command_line.command(
    page.experiment,
    'page',
    workdir=workdir,
    assignments=[
      'sample/weights=int8',
      f'sample/view={page.name}',
      f'sample/plane={page.plane}',
    ],
    say=lambda line: say(line) if 'weights in' in line else None,
  )
  text = written.read_bytes()
  if len(text) > BYTES:
    raise UserError(
      f'{written} has {len(text) / 1e6:.2f} MB, more than the '
      f'{BYTES / 1e6:.1f} MB of a page in docs/: use a smaller model.'
    )
  path.write_bytes(text)
  return path


def main() -> None:
  """Builds every page whose model has changed."""
  parser = argparse.ArgumentParser(
    prog='python -m studies.pages',
    description=(__doc__ or '').split('\n')[0],
  )
  parser.add_argument(
    '--runs', type=Path, default=Path('runs'), help='folder of trained runs'
  )
  parser.add_argument(
    '--again', action='store_true', help='even if the model is unchanged'
  )
  parser.add_argument(
    '--only', choices=[page.name for page in PAGES], help='build one page'
  )
  given = parser.parse_args()
  for page in PAGES:
    if given.only in (None, page.name):
      path = build(page, given.runs, again=given.again)
      if path:
        print(path)


if __name__ == '__main__':
  start(main)
