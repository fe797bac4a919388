"""The page of a run: `index.html` of its directory, self-contained.

  run_page.write(workdir)

reads the run directory and writes the page; files that are missing or damaged
are left out. `run_page(About(...))` returns the page as text, from plain data.
"""

from collections.abc import Iterable, Mapping
import json
from pathlib import Path

from zoo.music.piece import Piece
from zoo.pages import figures
from zoo.pages.page import (
  PLAYER,
  escape,
  link,
  page,
  picture,
  sound,
  svg_picture,
)
from zoo.pages.run_files import FILES, SHOWN, About, Sample, read

_REASONS = 12  # The most reasons for dropped pieces.
_IDS = 3  # The most ids for each.
_SPLITS = ('train', 'validation', 'test')
_TITLES = {
  'sample': 'Samples',
  'replay': 'Replays',
  'continue': 'Continuations',
  'harmonize': 'Harmonization',
  'interpolate': 'Interpolation',
  'reconstruct': 'Reconstruction',
}
_WORDS = {
  '.mid': 'MIDI',
  '.musicxml': 'MusicXML',
  '.abc': 'ABC',
  '.svg': 'score',
  '.wav': 'WAV',
  '.png': 'PNG',
}


def write(
  workdir: str | Path,
  *,
  command: str = '',
  versions: Mapping[str, str] | None = None,
  card: str = '',
  pieces: Mapping[str, Piece] | None = None,
) -> Path:
  """Writes `index.html` of a run directory from the files in it.

  Args:
    workdir: the run directory.
    command, versions, card, pieces: see `run_files.read`.

  Returns:
    The page.

  Raises:
    OSError: the page cannot be written.
  """
  workdir = Path(workdir)
  about = read(workdir, command, versions, card, pieces)
  path = workdir / 'index.html'
  partial = workdir / '.index.html.partial'
  partial.write_text(run_page(about), 'utf-8')
  partial.replace(path)
  return path


def run_page(about: About) -> str:
  """The page as HTML."""
  shown = [
    sample
    for mode in _by_mode(about.samples).values()
    for sample in mode[:SHOWN]
  ]
  pieces = [sample.piece for sample in shown if sample.piece]
  curves = figures.curves(about.metrics)
  body = '\n'.join(
    (
      '<main>',
      _head(about, bool(pieces)),
      _sample_sections(about),
      _curve_section(curves),
      _evaluations(about),
      _dropped(about.report.get('data')),
      _provenance(about),
      '</main>',
    )
  )
  return page(
    f'{about.experiment} – the music zoo',
    body,
    {
      'pieces': pieces,
      'curves': [figures.curve_data(sides) for sides in curves.values()],
    },
    (*PLAYER, 'curves.js', 'run_page.js'),
    ('page.css', 'run_page.css'),
    media=any(sample.sound for sample in shown),
  )


def _head(about, music):
  report = about.report
  facts = []
  if isinstance(step := report.get('step'), int):
    facts.append(f'{step:,} training steps')
  if isinstance(count := report.get('parameters'), int):
    facts.append(f'{count:,} parameters')
  if 'seed' in report:
    facts.append(f'seed {report["seed"]}')
  text = [f'<h1>{escape(about.experiment)}</h1>']
  if facts:
    text.append(f'<p class="quiet">{escape(" · ".join(facts))}</p>')
  if about.card:
    text.append(f'<pre class="wrapped">{escape(about.card)}</pre>')
  if music:
    text.append(
      '<div class="top"><div data-volume></div><p class="quiet">Keys: '
      '<kbd>Space</kbd> plays and pauses, <kbd>←</kbd> <kbd>→</kbd> move by '
      'two seconds. Click a roll to start from there.</p></div>'
    )
  return ''.join(text)


def _sample_sections(about):
  parts, place = [], 0
  for mode, samples in _by_mode(about.samples).items():
    title = _TITLES.get(mode, mode.replace('_', ' ').capitalize())
    parts.append(f'<section><h2>{escape(title)}</h2>')
    shown = samples[:SHOWN]
    drawn = [one for one in shown if not one.piece and one.picture]
    others = [one for one in shown if one.piece or not one.picture]
    if others:
      parts.append('<div class="samples">')
      for sample in others:
        parts.append(_music(sample, place))
        place += sample.piece is not None
      parts.append('</div>')
    if drawn:
      heard = any(sample.sound for sample in drawn)
      parts.append(f'<div class="{"sounds" if heard else "pictures"}">')
      parts += [_shown_picture(sample) for sample in drawn]
      parts.append('</div>')
    if len(samples) > SHOWN:
      parts.append(
        f'<p class="quiet">{len(samples) - SHOWN} more are in samples/.</p>'
      )
    parts.append('</section>')
  return ''.join(parts)


def _music(sample, place):
  label = escape(sample.label)
  if sample.piece is None:
    reason = sample.problem or 'It has no MIDI file.'
    inner = f'<p class="quiet">{escape(reason)}</p>'
  else:
    inner = (
      f'<div class="sample" data-sample="{place}" data-label="{label}">'
      '<noscript>The player needs JavaScript.</noscript></div>'
    )
  if sample.score is not None:
    inner += (
      '<details><summary>Score</summary><img class="chart" '
      f'src="{svg_picture(sample.score)}" alt="Score of {label}"></details>'
    )
  return (
    f'<figure><h3>{label}</h3>{inner}'
    f'<figcaption>{_links(sample)}</figcaption></figure>'
  )


def _shown_picture(sample):
  label = escape(sample.label)
  heard = ''
  if sample.sound:
    heard = (
      f'<audio controls preload="none" src="{sound(sample.sound)}" '
      f'aria-label="{label}"></audio>'
    )
  return (
    f'<figure><img src="{picture(sample.picture)}" alt="{label}">{heard}'
    f'<figcaption>{label}<br>{_links(sample)}</figcaption></figure>'
  )


def _links(sample):
  found = []
  for path in sample.files:
    words = _WORDS.get(Path(path).suffix, Path(path).name)
    label = escape(f'{sample.label}: {words}')
    found.append(f'<a href="{link(path)}" aria-label="{label}">{words}</a>')
  return ' · '.join(found)


def _curve_section(curves):
  if not curves:
    return ''
  drawn = ''.join(
    figures.curve_figure(name, sides, place)
    for place, (name, sides) in enumerate(curves.items())
  )
  return (
    '<section><h2>Learning curves</h2><p class="quiet">'
    '<span class="key training"></span> training '
    '<span class="key validation"></span> validation, over training steps. '
    'Point at a curve, or use the arrow keys, to see its values.</p>'
    f'<div class="curves">{drawn}</div></section>'
  )


def _evaluations(about):
  found = about.report.get('evaluate')
  found = dict(found) if isinstance(found, Mapping) else {}
  if isinstance(listening := about.report.get('listening'), Mapping):
    found['listening'] = listening
  parts = [
    figures.evaluation(name, metrics)
    for name, metrics in found.items()
    if isinstance(metrics, Mapping)
  ]
  charts = []
  for path, png in about.pictures:
    name = escape(Path(path).stem.replace('_', ' '))
    charts.append(
      f'<details><summary>Chart: {name}</summary>'
      f'<img class="chart" src="{picture(png)}" alt="Chart of {name}">'
      '</details>'
    )
  if not parts and not charts:
    return ''
  return (
    '<section><h2>Evaluation</h2><p class="quiet">The bars compare the '
    'numbers of each row.</p>'
    f'<div class="evaluations">{"".join(parts)}</div>{"".join(charts)}'
    '</section>'
  )


def _dropped(data):
  """The amount of data, and what was dropped and why."""
  if not isinstance(data, Mapping):
    return ''
  parts = ['<section><h2>Data</h2>']
  counts = [
    (what, data[what])
    for what in ('pieces', 'examples')
    if isinstance(data.get(what), Mapping)
  ]
  if counts:
    splits = _splits(one for _, one in counts)
    rows = [[what, *(one.get(s, '') for s in splits)] for what, one in counts]
    parts.append(figures.table(['', *splits], rows, 'Data used'))
  dropped = data.get('dropped')
  dropped = dropped if isinstance(dropped, Mapping) else {}
  pieces = sorted(
    (dropped.get('pieces') or {}).items(), key=lambda x: -x[1]['count']
  )
  if pieces:
    rows = [
      [reason, one['count'], ', '.join(map(str, one['ids'][:_IDS]))]
      for reason, one in pieces[:_REASONS]
    ]
    heads = ['reason', 'count', 'for example']
    parts.append(
      figures.table(heads, rows, 'Pieces dropped in whole or part, and why')
    )
    if len(pieces) > _REASONS:
      rest = sum(one['count'] for _, one in pieces[_REASONS:])
      parts.append(
        f'<p class="quiet">{rest} more for {len(pieces) - _REASONS} other '
        'reasons: see report.json.</p>'
      )
  windows = dropped.get('windows') or {}
  if windows:
    splits = _splits(windows.values())
    rows = [
      [reason, *(one.get(s, 0) for s in splits)]
      for reason, one in windows.items()
    ]
    parts.append(
      figures.table(['reason', *splits], rows, 'Windows dropped, and why')
    )
  if dropped and not pieces and not windows:
    parts.append('<p>Nothing was dropped.</p>')
  return ''.join((*parts, '</section>'))


def _splits(counts):
  """The names of the splits, in the order of their use."""
  found = dict.fromkeys(split for one in counts for split in one)
  order = {name: place for place, name in enumerate(_SPLITS)}
  return sorted(found, key=lambda name: order.get(name, len(order)))


def _provenance(about):
  versions = ', '.join(f'{k} {v}' for k, v in about.versions.items())
  digest = about.report.get('checkpoint')
  times = about.report.get('times')
  rows = {
    'Checkpoint': f'<code>{escape(digest)}</code>' if digest else '',
    'Versions': escape(versions),
    'Times': escape(
      ', '.join(
        f'{name.removesuffix("_seconds").replace("_", " ")} {value:.0f} s'
        for name, value in times.items()
        if isinstance(value, int | float)
      )
      if isinstance(times, Mapping)
      else ''
    ),
    'Files': '<br>'.join(
      f'<a href="{link(name)}">{escape(name)}</a>: {FILES.get(name, "")}'
      for name in about.files
    ),
  }
  listed = ''.join(f'<dt>{k}</dt><dd>{v}</dd>' for k, v in rows.items() if v)
  command = config = ''
  if about.command:
    command = f'<pre class="wrapped">{escape(about.command)}</pre>'
  if about.config:
    text = json.dumps(about.config, indent=2, sort_keys=True)
    config = (
      f'<details><summary>Configuration</summary><pre>{escape(text)}</pre>'
      '</details>'
    )
  return (
    f'<section><h2>How it was made</h2>{command}<dl>{listed}</dl>{config}'
    '</section>'
  )


def _by_mode(samples: Iterable[Sample]) -> dict[str, list[Sample]]:
  found: dict[str, list[Sample]] = {}
  for sample in samples:
    found.setdefault(sample.mode, []).append(sample)
  return found
