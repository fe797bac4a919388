"""The gallery: one page that plays samples of every system.

  python -m studies.gallery add RUN [--samples sample-000 sample-003 ...]
  python -m studies.gallery build

`add` keeps two or three samples of a run directory, with the experiment's
headline, command and checkpoint, in docs/gallery/<experiment>.json: a few kB.
`build` makes docs/gallery.html from all of them. The page needs no network: it
opens from a file, and any static host can serve it.

An entry, all plain JSON values:

  experiment, family, title   its name, its group on the page, what it makes
  headline, command           from the experiment's card; '' for none
  checkpoint                  digest of the checkpoint that made the samples
  samples                     [{'name', 'piece': see zoo.pages.playable} or
                              {'name', 'picture': a PNG in base64}, ...]
"""

import argparse
import base64
from collections.abc import Mapping, Sequence
import importlib
import json
from pathlib import Path
import re
from typing import Any

from studies.start import start
from zoo.contracts import UserError
from zoo.models import MODELS
from zoo.pages.page import PLAYER, escape, page
from zoo.pages.run_files import Sample, read
from zoo.questions import questions

DOCS = Path(__file__).resolve().parent.parent / 'docs'
COUNT = 3  # Samples of an entry.
LONGEST = 32.0  # Seconds of a sample; the rest is cut.
BYTES = 60_000  # Of an entry: the gallery has about forty of them.
OTHERS = 'Other systems'
# Groups of the page in their order: the protocol that a model implements.
FAMILIES = {
  'Autoregressive': 'Autoregressive',
  'Conditional': 'Conditional',
  'Latent': 'Latent',
  'Adversary': 'Adversarial',
  'Energy': 'Energy-based',
}
_KEYS = ('experiment', 'family', 'title', 'headline', 'command', 'checkpoint')


def add(
  run: Path, names: Sequence[str] = (), folder: Path = DOCS / 'gallery'
) -> Path:
  """Keeps samples of a run directory as an entry of the gallery.

  Args:
    run: a trained run's directory.
    names: stems of files in its samples/; by default the first COUNT that
      `--mode=sample` wrote.
    folder: where `<experiment>.json` is written; made if need be.

  Raises:
    UserError: no such run, experiment or sample, or samples that are too long
      for the gallery.
  """
  about = read(run)
  if not about.report.get('experiment'):
    raise UserError(f'There is no trained run in {run}: train it first.')
  module = _experiment(about.experiment)
  samples = [_kept(one) for one in _chosen(run, about.samples, names)]
  card = module.__doc__ or ''
  entry = {
    'experiment': about.experiment,
    'family': family(about.config),
    'title': card.strip().splitlines()[0] if card.strip() else '',
    'headline': card_line(card, 'Headline'),
    'command': card_line(card, 'Command'),
    'checkpoint': str(about.report.get('checkpoint', '')),
    'samples': samples,
  }
  size = len(_as_text(entry))
  if size > BYTES:
    raise UserError(
      f'The samples of {run} take {size / 1000:.0f} kB, more than the '
      f'{BYTES / 1000:.0f} kB of a gallery entry: name fewer or shorter ones '
      'with --samples.'
    )
  folder.mkdir(parents=True, exist_ok=True)
  path = folder / f'{about.experiment}.json'
  path.write_text(_as_text(entry), 'utf-8')
  return path


def build(docs: Path = DOCS) -> Path:
  """Makes gallery.html from the entries in `docs`/gallery.

  Raises:
    UserError: there are no entries, or one is damaged.
  """
  entries = [_entry(path) for path in sorted((docs / 'gallery').glob('*.json'))]
  if not entries:
    raise UserError(
      f'There are no entries in {docs / "gallery"}: add one with python -m '
      'studies.gallery add RUN.'
    )
  path = docs / 'gallery.html'
  path.write_text(gallery(entries), 'utf-8')
  return path


def gallery(entries: Sequence[Mapping[str, Any]]) -> str:
  """The page as HTML; see the top of this file for what an entry has."""
  groups: dict[str, list[Mapping[str, Any]]] = {
    name: [] for name in (*FAMILIES.values(), OTHERS)
  }
  for entry in entries:
    groups.setdefault(entry['family'], []).append(entry)
  groups = {name: group for name, group in groups.items() if group}
  pieces: list[Any] = []
  sections = [
    f'<section><h2 id="{_anchor(name)}">{escape(name)}</h2>'
    + ''.join(_system(entry, pieces) for entry in group)
    + '</section>'
    for name, group in groups.items()
  ]
  links = ' · '.join(
    f'<a href="#{_anchor(name)}">{escape(name)}</a>' for name in groups
  )
  body = (
    '<main><h1>The music zoo: a gallery</h1>'
    f'<p>Samples of {len(entries)} music generators, unedited. All are played '
    'by the same simple synthesiser in this page.</p>'
    '<div class="top"><div data-volume></div><p class="quiet">Keys: '
    '<kbd>Space</kbd> plays and pauses, <kbd>←</kbd> <kbd>→</kbd> move by two '
    'seconds. Click a roll to start from there.</p></div>'
    f'<nav aria-label="Families"><p>{links}</p></nav>'
    f'{"".join(sections)}</main>'
  )
  return page(
    'The music zoo: a gallery',
    body,
    {'pieces': pieces},
    (*PLAYER, 'gallery.js'),
  )


def family(config: Mapping[str, Any]) -> str:
  """The group that an experiment's model belongs to."""
  model = config.get('model')
  name = model.get('name') if isinstance(model, Mapping) else None
  if name not in MODELS:
    return OTHERS
  answers = questions(MODELS[name])
  return next((FAMILIES[one] for one in FAMILIES if one in answers), OTHERS)


def card_line(card: str, name: str) -> str:
  """The value of a field `Name: ...` of a card, continuation lines included."""
  found = re.search(rf'^{name}: *(.*(?:\n[ \t]+\S.*)*)', card, re.M)
  return ' '.join(found[1].split()) if found else ''


def main() -> None:
  """Adds a run to the gallery, or builds its page."""
  parser = argparse.ArgumentParser(
    prog='python -m studies.gallery',
    description=(__doc__ or '').split('\n')[0],
  )
  modes = parser.add_subparsers(dest='mode', required=True)
  adding = modes.add_parser('add', help='add samples of a run directory')
  adding.add_argument('run', type=Path, help='a trained run directory')
  adding.add_argument(
    '--samples',
    nargs='+',
    default=(),
    metavar='STEM',
    help='file names in its samples/, without suffix: sample-000 ...',
  )
  modes.add_parser('build', help='make docs/gallery.html from all entries')
  given = parser.parse_args()
  if given.mode == 'add':
    path = add(given.run, given.samples)
    size = path.stat().st_size / 1000
    print(f'{path} ({size:.1f} kB); now run python -m studies.gallery build.')
  else:
    print(build())


def _experiment(name):
  """The module of an experiment, by the name in a report."""
  if re.fullmatch(r'[a-z][a-z0-9_]*', name):
    try:
      return importlib.import_module(f'experiments.{name}')
    except ModuleNotFoundError:
      pass
  raise UserError(f'There is no experiment {name!r} in experiments/.')


def _chosen(run, samples, names):
  if not names:
    usable = [
      one
      for one in samples
      if one.mode == 'sample' and (one.piece or one.picture)
    ]
    if not usable:
      raise UserError(
        f'{run} has no samples that can be shown: make some with --mode=sample.'
      )
    return usable[:COUNT]
  known = {f'{one.mode}-{one.name}': one for one in samples}
  for name in names:
    one = known.get(name)
    if one is None or not (one.piece or one.picture):
      raise UserError(
        f'{run / "samples"} has no {name} that can be shown: name one of '
        f'{", ".join(list(known)[:6])}, ...'
      )
  return [known[name] for name in names]


def _kept(sample: Sample) -> dict[str, Any]:
  if not sample.piece:
    assert sample.picture
    text = base64.b64encode(sample.picture).decode()
    return {'name': sample.label, 'picture': text}
  return {'name': sample.label, 'piece': _cut(sample.piece)}


def _cut(piece):
  """A piece; a longer one cut at the last bar line before LONGEST seconds."""
  if piece['seconds'] <= LONGEST:
    return piece
  bars = [at for at in piece['bars'] if at <= LONGEST]
  end = bars[-1] if len(bars) > 1 else LONGEST
  notes = [row for row in piece['notes'] if row[0] < end]
  cut = {
    'notes': [[row[0], min(row[1], end), *row[2:]] for row in notes],
    'seconds': end,
    'bars': [at for at in piece['bars'] if at < end],
  }
  if 'chords' in piece:
    cut['chords'] = [chord for chord in piece['chords'] if chord[0] < end]
  return cut


def _as_text(entry):
  """JSON with one line per key and per sample: small, and easy to diff."""
  lines = [
    f'  {json.dumps(key)}: {json.dumps(value)}'
    for key, value in entry.items()
    if key != 'samples'
  ]
  samples = ',\n'.join(
    '    ' + json.dumps(one, separators=(',', ':')) for one in entry['samples']
  )
  return (
    '{\n' + ',\n'.join([*lines, f'  "samples": [\n{samples}\n  ]']) + '\n}\n'
  )


def _entry(path):
  try:
    entry = json.loads(path.read_text('utf-8'))
    good = all(isinstance(entry[key], str) for key in _KEYS)
    for sample in entry['samples']:
      good &= isinstance(sample['name'], str)
      if 'picture' in sample:
        base64.b64decode(sample['picture'], validate=True)
      else:
        good &= bool(sample['piece']['notes'])
        good &= sample['piece']['seconds'] > 0
  except (KeyError, TypeError, ValueError, RecursionError):
    good = False
  if not good:
    raise UserError(
      f'{path} is not a valid entry of the gallery: make it again with python '
      '-m studies.gallery add RUN.'
    )
  return entry


def _system(entry, pieces):
  """One system; appends what it plays to `pieces`."""
  shown = []
  for sample in entry['samples']:
    label = escape(f'{entry["experiment"]}, {sample["name"]}')
    if 'picture' in sample:
      shown.append(
        f'<figure><img src="data:image/png;base64,{sample["picture"]}" '
        f'alt="{label}"></figure>'
      )
    else:
      shown.append(
        f'<figure><div class="sample" data-sample="{len(pieces)}" '
        f'data-label="{label}"><noscript>The player needs JavaScript.'
        '</noscript></div></figure>'
      )
      pieces.append(sample['piece'])
  kind = 'pictures' if any('picture' in x for x in entry['samples']) else ''
  said = ''.join(
    f'<p>{escape(entry[key])}</p>'
    for key in ('title', 'headline')
    if entry[key]
  )
  command = (
    f'<pre class="wrapped">{escape(entry["command"])}</pre>'
    if entry['command']
    else ''
  )
  return (
    f'<article><h3 id="{escape(entry["experiment"])}">'
    f'{escape(entry["experiment"])}</h3>{said}{command}'
    f'<div class="{kind or "samples"}">{"".join(shown)}</div>'
    f'<p class="quiet">Checkpoint {escape(entry["checkpoint"][:16])}</p>'
    '</article>'
  )


def _anchor(name):
  return 'family-' + re.sub(r'[^a-z0-9]+', '-', name.lower())


if __name__ == '__main__':
  start(main)
