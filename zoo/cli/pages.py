"""Modes that write a page: corpus, model and music."""

from collections.abc import Mapping, Sequence
import html
from pathlib import Path
from typing import Any

import numpy as np

from zoo import assembly
from zoo.cli import run_directory
from zoo.cli.runs import Run, corpus_of
from zoo.contracts import Mode, Spec, UserError
from zoo.pages import latent_page

# How many examples are on the plane of a page.
EXAMPLES = 160


def write(run: Run, loaded: assembly.Loaded, mode: Mode) -> Path:
  """Writes RUN/page.html, with examples of the test set; returns its path.

  Raises:
    UserError: the corpus has changed, the model has an operation that a page
      cannot run, its examples are neither music nor pictures, or the file
      cannot be written.
  """
  spec = loaded.encoder.spec
  check(run.name, spec, latent_page.streams(spec, loaded.encoder))
  corpus, licence = corpus_of(run, loaded)
  text, lines = make(run, loaded, mode, corpus, licence)
  for line in lines:
    run.say(line)
  path = run.workdir / 'page.html'
  try:
    path.write_text(text)
  except OSError as error:
    raise UserError(f'{path} cannot be written ({error.strerror}).') from error
  return path


def make(
  run: Run,
  loaded: assembly.Loaded,
  mode: Mode,
  corpus: Any,
  licence: str,
) -> tuple[str, list[str]]:
  """The page as HTML, and lines for the user about it."""
  spec = loaded.encoder.spec
  learned = run_directory.fitted(run.workdir)
  if mode.options.get('plane') == 'samples':
    examples = assembly.draw(loaded, 'sample', range(EXAMPLES), learned)
    licence = 'samples of the model.'  # The page holds no part of the corpus.
  else:
    examples = chosen(shown(corpus.splits), spec.fields)
  exported = mode.function(loaded.params, loaded.state, learned, examples)
  text = latent_page.page(
    exported,
    examples,
    spec,
    latent_page.streams(spec, loaded.encoder),
    title=_title(run),
    origin={
      'experiment': run.name,
      'checkpoint': loaded.meta['digest'][:12],
      'licence': licence,
    },
  )
  accuracy = exported['accuracy']
  size = len(text.encode()) / 1e6
  line = (
    f'{size:.2f} MB, weights in {exported["weights"]}: '
    f'{accuracy["alike"]:.1%} of the values decoded from '
    f'{len(exported["codes"])} examples are as in float32'
  )
  if not latent_page.picture(spec):  # Of 256 gray levels hardly any is exact.
    line += (
      f' (right: {accuracy["rounded"]:.1%}, in float32 '
      f'{accuracy["float32"]:.1%})'
    )
  return text, [line + '.']


def check(name: str, spec: Spec, streams: Sequence[Mapping[str, Any]]) -> None:
  """UserError for examples that are neither music nor pictures."""
  if not streams and not latent_page.picture(spec):
    raise UserError(
      f'{name}: examples of the encoder {spec.encoder!r} are neither notes nor '
      'pictures, so a page has nothing to show: use another experiment, such '
      'as musicvae_melody.'
    )


def shown(splits: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
  """The test set; if it is empty, another set that is not.

  Raises:
    UserError: all sets are empty.
  """
  names = ('test', 'validation', 'train')
  found = [splits[name] for name in names if len(splits[name]['piece'])]
  if not found:
    raise UserError('This run has no examples that a page could show.')
  return found[0]


def chosen(
  split: Mapping[str, Any], fields: Mapping[str, Any]
) -> dict[str, np.ndarray]:
  """Examples {field: [n, ...]} of as many pieces as possible, evenly spaced."""
  pieces = np.asarray(split['piece'])
  _, first = np.unique(pieces, return_index=True)
  rest = np.setdiff1d(np.arange(len(pieces)), first)
  places = np.sort(
    np.concatenate([first, rest[: max(EXAMPLES - len(first), 0)]])
  )
  step = len(places) / min(EXAMPLES, len(places))
  places = places[(np.arange(min(EXAMPLES, len(places))) * step).astype(int)]
  return {name: np.asarray(split[name])[places] for name in fields}


def _title(run):
  words = run.card.splitlines()
  return html.unescape(words[0].rstrip('.')) if words else run.name
