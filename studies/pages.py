"""The pages of the documentation in which a trained model runs.

  python -m studies.pages [--runs runs] [--again]

docs/blend.html is of musicvae_drums, docs/loops.html of musicvae_melody, both
from trained runs, with weights in int8. A page whose model has not changed is
left as it is, unless --again is given: for a change of the page itself. Pages
need no network: they open from a file, and any static host serves them.
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
    experiment: whose model runs in it.
    plane: what stands on its plane. The drum patterns are this project's own;
      the folk tunes are not, so that samples stand in their place.
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
  """Writes one page; None where it is of this very model already.

  Args:
    page: which.
    runs: holds EXPERIMENT/seed0, or EXPERIMENT itself, a trained run.
    folder: takes the .html.
    again: whether a page of an unchanged model is written, too.
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
      f'{runs} holds no trained run of {page.experiment}: train it first, '
      f'python run.py --experiment={page.experiment}.'
    )
  path = folder / f'{page.name}.html'
  mark = f'checkpoint {meta["digest"][:12]}'
  if not again and path.exists() and mark in path.read_text('utf-8'):
    say(f'{path} is of this model already.')
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
      f'{written} has {len(text) / 1e6:.2f} MB, and pages of docs/ at most '
      f'{BYTES / 1e6:.1f}: take a smaller model.'
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
    '--runs', type=Path, default=Path('runs'), help='holds the trained runs'
  )
  parser.add_argument(
    '--again', action='store_true', help='also where no model has changed'
  )
  parser.add_argument(
    '--only', choices=[page.name for page in PAGES], help='one page alone'
  )
  given = parser.parse_args()
  for page in PAGES:
    if given.only in (None, page.name):
      path = build(page, given.runs, again=given.again)
      if path:
        print(path)


if __name__ == '__main__':
  start(main)
