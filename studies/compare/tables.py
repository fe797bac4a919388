"""The rows of a comparison as CSV, Markdown and a picture."""

from collections.abc import Mapping, Sequence
import csv
from pathlib import Path
import re
from typing import Any

from studies.compare.judge import BASELINES
from zoo.contracts import UserError

Rows = Mapping[str, Mapping[str, Any]]

# Columns of a table: title, and format of the number.
_PIECES: dict[str, tuple[str, str]] = {
  'nats': ('nats a quarter', '.3f'),
  'space': ('of', ''),
  'successive_intervals': ('intervals', '.3f'),
  'simultaneous_intervals': ('chords', '.3f'),
  'onset_places': ('onset places', '.3f'),
  'onset_times': ('onset times', '.3f'),
  'originality_gap': ('originality gap', '.3f'),
  'diversity_gap': ('diversity gap', '.3f'),
  'longest_run': ('longest run', '.1f'),
  'copied': ('copied', '.3f'),
}
_DRUMS: dict[str, tuple[str, str]] = {
  'nats': ('nats a quarter', '.3f'),
  'space': ('of', ''),
  'class_overlap': ('drums overlap', '.3f'),
  'step_overlap': ('steps overlap', '.3f'),
  'all_four': ('four statistics in band', '.3f'),
  'copied': ('copied', '.3f'),
}
_ALL: dict[str, tuple[str, str]] = {
  'to_data': ('to data', '.1f'),
  'to_samples': ('to samples', '.1f'),
  'precision': ('precision', '.3f'),
  'coverage': ('coverage', '.3f'),
  'seconds': ('training, s', '.0f'),
  'share': ('of own steps', '.0%'),
  'bar_milliseconds': ('ms a bar', '.1f'),
  'parameters': ('parameters', ',d'),
}
_MARKS = {'bound': '<= ', 'estimate': '~ '}
_SIZE = (11.0, 4.2)


def columns(rows: Rows) -> dict[str, tuple[str, str]]:
  """The columns for which some row has a value."""
  drums = any('class_overlap' in row for row in rows.values())
  offered = {**(_DRUMS if drums else _PIECES), **_ALL}
  return {
    name: how
    for name, how in offered.items()
    if any(row.get(name) not in (None, '') for row in rows.values())
  }


def ordered(rows: Rows) -> list[str]:
  """Baselines first, then systems by their coverage of the training music."""
  own = [name for name in rows if name not in BASELINES]
  own.sort(key=lambda name: -float(rows[name].get('coverage') or 0))
  return [name for name in BASELINES if name in rows] + own


def markdown(rows: Rows) -> str:
  """The rows as a table in Markdown."""
  shown = columns(rows)
  heads = ['system', *(title for title, _ in shown.values())]
  lines = [f'| {" | ".join(heads)} |', f'|{" --- |" * len(heads)}']
  for name in ordered(rows):
    cells = [
      _cell(rows[name], column, how) for column, (_, how) in shown.items()
    ]
    label = name.replace('_', ' ') if name in BASELINES else f'`{name}`'
    label = re.sub(r'^`(\S+) (\(.*\))`$', r'`\1` \2', label)
    lines.append(f'| {" | ".join([label, *cells])} |')
  return '\n'.join(lines)


def _cell(row, column, how):
  value = row.get(column)
  if value in (None, ''):
    return '-'
  if not how:
    return str(value)
  number = int(value) if how == ',d' else float(value)
  mark = _MARKS.get(str(row.get('kind')), '') if column == 'nats' else ''
  return mark + format(number, how)


def write_csv(rows: Rows, path: Path) -> None:
  """Writes all metrics of all rows."""
  names = list(dict.fromkeys(key for row in rows.values() for key in row))
  path.parent.mkdir(parents=True, exist_ok=True)
  with path.open('w', newline='', encoding='utf-8') as stream:
    writer = csv.DictWriter(stream, ['system', *names], lineterminator='\n')
    writer.writeheader()
    for name in ordered(rows):
      cells = {
        key: f'{value:.6g}' if isinstance(value, float) else value
        for key, value in rows[name].items()
      }
      writer.writerow({'system': name, **cells})


def put_table(document: Path, family: str, table: str) -> None:
  """Puts a table between its two markers in a Markdown file.

  Raises:
    UserError: the file has no such markers.
  """
  begin, end = f'<!-- {family} -->', f'<!-- end of {family} -->'
  text = document.read_text('utf-8') if document.exists() else ''
  if begin not in text or end not in text:
    raise UserError(
      f'{document} lacks the lines {begin!r} and {end!r}: add them where the '
      'table belongs.'
    )
  head, rest = text.split(begin, 1)
  _, tail = rest.split(end, 1)
  document.write_text(f'{head}{begin}\n\n{table}\n\n{end}{tail}', 'utf-8')


def draw(rows: Rows, title: str, path: Path) -> None:
  """Coverage of the training music, and how far histograms are off.

  Left: mean distance of a sample to the nearest training window, and of a
  training window to the nearest sample; real music is low in both. Right:
  distance of intervals from those of real music (for drums: 1 - overlap).
  """
  from matplotlib.figure import Figure

  figure = Figure(_SIZE, dpi=110, layout='constrained')
  left, right = figure.subplots(1, 2)
  names = [one for one in ordered(rows) if 'to_data' in rows[one]]
  for number, name in enumerate(names):
    colour = '#c8713c' if name in BASELINES else '#2f5d8c'
    x, y = (float(rows[name][key]) for key in ('to_data', 'to_samples'))
    left.plot(x, y, 'o', color=colour, markersize=4)
    above = 4 if number % 2 else -9
    left.annotate(
      name.replace('_', ' '),
      (x, y),
      (4, above),
      textcoords='offset points',
      fontsize=6.5,
      color=colour,
    )
  left.margins(0.3, 0.15)
  left.set_xlabel('sample to nearest training window', fontsize=8)
  left.set_ylabel('training window to nearest sample', fontsize=8)
  left.set_title(title, fontsize=9)
  bars = [(name, _off(rows[name])) for name in names]
  bars = [(name, value) for name, value in bars if value is not None]
  right.barh(
    [name.replace('_', ' ') for name, _ in bars],
    [value for _, value in bars],
    color=['#c8713c' if n in BASELINES else '#2f5d8c' for n, _ in bars],
  )
  right.invert_yaxis()
  right.set_title('Histogram of intervals or drums: distance', fontsize=9)
  for axes in (left, right):
    axes.tick_params(labelsize=7)
  path.parent.mkdir(parents=True, exist_ok=True)
  figure.savefig(path, metadata={'Software': None})


def _off(row: Mapping[str, Any]) -> float | None:
  if row.get('successive_intervals') is not None:
    return float(row['successive_intervals'])
  if row.get('class_overlap') is not None:
    return 1 - float(row['class_overlap'])
  return 0.0 if 'to_data' in row else None


def only(names: Sequence[str], wanted: str) -> list[str]:
  """Those of `names` that are in the list 'a,b'; all for ''.

  Raises:
    UserError: an unknown name.
  """
  if not wanted:
    return list(names)
  asked = wanted.split(',')
  for one in asked:
    if one not in names:
      raise UserError(
        f'--only={one}: no such system; give any of {", ".join(names)}.'
      )
  return [name for name in names if name in asked]
